"""Names that a file leaves open, that its skeleton lacks, or that are numbers."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

from poise.cli import main
from poise.reading import read
from reports import report


@report("08")
def names_of_no_skeleton_are_noted(folder: Path, empty: Path) -> None:
    def lines(name: str) -> dict[str, str]:
        return {note.path: note.what for note in read(folder / name).report.of("names")}

    anchor, head = "data.instance_cropping.center_on_part", "model.heads.single_instance.part_names"
    assert set(lines("anchor.json")) == {anchor, "model.heads.centroid.anchor_part"}
    assert all("no part 'tail'" in line for line in lines("anchor.json").values())
    assert "no part 'Head' (did you mean 'head'?)" in lines("renamed.json")[head]
    assert "no part 'tail'" in lines("four-for-three.json")[head]
    assert "skeleton 2 of the file" in lines("four-for-three.json")[head]


@report("12")
def the_command_line_names_parts(folder: Path, empty: Path) -> None:
    profile = str(folder / "profile.json")
    job = str(folder.parent / "10-part-that-no-edge-reaches" / "job.json")

    assert main(["build", profile, "--image", "64,64,1"]) == 1
    for names in (["--parts", "head,tail"], ["--skeleton", job]):
        assert main(["build", profile, "--image", "64,64,1", *names]) == 0


@report("wild-02")
def numbered_tracks_are_drawn(folder: Path, empty: Path) -> None:
    shutil.copy(folder / "make.py", empty)
    labels = numbered_labels(empty)
    picture = empty / "preview.png"
    model = str(folder / "model.json")

    assert main(["preview", model, "--labels", str(labels), "-o", str(picture)]) == 0
    assert picture.stat().st_size > 1_000


def numbered_labels(folder: Path) -> Path:
    """Run the report's script, which writes into the working folder."""
    import contextlib

    with contextlib.chdir(folder):
        runpy.run_path("make.py")
    return folder / "numbered.slp"

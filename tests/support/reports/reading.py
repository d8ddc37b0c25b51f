"""Names that a file leaves open, names that are not those of its skeleton, names that are numbers."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

from poise.cli import main
from reports import report


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

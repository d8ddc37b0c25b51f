"""``suggest``: what is suggested of files, and what becomes of the rest of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import poise_workflows
from poise_workflows.results.errors import ResultsError

Write = Callable[..., Path]


def suggest(source: Path, **options: Any) -> Any:
    return poise_workflows.suggest(source, source.with_name("project.slp"), **options)


def numbers(result: Any) -> list[int]:
    return [each.frame for each in result.frames]


def rows_of(path: Path) -> list[Any]:
    with h5py.File(path) as file:
        return [json.loads(row) for row in file["suggestions_json"][()]]


def everything_but_suggestions(path: Path) -> dict[str, Any]:
    """All datasets and attributes of a file."""
    contents: dict[str, Any] = {}

    def keep(name: str, item: Any) -> None:
        for key, value in item.attrs.items():
            contents[f"{name}@{key}"] = np.asarray(value).tobytes()
        if isinstance(item, h5py.Dataset) and name != "suggestions_json":
            value = item[()]
            contents[name] = value.tolist() if value.dtype.kind == "O" else value.tobytes()

    with h5py.File(path) as file:
        keep("", file)
        file.visititems(keep)
    return contents


def test_the_doubtful_frames_are_suggested_the_worst_first(write: Write) -> None:
    source = write("flies.slp", {"doubtful": [7, 20, 33]})

    result = suggest(source, n=3, by="score")

    assert numbers(result) == [7, 20, 33]
    assert [each.by for each in result.frames] == ["score"] * 3
    assert [each.badness for each in result.frames] == pytest.approx([0.693, 0.68, 0.667])
    assert rows_of(result.output) == [
        {"video": "0", "frame_idx": number, "group": 0} for number in (7, 20, 33)
    ]


def test_sleap_io_reads_them_as_suggestions_after_those_that_were_there(write: Write) -> None:
    import sleap_io

    source = write("flies.slp", {"doubtful": [7]}, {"doubtful": [9], "suggested": [3, 30]})

    result = suggest(source, n=2, by="score", min_gap=1)

    labels = sleap_io.load_slp(str(result.output), open_videos=False)
    places = {id(video): index for index, video in enumerate(labels.videos)}
    assert [(places[id(each.video)], each.frame_idx) for each in labels.suggestions] == [
        (1, 3), (1, 30), (0, 7), (1, 9),
    ]  # fmt: skip
    assert [each.metadata["group"] for each in labels.suggestions] == [3, 3, 0, 0]
    assert len(labels) == 80


def test_everything_else_of_the_file_is_as_it_was(write: Write) -> None:
    def more(labels: Any) -> None:
        import sleap_io

        labels.tracks.append(sleap_io.Track("nobody"))
        labels.provenance["written by"] = "a person"

    source = write("flies.slp", {"labeled": [4], "suggested": [3], "doubtful": [9]}, more=more)
    with h5py.File(source, "r+") as file:
        file["of another program"] = np.arange(5)
        file["suggestions_json"].attrs["colors"] = "blue"
    before = everything_but_suggestions(source)

    result = suggest(source, n=5)

    after = everything_but_suggestions(result.output)
    assert len(before) > 10
    assert after == before
    assert rows_of(result.output)[0] == {"video": "0", "frame_idx": 3, "group": 3}


def test_images_inside_the_file_stay_and_only_their_frames_are_suggested(
    workspace: Path, tmp_path: Path
) -> None:
    import sleap_io

    labels = sleap_io.load_slp(str(workspace / "docs/examples/training/held_out.pkg.slp"))
    for frame in labels:
        frame.instances = [
            sleap_io.PredictedInstance.from_numpy(
                animal.numpy(), skeleton=labels.skeleton, score=0.5
            )
            for animal in frame
        ]
    labels.labeled_frames = labels.labeled_frames[:12]
    labels.save(str(tmp_path / "flies.pkg.slp"), embed=None, verbose=False)

    result = suggest(tmp_path / "flies.pkg.slp", n=40, by=["score", "missing"], min_gap=1)

    project = sleap_io.load_slp(str(result.output))
    assert len(project.videos) == 1
    assert project.videos[0][int(project.suggestions[0].frame_idx)].shape == (64, 64, 1)
    assert set(numbers(result)) <= {int(frame.frame_idx) for frame in labels} | set(range(20))


def test_frames_that_people_have_labeled_or_suggested_are_left_out_and_counted(
    write: Write,
) -> None:
    source = write("flies.slp", {"doubtful": range(10), "labeled": [0, 1], "suggested": [2]})

    result = suggest(source, n=4, by="score", min_gap=1)

    assert numbers(result) == [3, 4, 5, 6]
    assert result.notes == (
        "2 frames that people have labeled: left out",
        "1 frame that the file suggests already: left out",
    )


def test_a_frame_that_a_person_marked_as_empty_is_labeled(write: Write) -> None:
    def more(labels: Any) -> None:
        labels.labeled_frames[5].is_negative = True

    result = suggest(write("flies.slp", {"empty": [5, 20]}, more=more), by="missing")

    assert numbers(result) == [20]


def test_a_second_round_suggests_other_frames(write: Write) -> None:
    source = write("flies.slp", {"doubtful": range(0, 40, 4)})

    first = suggest(source, n=5, by="score", min_gap=2)
    again = poise_workflows.suggest(
        first.output, source.with_name("second.slp"), n=5, by="score", min_gap=2
    )

    assert sorted(numbers(first) + numbers(again)) == list(range(0, 40, 4))


def test_frames_without_animals_are_suggested_whether_the_file_lists_them_or_not(
    write: Write,
) -> None:
    listed = suggest(write("a.slp", {"empty": [8, 30]}), by=["missing"])
    lacking = poise_workflows.suggest(
        write("b.slp", {"lacking": [8, 30]}), listed.output, by=["count"], overwrite=True
    )

    assert sorted(numbers(listed)) == sorted(numbers(lacking)) == [8, 30]
    assert lacking.notes[0] == (
        "film 0.mp4: 2 of 40 frames are not in the file: they count as frames without animals"
    )


@pytest.mark.parametrize(
    "film",
    [{"lacking": range(15, 40)}, {"lacking": range(25, 40), "empty": [3]}],
    ids=["most frames", "some frames, and those without animals are listed"],
)
def test_frames_that_nobody_predicted_are_not_suggested(film: Any, write: Write) -> None:
    result = suggest(write("flies.slp", {**film, "doubtful": [4]}), min_gap=1)

    assert max(numbers(result)) < min(film["lacking"])
    assert result.notes[0] == (
        f"film 0.mp4: {len(film['lacking'])} of 40 frames are not predicted, and left out"
    )


def test_a_file_of_poise_says_itself_that_it_lacks_no_empty_frame(write: Write) -> None:
    def more(labels: Any) -> None:
        labels.provenance.update(poise={"version": "0.1.0"}, args={"no_empty_frames": False})

    film = {"lacking": range(30, 40), "doubtful": [4]}

    assert max(numbers(suggest(write("flies.slp", film, more=more)))) < 30


def test_of_a_video_that_is_not_there_the_known_frames_count(write: Write) -> None:
    def more(labels: Any) -> None:
        labels.videos[0].backend_metadata = {}

    source = write("flies.slp", {"empty": [8], "lacking": [30, 39]}, more=more)

    result = suggest(source, by="missing")

    assert numbers(result) == [8]
    assert result.notes[0].startswith(
        "film 0.mp4: it cannot be read, so only frames that the file lists count (must be a file"
    )


def test_the_length_of_a_video_is_read_where_the_file_does_not_say_it(
    write: Write, workspace: Path
) -> None:
    clip = workspace / "docs/examples/flies/flies.mp4"

    def more(labels: Any) -> None:
        labels.videos[0].filename = str(clip)
        labels.videos[0].backend_metadata = {}

    result = suggest(write("flies.slp", {"length": 58}, more=more), by="missing")

    assert sorted(numbers(result)) == [58, 59]  # of sixty


def test_a_video_without_predictions_is_named(write: Write) -> None:
    source = write("flies.slp", {"doubtful": [3]}, {"lacking": range(40)}, {"labeled": range(40)})

    result = suggest(source, n=1)

    assert result.notes[:2] == (
        "film 1.mp4 has no predictions, so no frame of it is suggested",
        "film 2.mp4 has no predictions, so no frame of it is suggested",
    )


def test_videos_of_one_name_are_told_apart_by_their_folders(write: Write) -> None:
    films = [{"name": f"day{day}/cam.mp4", "doubtful": [3]} for day in (1, 2)]

    result = suggest(write("flies.slp", *films), n=2, by="score")

    assert [each.video for each in result.frames] == ["day1/cam.mp4", "day2/cam.mp4"]


def test_fewer_frames_than_asked_for_are_said(write: Write) -> None:
    result = suggest(write("flies.slp", {"empty": [8, 9, 30]}), n=10, by="missing", min_gap=3)

    assert len(result.frames) == 2
    assert result.notes == (
        "2 frames instead of 10: 3 of 40 that may be suggested show a fault",
        "1 frame with faults near others: left out; let suggestions be neighbors with min_gap=1",
    )


def test_frames_without_a_fault_do_not_fill_up_the_number(write: Write) -> None:
    result = suggest(write("flies.slp", {"empty": [8, 9, 30]}), n=10, by="missing", min_gap=1)

    assert sorted(numbers(result)) == [8, 9, 30]
    assert result.notes == ("3 frames instead of 10: 3 of 40 that may be suggested show a fault",)


def test_an_existing_project_is_refused_or_kept_aside(write: Write) -> None:
    source = write("flies.slp", {"doubtful": [3]})
    first = suggest(source, n=1)
    before = first.output.read_bytes()

    with pytest.raises(poise_workflows.OptionsError, match=r"must be free, got .*project\.slp"):
        suggest(source, n=2)
    again = suggest(source, n=2, overwrite=True)

    assert source.with_name("project.1.slp").read_bytes() == before
    assert again.notes[-1] == "the former project.slp is now project.1.slp"
    assert len(rows_of(again.output)) == 2


def test_a_project_that_cannot_be_written_leaves_what_was_there(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write("flies.slp", {"doubtful": [3]})
    output = suggest(source, n=1).output
    before = {path: path.read_bytes() for path in output.parent.iterdir()}

    def full(*args: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("poise_workflows.suggesting.suggestion_files.reserve", full)
    with pytest.raises(ResultsError, match="cannot be written: No space left on device"):
        suggest(source, n=2, overwrite=True)

    assert {path: path.read_bytes() for path in output.parent.iterdir()} == before


def test_a_project_that_will_not_find_its_video_is_told_so(write: Write, workspace: Path) -> None:
    source = write("flies.slp", {"name": "flies.mp4", "doubtful": [3]})
    clip = workspace / "docs/examples/flies/flies.mp4"
    source.with_name("flies.mp4").write_bytes(clip.read_bytes())
    away = source.parent / "away"
    away.mkdir()

    beside = suggest(source, n=1)
    moved = poise_workflows.suggest(source, away / "project.slp", n=1)

    assert beside.notes == ()
    assert moved.notes == (
        "SLEAP will ask where flies.mp4 is, since it lies beside flies.slp; "
        f"a project in {source.parent} finds it",
    )


def test_suggesting_imports_no_keras(write: Write) -> None:
    source = write("flies.slp", {"doubtful": [3]})
    words = ["suggest", str(source), "-o", str(source.with_name("project.slp"))]
    code = (
        "import sys\n"
        "from poise.cli import main\n"
        f"assert main({words!r}) == 0\n"
        "sys.exit(' '.join({'keras', 'tensorflow', 'matplotlib'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stderr.strip() == ""

"""``predict --continue-tracks``: recordings that consist of several files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import poise_workflows
from poise_workflows.journal.errors import JournalError
from poise_workflows.journal.reading import journal_of, read_journal
from poise_workflows.prediction.options import OptionsError
from poise_workflows.progress import showing

COUNT = 9
CUTS = {"part2": range(4), "part10": range(4, 7), "part11": range(7, COUNT)}
"""Name of a file → the frames of the recording that it has. A shell sorts part10 first."""

Flies = Callable[..., Path]
Tracks = Callable[[Path], Any]


@pytest.fixture
def parts(flies: Flies, tmp_path: Path) -> list[Path]:
    """The images of ``flies()``, cut into folders in ``tmp_path/camera``, in a shell's order."""
    whole = flies()
    for name, numbers in CUTS.items():
        folder = tmp_path / "camera" / name
        folder.mkdir(parents=True)
        for place, number in enumerate(numbers):
            shutil.copy(whole / f"{number}.png", folder / f"{place}.png")
    return sorted((tmp_path / "camera").iterdir(), key=lambda path: path.name)


@pytest.fixture
def predict(model: Path, tmp_path: Path) -> Callable[..., Any]:
    def run(sources: Any, output: str = "out", **options: Any) -> Any:
        options = {"progress": "none", "batch_size": 2, "track": "nearest", **options}
        (tmp_path / output).mkdir(exist_ok=True)
        return poise_workflows.predict(sources, model, tmp_path / output, **options)

    return run


def joined(results: Any, tracks: Tracks) -> list[Any]:
    """The animals of all files, frame by frame."""
    return [frame for result in results for frame in tracks(result.output)[1]]


@pytest.mark.parametrize("options", [{}, {"by_look": True}, {"edition": "sleap-1.4"}])
def test_the_files_of_a_recording_have_the_tracks_of_the_uncut_one(
    options: dict[str, Any], parts: list[Path], predict: Any, tracks: Tracks, tmp_path: Path
) -> None:
    (whole,) = predict(tmp_path / "flies", "whole", tracking=options)

    results = predict(parts, tracking=options, continue_tracks=True)

    assert [result.output.name for result in results] == [
        f"{name}.predictions.slp" for name in CUTS
    ]
    names, frames = tracks(whole.output)
    assert joined(results, tracks) == frames
    assert [set(tracks(result.output)[0]) for result in results] == [set(names)] * 3
    assert [result.report["tracks"] for result in results] == [2, 2, 2]


def test_each_file_says_from_which_its_tracks_go_on(parts: list[Path], predict: Any) -> None:
    results = predict(parts, continue_tracks=True)

    notes = [result.report["notes"] for result in results]
    assert notes == [
        [],
        ["its tracks go on from part2"],
        ["its tracks go on from part10"],
    ]


def test_a_list_has_the_order_that_a_person_wrote_and_names_of_a_call_the_natural_one(
    flies: Flies, predict: Any, tmp_path: Path
) -> None:
    folder = flies()
    images = [folder / name for name in ("2.png", "0.png", "1.png")]
    (tmp_path / "list.txt").write_text("".join(f"{path}\n" for path in images))

    listed = predict(tmp_path / "list.txt", "listed", continue_tracks=True)
    named = predict(images, "named", continue_tracks=True)

    notes = [[result.report["notes"] for result in results] for results in (listed, named)]
    assert notes == [
        [[], ["its tracks go on from 2.png"], ["its tracks go on from 0.png"]],
        [[], ["its tracks go on from 0.png"], ["its tracks go on from 1.png"]],
    ]


def test_a_new_track_has_a_name_that_no_file_before_has(
    parts: list[Path], predict: Any, tracks: Tracks, tmp_path: Path
) -> None:
    image = np.array(Image.open(parts[1] / "1.png"))
    image[17, 30] = 60
    Image.fromarray(image).save(parts[1] / "1.png")
    *_, last = predict(parts, continue_tracks=True)

    assert parts[1].name == "part11"
    assert sorted(tracks(last.output)[0]) == ["track_0", "track_1", "track_2"]


def test_each_folder_is_a_recording_of_its_own(
    parts: list[Path], predict: Any, tracks: Tracks, tmp_path: Path
) -> None:
    other = tmp_path / "camera2"
    other.mkdir()
    for name in ("part2", "part10"):
        shutil.copytree(tmp_path / "camera" / name, other / f"{name}b")
    both = [*parts, other / "part2b", other / "part10b"]
    (alone,) = predict(other / "part2b", "alone")

    results = predict(both, continue_tracks=True)

    assert len(results) == 5
    assert tracks(results[3].output) == tracks(alone.output)
    assert results[4].report["notes"] == ["its tracks go on from part2b"]


class Interrupting(showing.Throttled):
    """Interrupts the run after some events, as Ctrl-C does."""

    def __init__(self, after: int) -> None:
        super().__init__(lambda event: None, 0)
        self.left = after

    def __call__(self, event: Any) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.mark.parametrize("options", [{}, {"by_look": True}])
def test_a_recording_that_is_interrupted_anywhere_goes_on_with_the_same_tracks(
    options: dict[str, Any],
    parts: list[Path],
    predict: Any,
    tracks: Tracks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call: Any = {"tracking": options, "continue_tracks": True, "batch_size": 1}
    whole = predict(parts, "whole", **call)

    done = []
    for _ in range(COUNT):
        with monkeypatch.context() as patch:
            patch.setattr("poise_workflows.prediction.calls.shown", lambda kind: Interrupting(1))
            with pytest.raises(KeyboardInterrupt):
                predict(parts, **call)
        done.append(frames_done(whole))
    results = predict(parts, **call)

    assert done == list(range(1, COUNT + 1))
    assert joined(results, tracks) == joined(whole, tracks)
    for before, after in zip(whole, results, strict=True):
        assert {**after.report, "seconds": 0} == {**before.report, "seconds": 0}


def frames_done(whole: Any) -> int:
    """How many frames are in the journals of the folder ``out``."""
    journals = [journal_of(each.output.parents[1] / "out" / each.output.name) for each in whole]
    recorded = [read_journal(path) for path in journals if path.exists()]
    return sum(sum(each.progress.values()) for each in recorded if each)


def test_a_finished_recording_is_left_alone_and_a_new_file_goes_on(
    parts: list[Path], predict: Any, tracks: Tracks, tmp_path: Path
) -> None:
    (whole,) = predict(tmp_path / "flies", "whole")
    first, third, second = parts[2], parts[1], parts[0]
    predict([first, second], continue_tracks=True)

    results = predict([first, second, third], continue_tracks=True)

    assert [result.was_finished for result in results] == [True, True, False]
    assert joined(results, tracks) == tracks(whole.output)[1]


def test_a_file_whose_predecessor_has_changed_is_refused_or_predicted_anew(
    parts: list[Path], predict: Any, tracks: Tracks, tmp_path: Path
) -> None:
    predict(parts, continue_tracks=True)
    first = parts[2] / "3.png"
    image = np.array(Image.open(first))
    image[17, 40] = 200
    Image.fromarray(image).save(first)
    (parts[2] / "3.png").touch()
    for file in (tmp_path / "out").glob("part2.*"):
        file.unlink()

    with pytest.raises(JournalError, match=r"part10.predictions.slp.journal is the journal of"):
        predict(parts, continue_tracks=True)
    results = predict(parts, continue_tracks=True, renew=True)
    again = predict(parts, "again", continue_tracks=True)

    assert joined(results, tracks) == joined(again, tracks)
    assert "part2 was there" not in str(results[1].report["notes"])
    assert (tmp_path / "out" / "part10.predictions.1.slp").exists()


def test_a_file_that_was_tracked_alone_is_of_another_run(parts: list[Path], predict: Any) -> None:
    predict(parts[0])

    with pytest.raises(JournalError, match=r"goes_on_from"):
        predict(parts, continue_tracks=True)


def test_what_cannot_go_on_is_refused_before_the_first_frame(
    parts: list[Path], predict: Any, flies: Flies, tmp_path: Path
) -> None:
    def refused(sources: Any, **options: Any) -> str:
        with pytest.raises(OptionsError) as error:
            predict(sources, continue_tracks=True, **options)
        (fault,) = error.value.faults
        assert fault.path == "continue_tracks"
        return fault.what

    assert refused(parts, track=None) == ("must come with a tracker, got none; add track=...")
    assert refused(parts, tracking={"least": 3}).startswith(
        "must not need all frames at once, got the tracker nearest with options that change"
    )
    larger = tmp_path / "camera" / "part12"
    larger.mkdir()
    Image.fromarray(np.zeros((20, 64), np.uint8)).save(larger / "0.png")
    assert "with frames of 20 × 60 and" in refused([*parts, larger])
    assert list((tmp_path / "out").iterdir()) == []


def test_where_nothing_goes_on_poise_says_so(parts: list[Path], predict: Any) -> None:
    (result,) = predict(parts[0], continue_tracks=True)

    assert result.report["notes"] == [
        "continue_tracks changes nothing: no folder has two of 1 source"
    ]

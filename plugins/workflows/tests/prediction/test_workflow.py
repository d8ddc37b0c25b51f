"""Runs: what they write, and how they go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import poise_workflows
from poise_workflows.journal.errors import JournalError
from poise_workflows.prediction.options import OptionsError
from poise_workflows.prediction.runs import UnreadableFrameError
from poise_workflows.progress import showing
from poise_workflows.results.errors import ResultsError

Frames = Callable[..., Path]
Poses = Callable[[Path], Any]


def predict(source: Any, model: Path, output: Path | None = None, **options: Any) -> Any:
    options = {"progress": "none", "batch_size": 2, **options}
    return poise_workflows.predict(source, model, output, **options)


def where(number: int) -> list[list[float]]:
    return [[4.0 + 3 * number, 6.0 + number]] * 2


def test_a_run_writes_poses_their_origin_and_a_report(
    frames: Frames, model: Path, poses: Poses, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sleap_io

    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    (result,) = predict(frames(), model)

    assert result.output.name == "flies.predictions.slp"
    assert poses(result.output)["points"] == [where(number) for number in range(7)]
    origin = sleap_io.load_slp(str(result.output), open_videos=False).provenance
    assert origin["args"]["batch_size"] == 2
    assert len(origin["poise"]["models"][0]["weights"]["sha256"]) == 64
    assert origin["poise"]["readers"][0]["reader"]
    assert origin["poise"]["environment"] == {"TF_ENABLE_ONEDNN_OPTS": "1"}
    report = json.loads(result.output.with_suffix(".report.json").read_text(encoding="utf-8"))
    assert {name: report[name] for name in ("frames", "instances", "empty", "holes")} == {
        "frames": 7,
        "instances": 7,
        "empty": 0,
        "holes": 0,
    }


def test_frames_are_predicted_in_the_order_in_which_they_are_named(
    frames: Frames, model: Path, poses: Poses
) -> None:
    (result,) = predict(frames(), model, frames="5,0-2,5")

    assert [number for _, number, _ in poses(result.output)["frames"]] == [5, 0, 1, 2, 5]
    assert poses(result.output)["points"] == [where(number) for number in (5, 0, 1, 2, 5)]


def test_a_library_that_cannot_write_results_is_told_of_before_the_first_frame(
    frames: Frames, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sleap_io

    def fail(*arguments: Any, **options: Any) -> None:
        raise TypeError("numpy.dtype size changed")

    monkeypatch.setattr(sleap_io, "save_slp", fail)
    source = frames()
    before = sorted(source.parent.iterdir())

    with pytest.raises(ResultsError, match="must be a sleap-io that writes"):
        predict(source, model)

    assert sorted(source.parent.iterdir()) == before


def test_a_finished_run_is_left_alone_also_after_the_user_has_corrected_it(
    frames: Frames, model: Path
) -> None:
    folder = frames()
    (first,) = predict(folder, model)
    first.output.write_bytes(b"corrected")

    (second,) = predict(folder, model)

    assert second.was_finished
    assert second.report["instances"] == 7
    assert first.output.read_bytes() == b"corrected"


class Interrupting(showing.Throttled):
    """Interrupts the run after some events, as Ctrl-C does."""

    def __init__(self, after: int) -> None:
        super().__init__(lambda event: None, 0)
        self.left = after

    def __call__(self, event: Any) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.mark.parametrize("after", [1, 3, 4])
def test_an_interrupted_run_goes_on_and_its_result_is_that_of_an_uninterrupted_one(
    after: int, frames: Frames, model: Path, poses: Poses, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = frames()
    (whole,) = predict(folder, model, folder.with_name("whole.slp"))
    output = folder.with_name("parts.slp")
    with monkeypatch.context() as patch:
        patch.setattr("poise_workflows.prediction.calls.shown", lambda kind: Interrupting(after))
        with pytest.raises(KeyboardInterrupt):
            predict(folder, model, output)
    partial = output.with_name("parts.partial.slp")
    at_first = poses(partial)["points"]

    (result,) = predict(folder, model, output)

    assert at_first == [where(number) for number in range(min(2 * after, 7))]
    assert not partial.exists()
    assert poses(result.output) == poses(whole.output)
    assert result.report["frames"] == 7


def test_another_run_than_the_journals_is_refused_with_the_difference(
    frames: Frames, model: Path
) -> None:
    folder = frames()
    predict(folder, model, frames="0-3")

    with pytest.raises(JournalError, match="must be '0-3', as in the journal, got '0-4'"):
        predict(folder, model, frames="0-4")


def test_overwriting_keeps_the_former_result_aside(
    frames: Frames, model: Path, poses: Poses
) -> None:
    folder = frames()
    (first,) = predict(folder, model, frames="0-3")

    (second,) = predict(folder, model, frames="0-4", overwrite=True)

    assert len(poses(second.output)["frames"]) == 5
    assert len(poses(first.output.with_name("flies.predictions.1.slp"))["frames"]) == 4


def test_an_output_that_is_there_without_a_journal_is_not_replaced(
    frames: Frames, model: Path
) -> None:
    folder = frames()
    output = folder.with_name("mine.slp")
    output.write_bytes(b"mine")

    with pytest.raises(OptionsError, match="must be free, got"):
        predict(folder, model, output)

    assert output.read_bytes() == b"mine"


@pytest.fixture
def holed(frames: Frames) -> Path:
    """Frame 3 cannot be read, and frame 6, the last, neither."""
    folder = frames()
    for number in (3, 6):
        file = folder / f"{number}.png"
        file.write_bytes(file.read_bytes()[:50])  # a whole header, so that it can be opened
    return folder


def test_a_hole_is_an_empty_frame_and_a_failure_but_a_missing_end_is_neither(
    holed: Path, model: Path, poses: Poses
) -> None:
    (result,) = predict(holed, model)

    assert result.failed.startswith("1 frame cannot be read")
    assert (result.report["holes"], result.report["promised"]) == (1, 1)
    assert [count for _, _, count in poses(result.output)["frames"]] == [1, 1, 1, 0, 1, 1, 0]
    assert [entry["frame"] for entry in result.report["unreadable"]] == [3, 6]


def test_as_many_holes_as_allowed_are_no_failure(holed: Path, model: Path) -> None:
    (result,) = predict(holed, model, allow_unreadable=1)

    assert result.failed == ""


def test_a_strict_run_stops_at_a_hole_and_goes_on_if_it_need_not_be_strict(
    holed: Path, model: Path
) -> None:
    with pytest.raises(UnreadableFrameError, match="frame 3 must be readable, got"):
        predict(holed, model, strict=True)

    (result,) = predict(holed, model)

    assert result.report["frames"] == 7


def test_several_sources_are_written_into_a_folder(frames: Frames, model: Path) -> None:
    folders = [frames("a", 2), frames("b", 3)]
    output = folders[0].with_name("out")

    results = predict(folders, model, output)

    assert [result.output for result in results] == [
        output / "a.predictions.slp",
        output / "b.predictions.slp",
    ]
    assert [result.report["frames"] for result in results] == [2, 3]


def test_empty_frames_can_be_left_out(holed: Path, model: Path, poses: Poses) -> None:
    (result,) = predict(holed, model, no_empty_frames=True)

    assert [number for _, number, _ in poses(result.output)["frames"]] == [0, 1, 2, 4, 5]


@pytest.mark.parametrize(
    ("name", "suffix"), [("analysis", "analysis.h5"), ("analysis.csv", "analysis.csv")]
)
def test_another_format_is_written_beside_also_after_the_run_has_finished(
    name: str, suffix: str, frames: Frames, model: Path
) -> None:
    folder = frames()
    predict(folder, model)

    (result,) = predict(folder, model, format=name)
    (again,) = predict(folder, model, format=name)

    assert [file.name for file in result.files] == [f"flies.predictions.000_0.{suffix}"]
    assert result.files == again.files
    assert result.files[0].exists()


def test_poses_are_merged_into_a_copy_of_a_project(
    frames: Frames, model: Path, poses: Poses
) -> None:
    import sleap_io

    folder = frames()
    (first,) = predict(folder, model, frames="0-3")
    labels = sleap_io.load_slp(str(first.output), open_videos=False)
    labels.suggestions.append(sleap_io.SuggestionFrame(video=labels.video, frame_idx=6))
    project, merged = folder.with_name("project.slp"), folder.with_name("new.slp")
    labels.save(str(project), embed=False)
    before = project.read_bytes()

    predict(folder, model, merged, frames="2-5", merge=project)

    assert project.read_bytes() == before
    assert [(number, count) for _, number, count in poses(merged)["frames"]] == [
        (number, 1) for number in range(6)
    ]
    kept = sleap_io.load_slp(str(merged), open_videos=False).suggestions
    assert [suggestion.frame_idx for suggestion in kept] == [6]


@pytest.mark.usefixtures("made_up")
def test_a_model_of_other_channels_than_gray_or_rgb_is_refused(
    frames: Frames, save_model: Callable[..., Path]
) -> None:
    odd = save_model("odd", (None, None, 2))

    with pytest.raises(OptionsError, match="must have the 2 channels of the model, got 1 in flies"):
        predict(frames(), odd)


def test_a_project_is_not_merged_into_itself_by_another_name(
    frames: Callable[..., Path], model: Path
) -> None:
    folder = frames()
    project, link = folder.with_name("project.slp"), folder.with_name("link.slp")
    predict(folder, model, project, frames="0-1")
    link.symlink_to(project)
    before = project.read_bytes()

    for output in (project, link):
        with pytest.raises(OptionsError, match="must be another file than the project"):
            predict(folder, model, output, merge=project, overwrite=True)

    assert project.read_bytes() == before
    assert link.is_symlink()


def test_a_table_that_a_person_corrected_stays_when_the_run_is_called_again(
    frames: Callable[..., Path], model: Path
) -> None:
    folder = frames()
    (first,) = predict(folder, model, folder.with_name("flies.slp"), format="analysis.csv")
    first.files[0].write_bytes(b"corrected by hand")

    (again,) = predict(folder, model, folder.with_name("flies.slp"), format="analysis.csv")

    assert again.was_finished
    assert again.files == first.files
    assert first.files[0].read_bytes() == b"corrected by hand"


def test_a_table_of_a_video_without_animals_is_not_written_and_poise_says_so(
    frames: Callable[..., Path], model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from poise_workflows.results import surveys

    count = surveys._count

    def count_nothing(counted: Any, *arguments: Any) -> None:
        count(counted, *arguments)
        counted.instances = 0

    monkeypatch.setattr(surveys, "_count", count_nothing)
    folder = frames()
    (result,) = predict(folder, model, folder.with_name("flies.slp"), format="analysis.csv")

    table = folder.with_name("flies.000_0.analysis.csv")
    assert result.files == ()
    assert result.remarks == (f"{table} is not written: its video has no animal",)
    assert not table.exists()

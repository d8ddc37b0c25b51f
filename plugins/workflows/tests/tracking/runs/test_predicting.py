"""``predict`` with a tracker: tracks in the file, in the report, and after an interruption."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

import poise_workflows
from poise_workflows.journal.errors import JournalError
from poise_workflows.journal.reading import journal_of
from poise_workflows.prediction.options import OptionsError
from poise_workflows.progress import showing
from poise_workflows.tracking.choosing import tracking_of
from poise_workflows.tracking.prediction import check_model

SIZE = 20, 60

Flies = Callable[..., Path]
Tracks = Callable[[Path], Any]


def predict(source: Any, model: Path, output: Path | None = None, **options: Any) -> Any:
    options = {"progress": "none", "batch_size": 2, "track": "nearest", **options}
    (result,) = poise_workflows.predict(source, model, output, **options)
    return result


def test_each_animal_has_its_track_in_every_frame_in_the_order_of_the_tracker(
    flies: Flies, model: Path, tracks: Tracks
) -> None:
    result = predict(flies(), model)

    names, frames = tracks(result.output)
    assert names == ["track_1", "track_0"]  # by first use: this tracker returns the last first
    first = [("track_1", 50.0, 0.0), ("track_0", 4.0, 0.0)]
    assert frames[0] == first
    assert frames[3] == [("track_1", 35.0, -5.0), ("track_0", 19.0, -5.0)]
    assert (result.report["tracks"], result.report["untracked"]) == (2, 0)
    assert result.report["tracking"]["edition"] == "2026"


def test_what_a_tracker_drops_is_counted_by_its_limit(flies: Flies, model: Path) -> None:
    result = predict(flies(), model, tracking={"most": 1})

    assert result.report["dropped"] == {"most 1": 9}
    assert result.report["instances"] == 9


def test_what_the_pass_over_all_frames_removes_is_counted(
    flies: Flies, model: Path, tracks: Tracks
) -> None:
    folder = flies()
    darker = folder / "0.png"
    darker.write_bytes((folder / "5.png").read_bytes())  # two short tracks begin and end

    result = predict(folder, model, tracking={"least": 3, "reach": 6})

    names, frames = tracks(result.output)
    assert names == ["track_3", "track_2"]
    assert [len(frame) for frame in frames] == [0, *[2] * 8]
    assert result.report["dropped"] == {"the pass over all frames": 2}
    assert (result.report["instances"], result.report["tracks"]) == (16, 2)


class Interrupting(showing.Throttled):
    """Interrupts the run after some events, as Ctrl-C does."""

    def __init__(self, after: int) -> None:
        super().__init__(lambda event: None, 0)
        self.left = after

    def __call__(self, event: Any) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("edition", "options"),
    [
        ("2026", {"reach": 11.0}),
        ("2026", {"by_look": True, "least": 3}),
        ("sleap-1.4", {"by_look": True}),
    ],
)
def test_a_run_that_is_interrupted_goes_on_with_the_same_tracks(
    edition: str,
    options: dict[str, Any],
    flies: Flies,
    model: Path,
    tracks: Tracks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, options = flies(hole=4), {**options, "edition": edition}
    whole = predict(folder, model, folder.with_name("whole.slp"), tracking=options, batch_size=1)
    output = folder.with_name("parts.slp")

    for after in (1, 2, 3):
        with monkeypatch.context() as patch:
            how = lambda kind, after=after: Interrupting(after)  # noqa: E731
            patch.setattr("poise_workflows.prediction.calls.shown", how)
            with pytest.raises(KeyboardInterrupt):
                predict(folder, model, output, tracking=options, batch_size=1)
    parts = predict(folder, model, output, tracking=options, batch_size=1)

    assert tracks(parts.output) == tracks(whole.output)
    assert len(tracks(parts.output)[0]) == 2  # the time of the hole has passed, not the tracks
    assert {**parts.report, "seconds": 0} == {**whole.report, "seconds": 0}


def test_another_tracker_or_other_options_than_the_journals_are_refused(
    flies: Flies, model: Path
) -> None:
    folder = flies()
    predict(folder, model)

    with pytest.raises(JournalError, match=r"must be 8\.0, as in the journal, got 9\.0 @ tracking"):
        predict(folder, model, tracking={"reach": 9.0})
    with pytest.raises(JournalError, match="must be '2026', as in the journal, got"):
        predict(folder, model, tracking={"edition": "sleap-1.4"})
    with pytest.raises(JournalError, match="as in the journal, got nothing @ tracking"):
        predict(folder, model, track=None)


def test_the_provenance_has_tracker_edition_and_options(flies: Flies, model: Path) -> None:
    import sleap_io

    result = predict(flies(), model, tracking={"reach": 7.5})

    origin = sleap_io.load_slp(str(result.output), open_videos=False).provenance
    assert origin["args"]["track"] == "nearest"
    assert origin["args"]["tracking"] == {"reach": 7.5}
    assert origin["poise"]["report"]["tracking"]["options"]["reach"] == 7.5


def test_a_model_of_a_single_animal_is_not_tracked(flies: Flies, model: Path) -> None:
    pipeline = poise_workflows.load(model).pipeline
    tracking = tracking_of("nearest")
    assert tracking is not None
    check_model(tracking, pipeline)

    single = attrs.evolve(pipeline, is_single=True)
    with pytest.raises(OptionsError, match="must be left out for a model of a single animal, got"):
        check_model(tracking, single)


def test_what_makes_a_model_one_of_a_single_animal(
    made_up: None, save_model: Callable[..., Path]
) -> None:
    assert poise_workflows.load(save_model("single", (None, None, 1))).pipeline.is_single


def test_an_option_of_a_tracker_that_nobody_named_is_refused(flies: Flies, model: Path) -> None:
    folder = flies()

    with pytest.raises(OptionsError, match=r"must be left out without a tracker, got tracking\."):
        predict(folder, model, track=None, tracking={"reach": 3.0})
    assert not journal_of(folder.with_name("flies.predictions.slp")).exists()


@pytest.mark.parametrize(("name", "suffix"), [("analysis", "analysis.h5"), ("dlc", "dlc.csv")])
def test_tracks_reach_the_other_formats(name: str, suffix: str, flies: Flies, model: Path) -> None:
    result = predict(flies(), model, format=name)

    (file,) = result.files
    assert file.name.endswith(suffix)
    text = file.read_bytes()
    assert b"track_0" in text
    assert b"track_1" in text


def test_videos_of_a_label_file_have_a_tracker_each_and_tracks_of_other_names(
    flies: Flies, model: Path, tracks: Tracks, tmp_path: Path
) -> None:
    labels = alternating(flies("a", 4), flies("b", 4), tmp_path / "labels.slp")

    result = predict(labels, model)
    shared = predict(labels, model, tmp_path / "sleap.slp", tracking={"edition": "sleap-1.4"})

    names, frames = tracks(result.output)
    assert names == ["track_1", "track_0", "track_3", "track_2"]
    assert [frame[0][0] for frame in frames] == ["track_1", "track_3"] * 4
    assert tracks(shared.output)[0] == ["track_1", "track_0"]


def alternating(first: Path, second: Path, path: Path) -> Path:
    """A label file whose frames alternate between two videos."""
    import sleap_io

    videos = [video_of(folder) for folder in (first, second)]
    frames = [
        sleap_io.LabeledFrame(video=video, frame_idx=number)
        for number in range(4)
        for video in videos
    ]
    skeleton = sleap_io.Skeleton(nodes=["head", "tail"])
    labels = sleap_io.Labels(labeled_frames=frames, videos=videos, skeletons=[skeleton])
    sleap_io.save_slp(labels, str(path), embed=False, verbose=False)
    return path


def video_of(folder: Path, count: int = 4) -> Any:
    """The images of a folder as the video of a label file."""
    import sleap_io

    names = [str(folder / f"{number}.png") for number in range(count)]
    stored: dict[str, Any] = {"type": "ImageVideo", "filename": names[0], "filenames": names}
    stored["shape"] = (count, *SIZE, 1)
    return sleap_io.Video(
        filename=names,
        backend=None,
        backend_metadata=stored,
        open_backend=False,
    )


def test_a_report_says_which_tracker_and_json_can_hold_it(flies: Flies, model: Path) -> None:
    result = predict(flies(), model, tracking={"nodes": (1, 2)})

    report = json.loads(result.output.with_suffix(".report.json").read_text(encoding="utf-8"))
    assert report["tracking"] == {
        "tracker": "nearest",
        "edition": "2026",
        "options": {"reach": 8.0, "most": None, "by_look": False, "least": 0, "nodes": [1, 2]},
    }

"""Which frames are compared: those of the same video, number and parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sleap_io

import poise_workflows
from compared_labels import labels_of

POINTS = np.array([[0.0, 0], [20, 10], [40, 25]])
FRAMES = {0: [{"points": POINTS}], 1: [{"points": POINTS + 5}]}


def matched(truth: Any, predicted: Any) -> tuple[int, tuple[str, ...]]:
    result = poise_workflows.evaluate(truth, predicted)
    others = [note for note in result.notes if "track" not in note and "trained" not in note]
    return result.metrics["detection.matched"], tuple(others)


def test_videos_are_the_same_by_name_whatever_their_folders() -> None:
    truth = labels_of(FRAMES, video="/lab/day 1/flies.mp4")

    for video in ("/lab/day 1/flies.mp4", "C:\\data\\flies.mp4", "flies.mp4"):
        predicted = labels_of(FRAMES, video=video, predicted=True)
        assert matched(truth, predicted) == (2, ())


def test_single_videos_of_other_names_are_taken_for_the_same_with_a_note() -> None:
    truth, predicted = labels_of(FRAMES), labels_of(FRAMES, video="copy.avi", predicted=True)

    assert matched(truth, predicted) == (
        2,
        ("the videos are taken for the same, as each file has one: flies.mp4 and copy.avi",),
    )


def two_videos(names: tuple[str, str], shifts: tuple[int, int], *, predicted: bool) -> Any:
    both = [
        labels_of({0: [{"points": POINTS + shift}]}, video=name, predicted=predicted)
        for name, shift in zip(names, shifts, strict=True)
    ]
    skeleton = both[0].skeletons[0]
    for frame in both[1].labeled_frames:
        frame.instances[0].skeleton = skeleton
    return sleap_io.Labels([*both[0].labeled_frames, *both[1].labeled_frames])


def test_each_of_several_videos_is_compared_with_its_own() -> None:
    truth = two_videos(("x/a.mp4", "x/b.mp4"), (0, 100), predicted=False)
    predicted = two_videos(("y/b.mp4", "y/a.mp4"), (100, 0), predicted=True)

    assert poise_workflows.evaluate(truth, predicted).metrics["dist.avg"] == 0


def test_videos_of_one_name_in_two_folders_are_told_apart_by_their_paths() -> None:
    names = ("x/a.mp4", "y/a.mp4")
    truth = two_videos(names, (0, 100), predicted=False)
    predicted = two_videos(names[::-1], (100, 0), predicted=True)

    assert poise_workflows.evaluate(truth, predicted).metrics["dist.avg"] == 0


def test_embedded_images_are_those_of_the_video_they_were_taken_from() -> None:
    truth = labels_of(FRAMES)
    film = truth.videos[0]
    embedded = sleap_io.Video(
        filename="flies.pkg.slp",
        backend_metadata={"dataset": "video0/video"},
        source_video=sleap_io.Video(filename="/elsewhere/flies.mp4", open_backend=False),
        open_backend=False,
    )
    truth.replace_videos(old_videos=[film], new_videos=[embedded])

    assert matched(truth, labels_of(FRAMES, predicted=True)) == (2, ())


def test_parts_are_compared_by_name_whatever_their_order() -> None:
    turned = {n: [{"points": animal[0]["points"][::-1]}] for n, animal in FRAMES.items()}
    predicted = labels_of(turned, parts=("tail", "thorax", "head"), predicted=True)

    result = poise_workflows.evaluate(labels_of(FRAMES), predicted)

    assert result.metrics["dist.avg"] == 0
    assert list(result.parts) == ["head", "thorax", "tail"]


def test_what_a_person_labeled_is_no_prediction() -> None:
    both = {n: [{"points": a[0]["points"], "is_user": True}, *a] for n, a in FRAMES.items()}
    predicted = labels_of(both, predicted=True)

    assert matched(labels_of(FRAMES), predicted) == (
        2,
        ("2 animals labeled by a person, not predicted, left out",),
    )


def test_animals_without_a_visible_part_are_nowhere() -> None:
    nothing = {"points": np.full((3, 2), np.nan)}
    truth = labels_of({0: [*FRAMES[0], nothing], 1: FRAMES[1]})
    predicted = labels_of({0: FRAMES[0], 1: [*FRAMES[1], nothing]}, predicted=True)

    assert matched(truth, predicted) == (
        2,
        (
            "1 animal labeled without a visible part, left out",
            "1 animal predicted without a visible part, left out",
        ),
    )


def test_a_box_without_area_is_said_with_the_way_out() -> None:
    point = {0: [{"points": [[5.0, 5]]}]}
    near = {0: [{"points": [[5.5, 5]]}]}
    truth, predicted = (
        labels_of(point, parts=["center"]),
        labels_of(near, parts=["center"], predicted=True),
    )

    result = poise_workflows.evaluate(truth, predicted)
    scaled = poise_workflows.evaluate(truth, predicted, oks_scale=400)

    assert result.metrics["detection.matched"] == 0
    assert [note for note in result.notes if "area" in note] == [
        "1 labeled animal whose box has no area: such an animal matches only a prediction that is "
        "exactly there; pass oks_scale=400, in square pixels"
    ]
    assert scaled.metrics["detection.matched"] == 1
    assert scaled.metrics["dist.avg"] == 0.5
    assert not [note for note in scaled.notes if "area" in note]


def test_a_frame_that_was_marked_as_empty_has_only_false_animals() -> None:
    truth = labels_of(FRAMES)
    truth.append(sleap_io.LabeledFrame(video=truth.videos[0], frame_idx=2, is_negative=True))
    predicted = labels_of({**FRAMES, 2: [{"points": POINTS}]}, predicted=True)

    figures = poise_workflows.evaluate(truth, predicted).metrics

    assert (figures["frames.labeled"], figures["detection.false"]) == (3, 1)


@pytest.mark.parametrize("frames", [{0: [], 1: []}, {}], ids=["empty frames", "no frames"])
def test_a_model_that_finds_nothing_misses_every_animal(frames: Any) -> None:
    predicted = labels_of(FRAMES, predicted=True)
    predicted.labeled_frames = [
        sleap_io.LabeledFrame(video=predicted.videos[0], frame_idx=number) for number in frames
    ]
    predicted.provenance["model_paths"] = ["models/flies"]

    metrics = poise_workflows.evaluate(labels_of(FRAMES), predicted).metrics

    assert (metrics["detection.matched"], metrics["detection.missed"]) == (0, 2)
    assert metrics["detection.recall"] == 0
    assert np.isnan(metrics["dist.avg"])


def test_videos_of_two_machines_are_told_apart_by_a_map_where_their_names_are_equal(
    tmp_path: Path,
) -> None:
    here = ("x/a.mp4", "y/a.mp4")
    there = tuple(f"Z:\\lab\\{name[0]}\\a.mp4" for name in here)
    paths = [str(tmp_path / name) for name in here]
    truth = two_videos((paths[0], paths[1]), (0, 100), predicted=False)
    predicted = two_videos((there[1], there[0]), (100, 0), predicted=True)

    with pytest.raises(poise_workflows.EvaluationError, match="got other videos"):
        poise_workflows.evaluate(truth, predicted)
    result = poise_workflows.evaluate(truth, predicted, map={"Z:\\lab": tmp_path})

    assert result.metrics["dist.avg"] == 0
    assert not [note for note in result.notes if "changes nothing" in note]


def test_a_map_that_no_path_fits_is_said(tmp_path: Path) -> None:
    truth, predicted = labels_of(FRAMES), labels_of(FRAMES, predicted=True)

    result = poise_workflows.evaluate(truth, predicted, map={"/mnt/a": tmp_path})

    assert result.notes[-1] == (
        f"map /mnt/a={tmp_path} changes nothing: no path that Poise looks for begins so"
    )

"""Training learns what people labeled, and says what it leaves out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise import LabelsError
from poise_workflows.examples.labeling import examples_of
from poise_workflows.examples.splitting import FrameKey

sio = pytest.importorskip("sleap_io")

FLY = sio.Skeleton(
    nodes=["left", "head", "right"], edges=[("head", "left")], symmetries=[("left", "right")]
)
A, B, UNUSED = (sio.Track(name) for name in ("a", "b", "unused"))


def animal(*points: Any, track: Any = None, predicted: bool = False, skeleton: Any = FLY) -> Any:
    cls = sio.PredictedInstance if predicted else sio.Instance
    rows = [point or (np.nan, np.nan) for point in points]
    return cls.from_numpy(np.array(rows, float), skeleton=skeleton, track=track)


def labels_of(*frames: list[Any], videos: int = 1, numbers: Any = None) -> Any:
    films = [sio.Video(f"film{index}.mp4", open_backend=False) for index in range(videos)]
    rows = [
        sio.LabeledFrame(video=films[index % videos], frame_idx=10 * index, instances=instances)
        for index, instances in enumerate(frames)
    ]
    return sio.Labels(rows, videos=films, skeletons=[FLY], tracks=[A, B, UNUSED])


def test_each_labeled_frame_has_its_video_number_and_animals() -> None:
    first = animal((1, 2), (3, 4), None, track=B)
    second = animal((5, 6), None, (7, 8))

    examples = examples_of(labels_of([first, second], [first], videos=2))

    assert [example.key for example in examples.frames] == [FrameKey(0, 0), FrameKey(1, 10)]
    expected = [[[1, 2], [3, 4], [np.nan] * 2], [[5, 6], [np.nan] * 2, [7, 8]]]
    np.testing.assert_array_equal(examples.frames[0].points, expected)
    assert examples.frames[0].classes.tolist() == [1, -1]
    assert examples.animals == 3
    assert examples.notes == ()


def test_the_skeleton_has_parts_edges_and_symmetries() -> None:
    skeleton = examples_of(labels_of([animal((1, 2), None, None)])).skeleton

    assert skeleton.parts == ("left", "head", "right")
    assert skeleton.edges == (("head", "left"),)
    assert [set(pair) for pair in skeleton.symmetries] == [{"left", "right"}]


def test_classes_are_all_tracks_in_the_order_of_the_file_also_unused_ones() -> None:
    # spec/train_run.md §2
    assert examples_of(labels_of([animal((1, 2), None, None)])).class_names == ("a", "b", "unused")


def test_what_a_model_predicted_is_not_learned() -> None:
    predicted = animal((1, 2), None, None, predicted=True)

    examples = examples_of(labels_of([predicted], [predicted, animal((3, 4), None, None)]))

    assert [example.key.frame for example in examples.frames] == [10]
    assert examples.animals == 1


def test_animals_without_a_visible_part_are_left_out_and_counted() -> None:
    empty = animal(None, None, None)

    examples = examples_of(labels_of([empty, animal((1, 2), None, None)], [empty]))

    assert len(examples.frames) == 1
    assert examples.notes == ("2 labeled animals without a visible part are left out",)


def test_a_model_of_identities_learns_only_animals_with_a_track() -> None:
    labels = labels_of([animal((1, 2), None, None), animal((3, 4), None, None, track=A)])

    examples = examples_of(labels, with_identities=True)

    assert examples.frames[0].classes.tolist() == [0]
    (note,) = examples.notes
    assert note == "1 labeled animal without the track that an identity needs is left out"


@pytest.mark.parametrize(
    ("frames", "options", "message"),
    [
        ([], {}, "got 0 frames without animals"),
        ([[]], {}, "got 1 frame without animals"),
        ([[animal((1, 2), None, None, predicted=True)]], {}, "got 1 animal predicted by a model"),
        ([[animal(None, None, None)]], {}, "got 1 labeled animal without a visible part is left"),
        ([[animal((1, 2), None, None)]], {"with_identities": True}, "without the track"),
    ],
)
def test_labels_with_nothing_to_learn_are_refused(frames: Any, options: Any, message: str) -> None:
    with pytest.raises(LabelsError, match="must have an animal that a person labeled") as error:
        examples_of(labels_of(*frames), **options)

    assert message in str(error.value)


def test_a_real_file_of_labels_gives_its_frames(shared: Path) -> None:
    labels = sio.load_slp(str(shared / "sleap/labels/minimal_instance.pkg.slp"), open_videos=False)

    examples = examples_of(labels)

    user = [frame for frame in labels.labeled_frames if frame.user_instances]
    assert len(examples.frames) == len(user)

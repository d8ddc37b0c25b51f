"""Batches come back from their records; arrays that do not match are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest

from poise import Dropped, Instances, Missing
from poise_workflows.journal.batches import ARRAYS, Batch, flat, from_bytes, to_bytes
from poise_workflows.journal.errors import JournalError


def assert_equal(batch: Batch, other: Batch) -> None:
    for field in attrs.fields(Batch):
        np.testing.assert_array_equal(getattr(batch, field.name), getattr(other, field.name))
        if field.name in ARRAYS:
            assert getattr(batch, field.name).dtype == getattr(other, field.name).dtype


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"source": 3, "new_tracks": ("track_0", "männlich"), "state": b""},
        {"unreadable": {0: "truncated file"}},  # frame 0 has no animals
        {"missing": {"number of crops": 2}, "notes": {"beyond": 1}, "seconds": {"prediction": 0.1}},
    ],
)
def test_a_batch_comes_back_from_its_record(batch: Callable[..., Batch], fields: Any) -> None:
    original = batch(0, **fields)

    assert_equal(from_bytes(to_bytes(original)), original)


def test_a_batch_without_any_instance_comes_back(batch: Callable[..., Batch]) -> None:
    original = batch(0, count=1)

    assert len(original.points) == 0
    assert_equal(from_bytes(to_bytes(original)), original)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"scores": np.zeros(9)}, r"must have the shape \(9,\), got \(3,\) @ tracks"),
        ({"frames": [0]}, r"must have the shape \(2,\), got \(5,\) @ row_splits"),
        ({"row_splits": [0, 0, 2, 1, 3]}, "must rise from 0 to 3, the number of instances, got"),
        ({"row_splits": [0, 0, 1, 2, 2]}, "must rise from 0 to 3, the number of instances, got"),
        ({"unreadable": {4: "gone"}}, "must be a row of frames, 0 to 3, got 4 @ unreadable"),
        ({"unreadable": {1: "gone"}}, "must have no instances in frame 1, got 1 @ unreadable"),
    ],
)
def test_arrays_that_do_not_match_are_refused(
    batch: Callable[..., Batch], fields: Any, message: str
) -> None:
    with pytest.raises(JournalError, match=message):
        batch(0, **fields)


def padded(**fields: Any) -> Instances:
    """Two frames: one animal, then two; the second row of the first is padding."""
    values: dict[str, Any] = {
        "points": np.arange(8, dtype="f4").reshape(2, 2, 1, 2),
        "point_scores": np.arange(4, dtype="f4").reshape(2, 2, 1),
        "instance_scores": np.arange(4, dtype="f4").reshape(2, 2),
        "counts": np.array([1, 2]),
        "parts": ("head",),
    }
    return Instances(**(values | fields))


def test_padding_is_left_out() -> None:
    batch = flat(1, [7, 3], padded(), state=b"state")

    assert batch.row_splits.tolist() == [0, 1, 3]
    assert batch.frames.tolist() == [7, 3]
    assert batch.scores.tolist() == [0, 2, 3]
    assert batch.points[:, 0].tolist() == [[0, 1], [4, 5], [6, 7]]
    assert batch.tracks.tolist() == [-1, -1, -1]
    assert batch.tracking_scores.tolist() == [0, 0, 0]
    assert (batch.source, batch.state) == (1, b"state")


def test_classes_are_tracks_unless_a_tracker_says_otherwise() -> None:
    classes = {
        "classes": np.array([[1, -1], [0, 1]]),
        "class_scores": np.array([[0.5, np.nan], [0.25, 0.75]]),
        "class_names": ("female", "male"),
    }

    by_class = flat(0, [0, 1], padded(**classes))
    tracked = flat(0, [0, 1], padded(**classes), tracks=np.full((2, 2), 4))

    assert by_class.tracks.tolist() == [1, 0, 1]
    assert by_class.tracking_scores.tolist() == [0.5, 0.25, 0.75]
    assert tracked.tracks.tolist() == [4, 4, 4]


def test_what_decoders_say_of_frames_is_counted_and_kept() -> None:
    none = np.zeros((3, 0))
    reasons = [
        Missing(image=image, quantity="highest value", value=value, option="threshold", limit=0.2)
        for image, value in ((0, 0.1), (2, 0.15))
    ]
    instances = Instances(
        points=np.zeros((3, 0, 2, 2)),
        point_scores=np.zeros((3, 0, 2)),
        instance_scores=none,
        counts=np.zeros(3, int),
        parts=("head", "tail"),
        missing=[*reasons, Missing(image=1, quantity="animals", value=0)],
        notes=[(0, "odd"), (2, "odd")],
        dropped=[*Dropped.by("most", 2, [0, 0, 1]), *Dropped.by("threshold", 0.25, [1])],
    )

    batch = flat(0, [4, 5, 6], instances)

    assert batch.missing == {"highest value below threshold 0.2": 2, "animals": 1}
    assert batch.notes == {"odd": 2}
    assert batch.dropped == {"most 2": 3, "threshold 0.25": 1}
    again = from_bytes(to_bytes(batch))
    assert (again.missing, again.notes) == (batch.missing, batch.notes)
    assert again.dropped == batch.dropped

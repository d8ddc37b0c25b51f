"""A batch of predicted frames, as a journal keeps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise import Dropped, Instances, Missing
from poise.errors import Fault
from poise_workflows.journal.errors import JournalError
from poise_workflows.journal.packing import Array, pack, unpack

ARRAYS = (
    "frames",
    "row_splits",
    "points",
    "point_scores",
    "scores",
    "tracks",
    "tracking_scores",
)
"""The arrays of a batch."""

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]


def _integers(value: npt.ArrayLike) -> Integers:
    return np.asarray(value, dtype=np.int64)


def _tracks(value: npt.ArrayLike) -> npt.NDArray[np.int32]:
    return np.asarray(value, dtype=np.int32)


def _floats(value: npt.ArrayLike) -> Floats:
    return np.asarray(value, dtype=np.float32)


def _names(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


@attrs.frozen(kw_only=True, eq=False)
class Batch:
    """Predicted frames of one source, and what the tracker knows after them.

    The instances of all frames are in one list: those of frame ``f`` are the rows
    ``row_splits[f]`` to ``row_splits[f + 1] - 1``.

    Attributes:
        source: index of the video among the run's videos.
        frames: ``(F,)``: frame numbers, from 0, in the order in which they were predicted.
        row_splits: ``(F + 1,)``: where each frame's instances begin and end.
        points: ``(N, P, 2)``: x then y in pixels of the frame, x to the right and y down; the
            center of the top-left pixel is (0, 0). NaN for parts that were not detected.
        point_scores: ``(N, P)``.
        scores: ``(N,)``: scores of the instances.
        tracks: ``(N,)``: index of each instance's track among the run's tracks, -1 for none.
        tracking_scores: ``(N,)``.
        new_tracks: names of the tracks that begin in this batch. They follow all earlier ones.
        unreadable: row of a frame that could not be read → the reason. It has no instances.
        state: what the tracker needs to go on after this batch; Poise does not look into it.
        missing: why frames are empty → how many of them.
        notes: what decoders say of frames besides → of how many.
        dropped: limit, such as ``max_instances 2`` → how many animals it left out.
        seconds: stage → how long it took since the batch before was appended.

    Raises:
        JournalError: the axes of the arrays do not match. The error lists every fault.
    """

    source: int
    frames: Integers = attrs.field(converter=_integers)
    row_splits: Integers = attrs.field(converter=_integers)
    points: Floats = attrs.field(converter=_floats)
    point_scores: Floats = attrs.field(converter=_floats)
    scores: Floats = attrs.field(converter=_floats)
    tracks: npt.NDArray[np.int32] = attrs.field(converter=_tracks)
    tracking_scores: Floats = attrs.field(converter=_floats)
    new_tracks: tuple[str, ...] = attrs.field(default=(), converter=_names)
    unreadable: Mapping[int, str] = attrs.field(factory=dict)
    state: bytes = b""
    missing: Mapping[str, int] = attrs.field(factory=dict)
    notes: Mapping[str, int] = attrs.field(factory=dict)
    dropped: Mapping[str, int] = attrs.field(factory=dict)
    seconds: Mapping[str, float] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        faults = list(_faults(self)) or list(_faults_of_unreadable(self))
        if faults:
            raise JournalError(faults, "batch")

    def __len__(self) -> int:
        """The number of frames."""
        return len(self.frames)


def flat(
    source: int,
    frames: Sequence[int],
    instances: Instances,
    *,
    tracks: Array | None = None,
    tracking_scores: Array | None = None,
    new_tracks: Sequence[str] = (),
    unreadable: Mapping[int, str] | None = None,
    state: bytes = b"",
) -> Batch:
    """The batch of padded instances.

    Args:
        source: index of the video.
        frames: the frame number of each image of ``instances``.
        instances: the animals of these frames, in pixels of the frames.
        tracks: ``(N, I)``: index of each animal's track. By default its class, if the head has
            classes; else -1.
        tracking_scores: ``(N, I)``. By default the probability of the class; else 0.
        new_tracks: as of ``Batch``.
        unreadable: as of ``Batch``.
        state: as of ``Batch``.
    """
    real = np.arange(instances.points.shape[1]) < np.asarray(instances.counts)[:, None]
    none = np.full(real.shape, -1)
    owners = next(array for array in (tracks, instances.classes, none) if array is not None)
    sure = next(a for a in (tracking_scores, instances.class_scores, none * 0) if a is not None)
    return Batch(
        source=source,
        frames=frames,
        row_splits=np.concatenate([[0], np.cumsum(instances.counts)]),
        points=instances.points[real],
        point_scores=instances.point_scores[real],
        scores=instances.instance_scores[real],
        tracks=owners[real],
        tracking_scores=sure[real],
        new_tracks=new_tracks,
        unreadable=unreadable or {},
        state=state,
        missing=Counter(map(_text_of, instances.missing)),
        notes=Counter(note for _, note in instances.notes),
        dropped=_left_out(instances.dropped),
    )


def to_bytes(batch: Batch) -> bytes:
    """The content of a batch's record; ``from_bytes`` is the inverse."""
    facts = {
        "source": int(batch.source),
        "new_tracks": list(batch.new_tracks),
        "unreadable": [[int(row), reason] for row, reason in batch.unreadable.items()],
        "missing": dict(batch.missing),
        "notes": dict(batch.notes),
        "dropped": dict(batch.dropped),
        "seconds": dict(batch.seconds),
    }
    arrays = {name: getattr(batch, name) for name in ARRAYS}
    return pack(facts, arrays | {"state": np.frombuffer(batch.state, np.uint8)})


def from_bytes(content: bytes) -> Batch:
    """The batch of a record.

    Raises:
        ValueError: the content is not that of a batch.
    """
    facts, arrays = unpack(content)
    try:
        fields: dict[str, Any] = {**facts, **arrays}
        fields["state"] = arrays["state"].tobytes()
        fields["unreadable"] = dict(facts["unreadable"])
        return Batch(**fields)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a batch: {error}") from None


def _text_of(reason: Missing) -> str:
    """A reason without the value that each frame has of its own, so that frames can be counted."""
    limit = "" if reason.option is None else f" below {reason.option} {reason.limit:g}"
    return f"{reason.quantity}{limit}"


def _left_out(dropped: Iterable[Dropped]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for limit in dropped:
        counts[str(limit)] += limit.count
    return counts


def _faults(batch: Batch) -> Iterable[Fault]:
    rows, parts = len(batch.scores), batch.points.shape[1] if batch.points.ndim == 3 else 0
    shapes = {
        "frames": (len(batch.frames),),
        "row_splits": (len(batch.frames) + 1,),
        "points": (rows, parts, 2),
        "point_scores": (rows, parts),
        "scores": (rows,),
        "tracks": (rows,),
        "tracking_scores": (rows,),
    }
    for name, shape in shapes.items():
        actual = getattr(batch, name).shape
        if actual != shape:
            yield Fault(f"must have the shape {shape}, got {actual}", name)
    if not _partitions(batch.row_splits, rows):
        what = f"must rise from 0 to {rows}, the number of instances, got {batch.row_splits}"
        yield Fault(what, "row_splits")


def _faults_of_unreadable(batch: Batch) -> Iterable[Fault]:
    counts = np.diff(batch.row_splits)
    for row in batch.unreadable:
        if not 0 <= row < len(batch):
            what = f"must be a row of frames, 0 to {len(batch) - 1}, got {row}"
            yield Fault(what, "unreadable")
        elif counts[row]:
            what = f"must have no instances in frame {batch.frames[row]}, got {counts[row]}"
            yield Fault(what, "unreadable")


def _partitions(splits: Array, rows: int) -> bool:
    if splits.ndim != 1 or not len(splits):
        return False
    return bool(splits[0] == 0 and splits[-1] == rows and (np.diff(splits) >= 0).all())

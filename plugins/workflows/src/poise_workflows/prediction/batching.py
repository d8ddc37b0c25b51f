"""Batches of frames, prepared for a pipeline while it works on the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import attrs
import numpy as np

from poise_workflows.frames.preparation import SizeMatch, with_channels
from poise_workflows.frames.selections import Selection
from poise_workflows.frames.sources import Array, Frame
from poise_workflows.pipelines.composing import Pipeline
from poise_workflows.pipelines.truth import Truth
from poise_workflows.tracking.images import seen_image

TruthOf = Callable[[int, int], Truth]
"""Source and number of a frame → what is labeled in it."""


@attrs.frozen(kw_only=True, eq=False)
class FrameBatch:
    """Frames that a pipeline sees at once, and unreadable ones between them.

    Attributes:
        sources: the index of each frame's source.
        frames: the frames; of an unreadable one only the reason is left.
        rows: which of the frames are readable.
        images: ``(N, H, W, C)``: these, prepared.
        matches: how each became as large as the others.
        truth: what is labeled in each, if the pipeline needs it.
        seen: each frame as a tracker sees it, if there is one that sees images.
    """

    sources: Sequence[int]
    frames: Sequence[Frame]
    rows: Sequence[int]
    images: Array
    matches: Sequence[SizeMatch]
    truth: Sequence[Truth] | None
    seen: Sequence[Array | None] = ()


def batches_of(
    selection: Selection,
    pipeline: Pipeline,
    batch_size: int,
    start: int = 0,
    truth_of: TruthOf | None = None,
    *,
    keep_images: bool = False,
) -> Iterator[FrameBatch]:
    """Read and prepare frames.

    Args:
        selection: the frames.
        pipeline: decides sizes and channels.
        batch_size: how many readable frames a batch has at most.
        start: how many frames to leave out, for a run that goes on.
        truth_of: what is labeled, for a pipeline that needs it.
        keep_images: whether a tracker sees the frames, too.
    """
    waiting: list[_Prepared] = []
    with closing(selection.read(start)) as frames:
        for source, frame in frames:
            entry = _prepare(source, frame, selection, pipeline, keep=keep_images)
            seen = [other for other in waiting if other.image is not None]
            # A batch has one shape. Unreadable frames wait, but not without bound.
            if seen and entry.image is not None and not _fits(entry.image, seen[0].image):
                yield _batch(waiting, truth_of)
                waiting, seen = [], []
            waiting.append(entry)
            count = len(seen) + (entry.image is not None)
            if count == batch_size or len(waiting) >= 16 * batch_size:
                yield _batch(waiting, truth_of)
                waiting = []
    if waiting:
        yield _batch(waiting, truth_of)


@attrs.frozen(eq=False)
class _Prepared:
    source: int
    frame: Frame
    match: SizeMatch | None = None
    image: Array | None = None
    seen: Array | None = None


def _prepare(
    source: int, frame: Frame, selection: Selection, pipeline: Pipeline, *, keep: bool
) -> _Prepared:
    if frame.image is None:
        return _Prepared(source, frame)
    match = pipeline.match((frame.image.shape[0], frame.image.shape[1]), selection.largest)
    image = with_channels(match.image(frame.image), pipeline.channels)
    seen = seen_image(frame.image, pipeline.channels) if keep else None
    return _Prepared(source, attrs.evolve(frame, image=None), match, image, seen)


def _fits(image: Array, other: Array | None) -> bool:
    return other is not None and (image.shape, image.dtype) == (other.shape, other.dtype)


def _batch(entries: Sequence[_Prepared], truth_of: TruthOf | None) -> FrameBatch:
    rows = [row for row, entry in enumerate(entries) if entry.image is not None]
    seen = [entries[row] for row in rows]
    matches = [entry.match for entry in seen if entry.match is not None]
    images = [entry.image for entry in seen if entry.image is not None]
    truth = None
    if truth_of is not None:
        truth = [
            truth_of(entry.source, entry.frame.number).moved(match.move)
            for entry, match in zip(seen, matches, strict=True)
        ]
    return FrameBatch(
        sources=[entry.source for entry in entries],
        frames=[entry.frame for entry in entries],
        rows=rows,
        images=np.stack(images) if images else np.empty((0, 0, 0, 0), np.uint8),
        matches=matches,
        truth=truth,
        seen=[entry.seen for entry in entries],
    )

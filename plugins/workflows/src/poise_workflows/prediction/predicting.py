"""From batches of frames to batches of animals, as the journal keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from typing import Any

import attrs
import numpy as np

from poise import Instances
from poise.errors import Fault
from poise.messages import argument_path
from poise_workflows.frames.reading_ahead import read_ahead
from poise_workflows.frames.selections import Selection
from poise_workflows.journal.batches import Batch, flat
from poise_workflows.pipelines.composing import Pipeline
from poise_workflows.pipelines.truth import truth_of
from poise_workflows.prediction.batching import FrameBatch, TruthOf, batches_of
from poise_workflows.prediction.options import OptionsError
from poise_workflows.tracking.batches import track_batch
from poise_workflows.tracking.contract import Image
from poise_workflows.tracking.running import Trackers

AHEAD = 2
"""How many batches are read and prepared ahead of the network."""


def predict_selection(
    pipeline: Pipeline,
    selection: Selection,
    batch_size: int,
    start: int = 0,
    trackers: Trackers | None = None,
) -> Iterator[tuple[Batch, Instances]]:
    """Predict the frames of a selection, and track their animals if there are trackers.

    Yields:
        Frames of one source, in their order; and the animals, image by image, of those that
        could be read, before they are tracked.
    """
    labels = labeled(pipeline, selection)
    sees = trackers is not None and trackers.tracking.needs_images
    batches = batches_of(selection, pipeline, batch_size, start, labels, keep_images=sees)
    with closing(read_ahead(batches, AHEAD)) as prepared:
        for batch in prepared:
            for frames, animals, images in _predict(pipeline, batch):
                yield track_batch(trackers, frames, images) if trackers else frames, animals


def labeled(pipeline: Pipeline, selection: Selection) -> TruthOf | None:
    """What is labeled in the frames, if the pipeline needs it.

    Raises:
        OptionsError: it does, and the source has no labels.
    """
    if not pipeline.needs_labels:
        return None
    if selection.labels is None:
        there, other = ("crop", "centroid") if pipeline.roles.crop else ("centroid", "crop")
        what = f"must be a .slp file with labels for a {there} model alone, got {selection.path}"
        found = "\n  ".join(map(str, pipeline.roles.members))
        fix = f"name the {other} model, too, beside:\n  {found}"
        raise OptionsError([Fault(f"{what}; {fix}", argument_path("sources"))])
    frames = {
        (id(frame.video), int(frame.frame_idx)): frame for frame in selection.labels.labeled_frames
    }
    videos = [id(source.video()) for source in selection.sources]

    def animals(source: int, number: int) -> Any:
        frame = frames.get((videos[source], number))
        return truth_of(frame.instances if frame else ())

    return animals


def check_channels(pipeline: Pipeline, selection: Selection) -> None:
    """Refuse frames whose channels no rule turns into those of the model.

    Raises:
        OptionsError: the model takes neither gray nor RGB images, and the source is not like it.
    """
    faults = [
        Fault(
            f"must have the {pipeline.channels} channels of the model, got {source.channels} in "
            f"{source.title}; name a source that is like those that the model was trained with",
            argument_path("sources"),
        )
        for source in selection.sources
        if source.channels != pipeline.channels and pipeline.channels not in (1, 3)
    ]
    if faults:
        raise OptionsError(dict.fromkeys(faults))


def check_sizes(pipeline: Pipeline, selection: Selection) -> None:
    """Refuse frames of a size that the first network cannot take.

    Raises:
        ModelsError: it is an export for one size, and the frames have another one.
    """
    if pipeline.check_size is None:
        return
    for size in dict.fromkeys((source.height, source.width) for source in selection.sources):
        pipeline.check_size(pipeline.match(size, selection.largest).target)


def _predict(
    pipeline: Pipeline, batch: FrameBatch
) -> Iterator[tuple[Batch, Instances, list[Image | None]]]:
    animals = None
    if batch.rows:
        animals = pipeline.unmatched(pipeline(batch.images, batch.truth), batch.matches)
    for source, group in groupby(range(len(batch.frames)), key=lambda row: batch.sources[row]):
        rows = list(group)
        seen = _taken(pipeline, animals, [_index(batch, row) for row in rows])
        unreadable = {
            index: batch.frames[row].reason
            for index, row in enumerate(rows)
            if row not in batch.rows
        }
        numbers = [batch.frames[row].number for row in rows]
        images = [batch.seen[row] for row in rows]
        yield flat(source, numbers, seen, unreadable=unreadable), seen, images


def _index(batch: FrameBatch, row: int) -> int:
    """Which of the images a frame is; -1 if it could not be read."""
    return batch.rows.index(row) if row in batch.rows else -1


def _taken(pipeline: Pipeline, animals: Instances | None, images: list[int]) -> Instances:
    """The animals of some images, in this order; none for -1."""
    if animals is None:
        return _nothing(pipeline, len(images))
    if images == list(range(len(animals.counts))):
        return animals
    rows = np.array(images)
    arrays: dict[str, Any] = {}
    for name in ("points", "point_scores", "instance_scores", "classes", "class_scores"):
        array = getattr(animals, name)
        arrays[name] = None if array is None else array[rows]
    counts = np.where(rows < 0, 0, animals.counts[rows])
    missing = [
        attrs.evolve(reason, image=images.index(reason.image))
        for reason in animals.missing
        if reason.image in images
    ]
    notes = [(images.index(image), note) for image, note in animals.notes if image in images]
    dropped = [
        attrs.evolve(limit, image=images.index(limit.image))
        for limit in animals.dropped
        if limit.image in images
    ]
    said: dict[str, Any] = {"missing": missing, "notes": notes, "dropped": dropped}
    return attrs.evolve(animals, counts=counts, **said, **arrays)


def _nothing(pipeline: Pipeline, count: int) -> Instances:
    parts, names = pipeline.skeleton.parts, pipeline.class_names
    none = np.empty((count, 0), np.float32)
    return Instances(
        points=np.empty((count, 0, len(parts), 2), np.float32),
        point_scores=np.empty((count, 0, len(parts)), np.float32),
        instance_scores=none,
        counts=np.zeros(count, np.int64),
        parts=parts,
        classes=none.astype(np.int64) if names else None,
        class_scores=none if names else None,
        class_names=names or None,
    )

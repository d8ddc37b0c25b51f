"""What a preview is made of, read and checked without Keras, which takes seconds to import."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from poise import ModelConfig, Skeleton, resolve
from poise.editions import Edition
from poise.errors import Fault
from poise.messages import argument_path
from poise.reading import Reading, read
from poise_workflows.frames.labeled import ArgumentError, LabeledFrame
from poise_workflows.previewing.label_files import read_frames

MOST_FRAMES = 50
"""As many rows as Matplotlib can draw into one picture, with predictions."""


@attrs.frozen(kw_only=True, eq=False)
class Inputs:
    """A configuration and labeled frames.

    Attributes:
        file: where the configuration is.
        config: the configuration, in the edition of the preview.
        input_scaling: the factor by which images of the model are resized.
        resolution: the outputs of its model, as ``poise.resolve`` returns them.
        classes: names of the model's classes, or ``None`` if nobody names any.
        labeled: the frames as they were labeled.
        reading: the trained model, or ``None`` if the file has no weights.
        notes: what reading left out of the model, or names that are not of its skeleton.
    """

    file: Path
    config: ModelConfig
    input_scaling: float
    resolution: Any
    classes: tuple[str, ...] | None
    labeled: tuple[LabeledFrame, ...]
    reading: Reading | None
    notes: tuple[str, ...] = ()


def read_inputs(
    file: str | os.PathLike[str],
    labels: str | os.PathLike[str],
    *,
    frame: int | Sequence[int] = 0,
    video: str | os.PathLike[str] | None = None,
    skeleton: Skeleton | None = None,
    classes: Sequence[str] | None = None,
    edition: Edition | None = None,
    values: Mapping[str, Any] | None = None,
) -> Inputs:
    """Read a configuration and labeled frames; arguments and errors as of ``preview``."""
    reading = read(Path(file))
    if values:
        reading = attrs.evolve(reading, config=reading.config.with_values(values))
    config = attrs.evolve(reading.config, edition=edition) if edition else reading.config
    labeled = read_frames(Path(labels), _chosen(frame), Path(video) if video is not None else None)
    skeleton = skeleton or reading.skeleton or labeled[0].skeleton
    classes = tuple(classes or reading.classes or labeled[0].class_names) or None
    trained = attrs.evolve(reading, config=config, skeleton=skeleton, classes=classes)
    return Inputs(
        file=Path(file),
        config=config,
        input_scaling=reading.input_scaling,
        resolution=resolve(config, skeleton, classes),
        classes=classes,
        labeled=labeled,
        reading=trained if reading.weights is not None else None,
        notes=_notes(reading),
    )


def _chosen(frame: int | Sequence[int]) -> tuple[int, ...]:
    """The labeled frames, each once, in the order of the argument."""
    frames = tuple(dict.fromkeys([frame] if isinstance(frame, int) else frame))
    if 0 < len(frames) <= MOST_FRAMES:
        return frames
    what = f"must be 1 to {MOST_FRAMES} labeled frames, got {len(frames)}"
    raise ArgumentError([Fault(f"{what}; draw them in several pictures", argument_path("frame"))])


def _notes(reading: Reading) -> tuple[str, ...]:
    unread = reading.report.of("not_carried_over")
    # The other sections of a job do not change the picture.
    of_model = [
        note for note in unread if reading.written is None or note.path.startswith("model.")
    ]
    return tuple(str(note) for note in (*reading.report.of("names"), *of_model))

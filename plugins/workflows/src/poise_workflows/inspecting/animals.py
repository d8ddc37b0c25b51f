"""How large the animals of labels are, beside what a network sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise import Skeleton
from poise_workflows.examples.labeling import examples_of
from poise_workflows.frames.label_files import readable_labels
from poise_workflows.frames.label_videos import VideoOpener

Size = tuple[int, int]
"""Height and width, in pixels."""

MOST = 0.95
"""The part of the animals that a receptive field should cover."""


@attrs.frozen(kw_only=True)
class Animals:
    """The sizes of labeled animals, as a network sees them.

    The extent of an animal is the longer side of the box around its labeled parts, in pixels of
    the network's input, after ``input_scaling``.

    Attributes:
        count: how many animals.
        median: the extent that half of them do not exceed.
        most: the extent that 95 % of them do not exceed.
        covered: the part of them, from 0 to 1, whose extent the smallest receptive field of
            the network's outputs reaches.
    """

    count: int
    median: float
    most: float
    covered: float


@attrs.frozen(kw_only=True, eq=False)
class LabeledAnimals:
    """What labels say about animals and frames.

    Attributes:
        points: of each animal ``(P, 2)``, x then y in pixels of its frame; NaN for parts that are
            not visible.
        skeleton: parts and edges.
        classes: the names of all tracks.
        frames: heights and widths of the labeled videos, where they are known.
        channels: of their images; ``None`` if unknown.
    """

    points: tuple[npt.NDArray[np.float64], ...]
    skeleton: Skeleton
    classes: tuple[str, ...]
    frames: tuple[Size, ...]
    channels: int | None

    def animals(self, scaling: float, field: int | None) -> Animals:
        """Their sizes as a network sees them.

        Args:
            scaling: ``input_scaling`` of the network.
            field: the shorter side of its receptive field in pixels; ``None`` for the whole image.
        """
        extents = np.array([_extent(points) for points in self.points]) * scaling
        return Animals(
            count=len(extents),
            median=float(np.median(extents)),
            most=float(np.quantile(extents, MOST)),
            covered=1.0 if field is None else float((extents <= field).mean()),
        )


def read_animals(path: Path) -> LabeledAnimals:
    """Read the animals that people labeled in a ``.slp`` file.

    Raises:
        SourceError: the file cannot be read.
        LabelsError: nobody labeled an animal in it.
    """
    with readable_labels(path) as (_, labels):
        examples = examples_of(labels)
        used = {example.key[0] for example in examples.frames}
        videos = [labels.videos[index] for index in sorted(used)]
        opener = VideoOpener(labels, path, "bt601")
        sizes = [opener.size_of(video) for video in videos]
        return LabeledAnimals(
            points=tuple(animal for example in examples.frames for animal in example.points),
            skeleton=examples.skeleton,
            classes=examples.class_names,
            frames=tuple(dict.fromkeys(size for size in sizes if size is not None)),
            channels=next(filter(None, map(_channels, videos)), None),
        )


def _channels(video: Any) -> int | None:
    shape = video.shape
    return int(shape[3]) if shape is not None and len(shape) > 3 and shape[3] else None


def _extent(points: npt.NDArray[np.float64]) -> float:
    return float((np.nanmax(points, axis=0) - np.nanmin(points, axis=0)).max())

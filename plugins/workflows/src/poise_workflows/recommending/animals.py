"""What labels say of animals: how large they are, and how near to each other things are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import numpy as np
import numpy.typing as npt

from poise_workflows.examples.labeling import Example

Array = npt.NDArray[np.float64]

LARGE, NEAR = 90, 10
"""Percentiles: nine of ten animals are smaller, and nine of ten distances are larger."""


@attrs.frozen(kw_only=True)
class Animals:
    """Sizes and distances in pixels of the frame.

    Attributes:
        size: the longer side of the box around an animal; nine of ten are smaller. ``None`` if
            each has one visible part.
        spacing: the distance between the two nearest parts of an animal; nine of ten are larger.
            ``None`` if each has one visible part.
        distance: the distance between the nearest parts of one kind of two animals; nine of ten
            are larger. ``None`` if no frame has two animals.
        each_frame: how many animals a labeled frame has on average.
    """

    size: float | None
    spacing: float | None
    distance: float | None
    each_frame: float


def animals_of(examples: Sequence[Example]) -> Animals:
    """Measure labeled animals.

    Args:
        examples: labeled frames, at least one.
    """
    each = [points for example in examples for points in example.points]
    return Animals(
        size=_percentile(_sizes(each), LARGE),
        spacing=_percentile(_spacings(each), NEAR),
        distance=_percentile((d for example in examples for d in _distances(example.points)), NEAR),
        each_frame=len(each) / len(examples),
    )


def _percentile(values: Iterator[float], part: int) -> float | None:
    every = list(values)
    return float(np.percentile(every, part)) if every else None


def _visible(points: Array) -> Array:
    return points[~np.isnan(points).any(axis=1)]


def _sizes(animals: Sequence[Array]) -> Iterator[float]:
    for points in map(_visible, animals):
        if len(points) > 1:
            yield float(np.ptp(points, axis=0).max())


def _spacings(animals: Sequence[Array]) -> Iterator[float]:
    """Of each animal, the least distance between two parts, of those that are not in one place."""
    for points in map(_visible, animals):
        apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
        apart = apart[apart > 0]
        if apart.size:
            yield float(apart.min())


def _distances(animals: Array) -> Iterator[float]:
    """Of each animal in a frame, the least distance of a part to that part of another animal."""
    for index, points in enumerate(animals):
        others = np.delete(animals, index, axis=0)
        apart = np.linalg.norm(others - points[None], axis=-1)
        apart = apart[apart > 0]  # not NaN, either
        if apart.size:
            yield float(apart.min())

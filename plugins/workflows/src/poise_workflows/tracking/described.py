"""What a tracker remembers of instances: numbers to compare them by, computed once for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise_workflows.tracking.contract import Floats, Integers


@attrs.frozen(kw_only=True, eq=False)
class Described:
    """Some instances, as the similarity of a tracker compares them.

    Attributes:
        features: ``(N, D)``: what the similarity needs of each.
        visible: ``(N,)``: number of visible parts.
        sizes: ``(N,)``: diagonals of the bounding boxes in pixels; 0 for less than two parts.
    """

    features: Floats
    visible: Integers
    sizes: Floats

    def __len__(self) -> int:
        """The number of instances."""
        return len(self.visible)

    def rows(self, rows: npt.NDArray[Any]) -> Described:
        """Some of the instances, by index or mask."""
        return Described(
            features=self.features[rows], visible=self.visible[rows], sizes=self.sizes[rows]
        )

    def followed_by(self, others: Described) -> Described:
        """These instances, then others."""
        return Described(
            features=np.concatenate([self.features, others.features]),
            visible=np.concatenate([self.visible, others.visible]),
            sizes=np.concatenate([self.sizes, others.sizes]),
        )


Features = Callable[[Floats, Floats], Floats]
"""Points ``(N, P, 2)`` without halves, and their scores ``(N, P)`` → features ``(N, D)``."""


def describe(features: Features, points: Floats, point_scores: Floats) -> Described:
    """Describe instances. A part of which one coordinate is missing is not visible."""
    missing = np.isnan(points[..., 0]) | np.isnan(points[..., 1])
    points = np.where(missing[..., None], np.nan, points)
    boxes = boxes_of(points)
    sides = boxes[:, 2:] - boxes[:, :2]
    return Described(
        features=features(points, point_scores),
        visible=(~missing).sum(axis=1),
        sizes=np.fmax(np.hypot(sides[:, 0], sides[:, 1]), 0),  # fmax leaves NaN out
    )


def boxes_of(points: Floats) -> Floats:
    """Least x, least y, greatest x, greatest y of each instance; NaN without visible parts."""
    if not points.shape[1]:
        return np.full((len(points), 4), np.nan)
    # fmin and fmax leave NaN out where there is something else.
    return np.concatenate([np.fmin.reduce(points, axis=1), np.fmax.reduce(points, axis=1)], axis=1)


def medians_of(points: Floats) -> Floats:
    """Median x and y over the visible parts of each instance; NaN without any."""
    count = (~np.isnan(points[..., 0])).sum(axis=1)
    ordered = np.sort(points, axis=1)  # NaN last
    rows = np.arange(len(points))
    lower, upper = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, points.shape[1] - 1)
    result: Floats = (ordered[rows, lower] + ordered[rows, upper]) / 2
    return result

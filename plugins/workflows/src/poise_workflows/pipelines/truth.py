"""Labeled animals of a frame, for stages of top-down that stand alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@attrs.frozen(eq=False)
class Truth:
    """The labeled animals of a frame, without those of which nothing is visible.

    Attributes:
        points: ``(I, P, 2)``, x then y in pixels of the frame; NaN where a part is not visible.
        parts: names of the parts.
    """

    points: Array
    parts: tuple[str, ...]

    def of_parts(self, parts: Sequence[str]) -> Array:
        """The points ``(I, P', 2)`` of parts by name; NaN for a part that is not labeled."""
        points = np.full((len(self.points), len(parts), 2), np.nan, np.float32)
        for column, part in enumerate(parts):
            if part in self.parts:
                points[:, column] = self.points[:, self.parts.index(part)]
        return points

    def centers(self, part: str | None) -> Array:
        """``(I, 2)``: the place of a part, or the middle of the animal where it is not visible."""
        low, high = np.nanmin(self.points, axis=1), np.nanmax(self.points, axis=1)
        middle = (low + high) / 2
        if part is None or part not in self.parts:
            return np.asarray(middle)
        place = self.points[:, self.parts.index(part)]
        return np.where(np.isnan(place), middle, place)

    def moved(self, move: Any) -> Truth:
        """The same animals, with a function applied to their points."""
        return Truth(np.asarray(move(self.points), np.float32), self.parts)


def truth_of(animals: Sequence[Any]) -> Truth:
    """The labeled animals of a frame.

    Args:
        animals: instances of sleap-io, of one skeleton.
    """
    visible = [animal for animal in animals if not animal.is_empty]
    if not visible:
        return Truth(np.empty((0, 0, 2), np.float32), ())
    points = np.array([animal.numpy() for animal in visible], np.float32)
    return Truth(points, tuple(map(str, visible[0].skeleton.node_names)))

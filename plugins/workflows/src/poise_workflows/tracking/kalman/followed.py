"""The animals that filters follow."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from poise_workflows.tracking.contract import Floats, Integers, Sight


@attrs.define(kw_only=True)
class Followed:
    """What a tracker keeps of each filter's animal beside the filter.

    Attributes:
        numbers: ``(K,)``: the numbers in the names of the tracks.
        is_lost: ``(K,)``: whether the track goes on as another one once its animal is back.
        points: ``(K, P, 2)``: the animals as they were last seen.
        point_scores: ``(K, P)``.
    """

    numbers: Integers
    is_lost: npt.NDArray[np.bool_]
    points: Floats
    point_scores: Floats

    def see(self, filters: Integers, sight: Sight, rows: Integers) -> None:
        """Note instances of a frame as the animals of some filters."""
        self.points[filters] = sight.points[rows]
        self.point_scores[filters] = sight.point_scores[rows]


def followed_of(numbers: Integers, parts: int) -> Followed:
    """Animals of these numbers that have not been seen yet."""
    return Followed(
        numbers=numbers,
        is_lost=np.zeros(len(numbers), bool),
        points=np.full((len(numbers), parts, 2), np.nan),
        point_scores=np.full((len(numbers), parts), np.nan),
    )

"""The validation examples of a report, as a network sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise import Labels, Skeleton

Array = npt.NDArray[Any]

SHOWN = 8
"""Examples whose pictures a report has."""

MEASURED = 64
"""Examples that errors are measured on, at most."""

SHARE = 0.1
"""The part of an epoch's work that measuring may take, unless fewer examples are shown."""

_PASSES = 3
"""Work of a training step, in passes through the network: forward, and twice as much back."""

Prepare = Callable[[Sequence[int]], tuple[Array, Array, Labels]]
"""Indices → images for people ``(N, H, W, C)`` from 0 to 1, the network's input, and the labels."""


@attrs.frozen(kw_only=True, eq=False)
class Cases:
    """Validation examples, without augmentation.

    Attributes:
        titles: what each shows: its video, frame and, of crops, animal.
        factors: pixels of the network's input for a pixel of the frame, of each.
        prepare: makes arrays of examples.
        batch_size: how many are prepared at a time.
        skeleton: parts and edges of the labels.
        trained: examples that an epoch trains on.
    """

    titles: Sequence[str]
    factors: Sequence[float]
    prepare: Prepare
    batch_size: int
    skeleton: Skeleton
    trained: int

    def __len__(self) -> int:
        return len(self.titles)

    def measured(self, *, is_last: bool = False) -> list[int]:
        """Indices of the examples that errors are measured on; the shown ones are among them.

        Args:
            is_last: whether no epoch follows: then time counts less than figures.
        """
        most = MEASURED if is_last else min(MEASURED, int(SHARE * _PASSES * self.trained))
        return sorted({*self.shown, *_spread(len(self), max(most - SHOWN, 0))})

    @property
    def shown(self) -> list[int]:
        """Indices of the examples that have pictures, of each epoch the same."""
        return _spread(len(self), SHOWN)


def _spread(count: int, most: int) -> list[int]:
    """At most so many indices of a list, at equal distances."""
    if not most:
        return []
    return [int(place) for place in np.linspace(0, count - 1, min(count, most)).round()]

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
"""Examples that errors are measured on, at most: they should cost less than an epoch."""

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
    """

    titles: Sequence[str]
    factors: Sequence[float]
    prepare: Prepare
    batch_size: int
    skeleton: Skeleton

    def __len__(self) -> int:
        return len(self.titles)

    @property
    def measured(self) -> list[int]:
        """Indices of the examples that errors are measured on; the shown ones are among them."""
        return sorted({*self.shown, *_spread(len(self), MEASURED)})

    @property
    def shown(self) -> list[int]:
        """Indices of the examples that have pictures, of each epoch the same."""
        return _spread(len(self), SHOWN)


def _spread(count: int, most: int) -> list[int]:
    """At most so many indices of a list, at equal distances."""
    places = np.linspace(0, count - 1, min(count, most)).round().astype(int)
    return [int(place) for place in places]

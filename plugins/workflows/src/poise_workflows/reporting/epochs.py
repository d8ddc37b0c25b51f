"""Which epochs have pictures: more at first, when a network changes quickly."""

from __future__ import annotations

from collections.abc import Collection

MOST = 10
"""Epochs whose pictures a page has."""


def is_drawn(epoch: int) -> bool:
    """Whether an epoch, counted from 1, has pictures: 1, 2, 3, 4, 6, 8, 12, 16, 24 and so on."""
    low = 1 << (epoch.bit_length() - 1)
    return epoch in (low, low * 3 / 2)


def thinned(epochs: Collection[int], most: int = MOST) -> list[int]:
    """The epochs to keep: the first, the last, and others that are spread by their ratios.

    Args:
        epochs: counted from 1.
        most: how many are kept, at least 2.
    """
    kept = sorted(set(epochs))
    while len(kept) > most:
        # Without the one in the middle, the gap between its neighbors is the least.
        middle = range(1, len(kept) - 1)
        del kept[min(middle, key=lambda index: kept[index + 1] / kept[index - 1])]
    return kept

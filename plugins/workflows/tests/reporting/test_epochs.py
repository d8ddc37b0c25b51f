"""More epochs have pictures at first, and a page keeps few of them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from poise_workflows.reporting.epochs import MOST, is_drawn, thinned


def test_pictures_are_drawn_after_epochs_whose_ratios_are_alike() -> None:
    drawn = [epoch for epoch in range(1, 101) if is_drawn(epoch)]

    assert drawn == [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96]


def test_a_long_training_keeps_epochs_of_its_whole_length() -> None:
    kept: list[int] = []
    for epoch in range(1, 1001):
        if is_drawn(epoch) or epoch == 1000:
            kept = thinned([*kept, epoch])

    assert len(kept) == MOST
    assert (kept[0], kept[-1]) == (1, 1000)
    assert max(after / before for before, after in pairwise(kept)) <= 4


@given(st.sets(st.integers(1, 10**6), min_size=1, max_size=40))
def test_thinning_keeps_the_first_and_the_last_and_does_nothing_twice(epochs: set[int]) -> None:
    kept = thinned(epochs)

    assert len(kept) == min(MOST, len(epochs))
    assert (kept[0], kept[-1]) == (min(epochs), max(epochs))
    assert set(kept) <= epochs
    assert thinned(kept) == kept

"""Which validation examples are shown, and on which errors are measured."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise import Skeleton
from poise_workflows.reporting.cases import MEASURED, SHOWN, Cases


def cases_of(count: int, trained: int) -> Cases:
    def prepare(rows: Any) -> Any:
        raise NotImplementedError

    return Cases(
        titles=["frame"] * count,
        factors=[1.0] * count,
        prepare=prepare,
        batch_size=4,
        skeleton=Skeleton(["head"]),
        trained=trained,
    )


@given(st.integers(1, 500), st.integers(1, 2000), st.booleans())
def test_shown_examples_are_measured_and_both_are_bounded(
    count: int, trained: int, is_last: bool
) -> None:
    cases = cases_of(count, trained)
    measured = cases.measured(is_last=is_last)

    assert len(cases.shown) == min(count, SHOWN)
    assert set(cases.shown) <= set(measured)
    assert measured == sorted(set(measured))
    assert (measured[0], measured[-1]) == (0, count - 1)
    assert len(measured) <= MEASURED


@pytest.mark.parametrize(("trained", "most"), [(6, 8), (40, 12), (800, 64)])
def test_measuring_takes_a_tenth_of_an_epoch(trained: int, most: int) -> None:
    cases = cases_of(500, trained)

    # A training step takes three passes of the network, an example one.
    assert SHOWN <= len(cases.measured()) <= most
    assert len(cases.measured()) == pytest.approx(most, abs=2)
    assert len(cases.measured(is_last=True)) == pytest.approx(MEASURED, abs=8)

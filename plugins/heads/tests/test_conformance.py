"""The promises that every head makes."""

from __future__ import annotations

import pytest

import poise.testing

pytestmark = pytest.mark.usefixtures("keras")

HEADS = (
    "single_instance",
    "centroid",
    "centered_instance",
    "multi_instance",
    "multi_class_bottomup",
    "multi_class_topdown",
)


@poise.testing.conformance(*HEADS)
def test_conformance(check: poise.testing.Case) -> None:
    check()

"""The promises that every head makes."""

from __future__ import annotations

import pytest

import poise.testing
from poise_heads import poise_heads

pytestmark = pytest.mark.usefixtures("keras")

HEADS = [spec.key for spec in poise_heads()]


@poise.testing.conformance(*HEADS)
def test_conformance(check: poise.testing.Case) -> None:
    check()

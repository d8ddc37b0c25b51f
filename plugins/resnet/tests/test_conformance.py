"""The promises that every backbone makes."""

from __future__ import annotations

import pytest

import poise.testing

# On one backend: networks of this size take minutes on the others, where `test_encoder.py` and the
# golden numbers look at what could differ.
pytestmark = pytest.mark.usefixtures("keras")


@poise.testing.conformance("resnet")
def test_conformance(check: poise.testing.Case) -> None:
    check()

"""The promises that every backbone makes."""

from __future__ import annotations

import pytest

import poise.testing

pytestmark = [pytest.mark.usefixtures("keras")]


@poise.testing.conformance("pretrained_encoder")
def test_conformance(check: poise.testing.Case) -> None:
    check()

"""The promises that every backbone and every encoder makes."""

from __future__ import annotations

import pytest

import poise.testing
from poise_pretrained.names import ENCODERS

pytestmark = [pytest.mark.usefixtures("keras")]

QUICK = "resnet18"


@poise.testing.conformance("pretrained_encoder")
def test_conformance(check: poise.testing.Case) -> None:
    check()


@poise.testing.conformance(QUICK, kind="encoder")
def test_conformance_of_an_encoder(check: poise.testing.Case) -> None:
    check()


@pytest.mark.slow
@poise.testing.conformance(*(name for name in ENCODERS if name != QUICK), kind="encoder")
def test_conformance_of_every_other_encoder(check: poise.testing.Case) -> None:
    check()

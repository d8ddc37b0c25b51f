"""The promises that every backbone makes, kept by every variant."""

from __future__ import annotations

import pytest

import libraries
import poise.testing
from poise_keras_hub.variants import VARIANTS


@pytest.mark.usefixtures("imported")
@poise.testing.conformance("keras_hub")
def test_conformance(check: poise.testing.Case) -> None:
    check()


class TestConformance(libraries.Conformance):
    cases = {"variant": list(VARIANTS)}

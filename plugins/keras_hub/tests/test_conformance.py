"""The promises that every backbone makes, kept by every variant."""

from __future__ import annotations

import attrs
import pytest

import poise.testing
from poise_keras_hub import KerasHubConfig, poise_backbones
from poise_keras_hub.variants import VARIANTS

pytestmark = [pytest.mark.usefixtures("keras_hub")]


@poise.testing.conformance("keras_hub")
def test_conformance(check: poise.testing.Case) -> None:
    check()


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_conformance_of_every_variant(variant: str) -> None:
    config = KerasHubConfig(variant=variant, decoder_filters=8, output_stride=8)
    spec = attrs.evolve(poise_backbones()[0], examples={variant: config})
    registry = poise.testing.registry_of(spec)
    found = {one.id: one.outcome() for one in poise.testing.cases("keras_hub", registry=registry)}
    broken = [outcome.message for outcome in found.values() if outcome.status == "broken"]
    assert not broken, "\n".join(broken)
    assert sum(outcome.status == "kept" for outcome in found.values()) > 20

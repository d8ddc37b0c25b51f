"""The promises that every backbone makes, kept by every variant."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

import poise.testing
from libraries.cases import Cases


@pytest.mark.usefixtures("imported")
class Conformance(Cases):
    """Every variant.

    Attributes:
        cases: ``variant``, their names.
    """

    @pytest.mark.slow
    def test_conformance_of_every_variant(self, spec: Any, variant: str) -> None:
        config = spec.config(variant=variant, decoder_filters=8, output_stride=8)
        registry = poise.testing.registry_of(attrs.evolve(spec, examples={variant: config}))
        cases = poise.testing.cases(spec.key, registry=registry)
        outcomes = {case.id: case.outcome() for case in cases}
        broken = [outcome.message for outcome in outcomes.values() if outcome.status == "broken"]
        assert not broken, "\n".join(broken)
        assert sum(outcome.status == "kept" for outcome in outcomes.values()) > 20

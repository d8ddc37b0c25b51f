"""Fixtures for examining made-up plugins."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from poise.specs import BackboneSpec, EncoderSpec, HeadSpec, Spec
from poise.testing import Outcome, cases, registry_of

Examine = Callable[[Spec], dict[str, Outcome]]
KINDS = {BackboneSpec: "backbone", HeadSpec: "head", EncoderSpec: "encoder"}


@pytest.fixture
def broken_promises(keras: object) -> Examine:
    """``broken_promises(spec)``: what the whole suite finds broken, by the check's name."""

    def examine(spec: Spec) -> dict[str, Outcome]:
        kind = KINDS[type(spec)]
        return {
            case.check.name: case.outcome()
            for case in cases(spec.key, kind=kind, registry=registry_of(spec))
            if case.outcome().status == "broken"
        }

    return examine

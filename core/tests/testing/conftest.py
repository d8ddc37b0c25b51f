"""Fixtures for examining made-up plugins."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from poise.specs import BackboneSpec, HeadSpec
from poise.testing import Outcome, cases, registry_of

Examine = Callable[[BackboneSpec | HeadSpec], dict[str, Outcome]]


@pytest.fixture
def broken_promises(keras: object) -> Examine:
    """``broken_promises(spec)``: what the whole suite finds broken, by the check's name."""

    def examine(spec: BackboneSpec | HeadSpec) -> dict[str, Outcome]:
        kind = "backbone" if isinstance(spec, BackboneSpec) else "head"
        return {
            case.check.name: case.outcome()
            for case in cases(spec.key, kind=kind, registry=registry_of(spec))
            if case.outcome().status == "broken"
        }

    return examine

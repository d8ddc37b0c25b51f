"""Parametrization that a class of tests leaves to the classes derived from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest


class Cases:
    """Tests that run once with each of some values.

    Attributes:
        cases: argument, or several with commas between them → its values.
    """

    cases: Mapping[str, Sequence[Any]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        for arguments, values in self.cases.items():
            if set(arguments.split(",")) <= set(metafunc.fixturenames):
                metafunc.parametrize(arguments, values)


def slow_unless(names: Sequence[str], quick: Sequence[str]) -> list[Any]:
    """Names as cases, all but some of them marked as slow."""
    slow = [pytest.mark.slow]
    return [pytest.param(name, marks=[] if name in quick else slow) for name in names]

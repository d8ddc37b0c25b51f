"""Parametrization that a class of tests leaves to its subclasses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest


class Cases:
    """Tests that run once for each of several values.

    Attributes:
        cases: argument, or several joined by commas → its values.
    """

    cases: Mapping[str, Sequence[Any]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        for arguments, values in self.cases.items():
            if set(arguments.split(",")) <= set(metafunc.fixturenames):
                metafunc.parametrize(arguments, values)


def slow_unless(names: Sequence[str], quick: Sequence[str]) -> list[Any]:
    """Names as cases, all but a few of them marked as slow."""
    slow = [pytest.mark.slow]
    return [pytest.param(name, marks=[] if name in quick else slow) for name in names]

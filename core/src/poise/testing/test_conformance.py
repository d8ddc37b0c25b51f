"""The conformance suite as a test module, for ``pytest --pyargs poise.testing``."""

from __future__ import annotations

import pytest

from poise.testing.running import Case, cases


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize the test with the cases of the keys on the command line."""
    keys = metafunc.config.getoption("--poise-key")
    if not keys:
        raise pytest.UsageError("no key: pass the key of a plugin, as in --poise-key=unet")
    metafunc.parametrize("check", [pytest.param(case, id=case.id) for case in cases(*keys)])


def test_conformance(check: Case) -> None:
    """The plugin keeps the promise."""
    check()

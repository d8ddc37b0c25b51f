"""The conformance suite as a test module, for ``pytest --pyargs poise.testing``."""

from __future__ import annotations

import pytest

from poise.testing.running import Case, cases


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the test the cases of the keys on the command line."""
    keys = metafunc.config.getoption("--poise-key")
    if not keys:
        raise pytest.UsageError("which plugin? give its key, as in --poise-key=unet")
    metafunc.parametrize("check", [pytest.param(case, id=case.id) for case in cases(*keys)])


def test_conformance(check: Case) -> None:
    """Each promise of the plugin is kept."""
    check()

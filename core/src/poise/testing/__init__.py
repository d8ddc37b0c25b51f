"""The conformance suite: a check for every promise of a backbone, head or encoder.

In a plugin's own tests::

    import poise.testing

    @poise.testing.conformance("tinyvgg")
    def test_conformance(check):
        check()

or, for any installed plugin::

    poise test tinyvgg
    pytest --pyargs poise.testing --poise-key tinyvgg
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

    from poise.testing.check import BrokenPromise as BrokenPromise
    from poise.testing.check import Check as Check
    from poise.testing.check import every_check as every_check
    from poise.testing.running import Case as Case
    from poise.testing.running import Outcome as Outcome
    from poise.testing.running import cases as cases
    from poise.testing.standins import plugin_of as plugin_of
    from poise.testing.standins import registry_of as registry_of
    from poise.testing.subjects import using as using

# pytest imports this package when it starts, because its pytest plugin is in it. Names are
# therefore imported on first use.
_HOMES = {
    "BrokenPromise": "check",
    "Case": "running",
    "Check": "check",
    "Outcome": "running",
    "cases": "running",
    "every_check": "check",
    "plugin_of": "standins",
    "registry_of": "standins",
    "using": "subjects",
}


def conformance(*keys: str, kind: str | None = None) -> pytest.MarkDecorator:
    """Run a test once for every check of some plugins, with the check as its argument ``check``.

    Args:
        keys: keys of installed backbones, heads or encoders.
        kind: ``"backbone"``, ``"head"`` or ``"encoder"``, for a key of several kinds of which
            only one is meant.

    Returns:
        A pytest decorator. The test's name contains the check and the configuration.
    """
    import pytest

    from poise.testing.running import cases

    selected = cases(*keys, kind=kind)
    return pytest.mark.parametrize("check", [pytest.param(case, id=case.id) for case in selected])


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"poise.testing.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'poise.testing' has no attribute {name!r}")

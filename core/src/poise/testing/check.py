"""What a check is: a promise of every plugin of a kind, why it matters, and how to fix it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Literal, NoReturn, overload

import attrs

from poise import registry
from poise.errors import PluginError
from poise.registry.discovery import KINDS, Kind

Scope = Literal["plugin", "configuration", "example"]
"""How often a check runs: once; for the default and each example; for each example.

An encoder has no configurations: each of its checks runs once.
"""

CHECK_MODULES = (
    "contract",
    "configuration",
    "conversion",
    "features",
    "backbones",
    "encoders",
    "outputs",
    "targets",
    "decoding",
    "in_graph",
    "stages",
    "models",
    "published",
    "behavior",
)
"""Modules of ``poise.testing.checks`` in the order in which their checks run."""


OPENED = "opened"
"""Among the kinds of a check: every kind that a distribution opens, too."""
CONFIGURED = "configured"
"""The same, of those kinds whose plugins have a configuration class."""


class BrokenPromise(AssertionError):
    """A plugin breaks a promise; the message says what was found, why it matters, and the fix."""


class NotApplicable(Exception):
    """The promise does not apply to this configuration; the message is the reason."""


@attrs.frozen(kw_only=True)
class Check:
    """One promise of a kind of plugin, and how to check it.

    Attributes:
        name: a sentence with underscores, as on the command line.
        kinds: the kinds of plugins that promise it: ``backbone``, ``head``, ``encoder``, one
            that a distribution opens, or ``OPENED`` or ``CONFIGURED`` for these.
        scope: how often it runs.
        why: why the promise matters.
        fix: what the plugin's author should do if it is broken.
        after: checks that must pass first for this one to mean anything.
        run: ``run(subject)``; raises ``BrokenPromise`` (by way of ``require``) or
            ``NotApplicable``.
    """

    name: str
    kinds: tuple[str, ...]
    scope: Scope
    why: str
    fix: str
    after: tuple[str, ...] = ()
    run: Callable[[Any], None] = attrs.field(repr=False, eq=False)

    def is_of(self, kind: str) -> bool:
        """Whether plugins of a kind promise it."""
        return not _markers_of(kind).isdisjoint(self.kinds)

    @property
    def sentence(self) -> str:
        """The name as a sentence."""
        return self.name.replace("_", " ")


_OF_THE_CORE = frozenset(kind.name for kind in KINDS)
_CHECKS: dict[str, Check] = {}


def check(
    *kinds: str, scope: Scope, fix: str, after: tuple[str, ...] = ()
) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Register a function as a check.

    Its name is the promise as a sentence; its docstring says why the promise matters.

    Args:
        kinds: names of kinds, as ``"backbone"``, or ``OPENED`` or ``CONFIGURED`` for those that
            are opened.
        scope: how often it runs.
        fix: how to fix a broken promise, as an imperative without a full stop.
        after: names of checks that must pass first. If one of them is broken, this one is
            skipped with that reason, to report each fault once. They run at most as often
            as this one.
    """

    def register(function: Callable[[Any], None]) -> Callable[[Any], None]:
        name = function.__name__
        why = " ".join((inspect.getdoc(function) or "").split())
        if name in _CHECKS or not why or not fix:
            raise TypeError(f"check {name!r} is a duplicate, or lacks a docstring or a fix")
        _CHECKS[name] = Check(
            name=name, kinds=kinds, scope=scope, why=why, fix=fix, after=after, run=function
        )
        return function

    return register


def every_check(kind: str | None = None) -> Iterator[Check]:
    """Every check in the order in which they run.

    Args:
        kind: ``"backbone"``, ``"head"``, ``"encoder"`` or a kind that is opened; by default all.
    """
    core = [f"poise.testing.checks.{module}" for module in CHECK_MODULES]
    for home in [*core, *_homes_of_opened(kind)]:
        import_module(home)
        for promise in list(_CHECKS.values()):
            if promise.run.__module__ == home and (kind is None or promise.is_of(kind)):
                yield promise


def _markers_of(kind: str) -> set[str]:
    """What stands for a kind among the kinds of a check."""
    if kind in _OF_THE_CORE:
        return {kind}
    plugins = registry.default()
    has_config = plugins.opened(plugins.kind(kind)).has_config
    return {kind, OPENED, *([CONFIGURED] if has_config else [])}


def _homes_of_opened(kind: str | None) -> list[str]:
    """The modules with the checks of a kind that is opened; by default of all of them."""
    plugins = registry.default()
    kinds = [each for each in plugins.kinds if kind in (None, each.name)]
    # All kinds must do here without those that are broken: listings say so.
    return [
        home
        for each in kinds
        for home in (plugins.opened(each).checks if kind else _checks_or_none(each))
    ]


def _checks_or_none(kind: Kind) -> tuple[str, ...]:
    try:
        return registry.default().opened(kind).checks
    except PluginError:
        return ()


def check_named(name: str) -> Check:
    """The check with this name, of the core or of a kind whose checks have been imported."""
    for module in CHECK_MODULES:
        import_module(f"poise.testing.checks.{module}")
    return _CHECKS[name]


@overload
def require(holds: Literal[False], problem: str) -> NoReturn: ...
@overload
def require(holds: object, problem: str) -> None: ...
def require(holds: object, problem: str) -> None:
    """Raise ``BrokenPromise`` unless the promise holds.

    Args:
        holds: whether the promise holds.
        problem: what the value must be and what it is, without a full stop.

    Raises:
        BrokenPromise: with the problem as its message.
    """
    if not holds:
        raise BrokenPromise(problem)

"""What a check is: a promise of every plugin of a kind, why it matters, and how to fix it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Literal, NoReturn, overload

import attrs

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
    "stages",
    "models",
    "published",
    "behavior",
)
"""Modules of ``poise.testing.checks`` in the order in which their checks run."""


class BrokenPromise(AssertionError):
    """A plugin breaks a promise; the message says what was found, why it matters, and the fix."""


class NotApplicable(Exception):
    """The promise does not apply to this configuration; the message is the reason."""


@attrs.frozen(kw_only=True)
class Check:
    """One promise of a kind of plugin, and how to check it.

    Attributes:
        name: a sentence with underscores, as on the command line.
        kinds: the kinds of plugins that promise it: ``backbone``, ``head``, ``encoder``.
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

    @property
    def sentence(self) -> str:
        """The name as a sentence."""
        return self.name.replace("_", " ")


_CHECKS: dict[str, Check] = {}


def check(
    *kinds: str, scope: Scope, fix: str, after: tuple[str, ...] = ()
) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Register a function as a check.

    Its name is the promise as a sentence; its docstring says why the promise matters.

    Args:
        kinds: ``"backbone"``, ``"head"``, ``"encoder"``, or several of them.
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
        kind: ``"backbone"``, ``"head"`` or ``"encoder"``; by default all kinds.
    """
    for module in CHECK_MODULES:
        home = import_module(f"poise.testing.checks.{module}").__name__
        for promise in _CHECKS.values():
            if promise.run.__module__ == home and (kind is None or kind in promise.kinds):
                yield promise


def check_named(name: str) -> Check:
    """The check with this name."""
    return next(promise for promise in every_check() if promise.name == name)


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

"""What a check is: a promise that every plugin of a kind keeps, with its why and its fix."""

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
    "features",
    "backbones",
    "encoders",
    "outputs",
    "targets",
    "decoding",
    "stages",
    "models",
    "published",
    "behaviour",
)
"""Modules of ``poise.testing.checks`` in the order in which their checks run and read."""


class BrokenPromise(AssertionError):
    """A plugin does not keep a promise; the message says what was found, why, and the fix."""


class NotApplicable(Exception):
    """A promise that says nothing about this configuration; the message is the reason."""


@attrs.frozen(kw_only=True)
class Check:
    """One promise of a kind of plugin, and how to find out whether it is kept.

    Attributes:
        name: a sentence with underscores; also the check's name on the command line.
        kinds: of which kinds of plugins it is asked: ``backbone``, ``head``, ``encoder``.
        scope: how often it runs.
        why: why it matters.
        fix: what an author whose plugin breaks it should do.
        after: checks that must hold for this one to mean anything.
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
    """Put a function into the table of checks.

    Its name is the promise as a sentence, its docstring says why the promise matters.

    Args:
        kinds: ``"backbone"``, ``"head"``, ``"encoder"``, or several of them.
        scope: how often it runs.
        fix: what to do about it, as an imperative without a full stop.
        after: names of checks that must hold for this one to mean anything; where one of
            them is broken, this one is skipped and says so, so that one fault is reported
            once. They run no more often than this one.
    """

    def put(function: Callable[[Any], None]) -> Callable[[Any], None]:
        name = function.__name__
        why = " ".join((inspect.getdoc(function) or "").split())
        if name in _CHECKS or not why or not fix:
            raise TypeError(f"check {name!r} is there twice, or does not say why or how to fix it")
        _CHECKS[name] = Check(
            name=name, kinds=kinds, scope=scope, why=why, fix=fix, after=after, run=function
        )
        return function

    return put


def every_check(kind: str | None = None) -> Iterator[Check]:
    """Every check in the order in which they run.

    Args:
        kind: ``"backbone"``, ``"head"`` or ``"encoder"``; all kinds' unless given.
    """
    for module in CHECK_MODULES:
        home = import_module(f"poise.testing.checks.{module}").__name__
        for promise in _CHECKS.values():
            if promise.run.__module__ == home and (kind is None or kind in promise.kinds):
                yield promise


def check_named(name: str) -> Check:
    """The check of a name."""
    return next(promise for promise in every_check() if promise.name == name)


@overload
def require(holds: Literal[False], problem: str) -> NoReturn: ...
@overload
def require(holds: object, problem: str) -> None: ...
def require(holds: object, problem: str) -> None:
    """Go on if the promise holds, else say what was found instead.

    Args:
        holds: the promise.
        found: what was found and what is due, in words and figures, without a full stop.
    """
    if not holds:
        raise BrokenPromise(problem)

"""Checks × configurations of a plugin, each run once, with its outcome in words."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Literal

import attrs
import click

from poise import registry as registries
from poise.errors import PoiseError
from poise.messages import nearest
from poise.registry import Registry
from poise.registry.discovery import BACKBONE, Kind
from poise.testing.check import BrokenPromise, Check, NotApplicable, check_named, every_check
from poise.testing.subjects import SUBJECTS, Subject, using

LOOK_UP = "it_is_found_by_its_key"
"""The check that all others come after."""


@attrs.frozen(kw_only=True)
class Outcome:
    """The outcome of a check.

    Attributes:
        status: ``kept``, ``broken``, or ``skipped`` (for the reason in ``message``).
        message: for a broken promise, what was found, why it matters, and how to fix it.
        found: only what was found, or the reason why the check was skipped.
        undecided: skipped because a check that comes before it is broken.
        error: the exception behind a broken promise, or ``None``.
        seconds: how long the case took, in a report; else 0.
    """

    status: Literal["kept", "broken", "skipped"]
    message: str = ""
    found: str = ""
    undecided: bool = False
    error: BaseException | None = attrs.field(default=None, repr=False, eq=False)
    seconds: float = attrs.field(default=0.0, repr=False, eq=False)


class Case:
    """One check of one configuration (or of the plugin as a whole). Calling it runs it.

    Attributes:
        check: the check.
        subject: what it examines.
    """

    def __init__(self, check: Check, subject: Subject) -> None:
        self.check: Check = check
        self.subject: Subject = subject

    @property
    def id(self) -> str:
        """``key-check-configuration``, without spaces."""
        parts = [self.subject.key, self.check.name, self.subject.label]
        return "-".join("_".join(part.split()) for part in parts if part)

    def outcome(self) -> Outcome:
        """Run the check, unless it ran before, and return its outcome."""
        return _outcome(self.check, self.subject)

    def __call__(self) -> None:
        """Run the check inside a test.

        Raises:
            BrokenPromise: with what was found, why it matters, and how to fix it.
        """
        __tracebackhide__ = True
        outcome = self.outcome()
        if outcome.status == "skipped":
            import pytest

            pytest.skip(outcome.message)
        if outcome.status == "broken":
            raise BrokenPromise(outcome.message) from outcome.error

    def __repr__(self) -> str:
        return f"<{self.id}>"


def cases(*keys: str, kind: str | None = None, registry: Registry | None = None) -> list[Case]:
    """The cases of every check of the plugins with some keys.

    Poise looks up specs and creates configurations, but builds nothing yet.

    Args:
        keys: keys of plugins. A key of several kinds gives the cases
            of all of them.
        kind: the name of a kind, as ``"backbone"``, to get only this kind.
        registry: where keys are looked up; by default the default registry.

    Returns:
        The cases in the order in which they should run. A key that cannot be looked up has
        one case, which reports that.
    """
    where = registries.default() if registry is None else registry
    return [
        case
        for key in keys
        for plugin_kind in _kinds_of(key, kind, where)
        for case in _cases(_subject_of(plugin_kind, key, where))
    ]


def _subject_of(kind: Kind, key: str, registry: Registry) -> Subject:
    """The plugin of a key as a whole.

    Raises:
        PluginError: its kind cannot be used.
    """
    return _class_of(kind, registry)(kind, key, registry)


def _class_of(kind: Kind, registry: Registry) -> type[Subject]:
    if kind.name in SUBJECTS:
        return SUBJECTS[kind.name]
    module, _, name = registry.opened(kind).subject.partition(":")
    cls: type[Subject] = getattr(import_module(module), name) if module else Subject
    return cls


def _kinds_of(key: str, kind: str | None, registry: Registry) -> list[Kind]:
    if kind is not None:
        return [registry.kind(kind)]
    claimed = [plugin_kind for plugin_kind in registry.kinds if key in registry.keys(plugin_kind)]
    # For an unknown key, the kind whose message can suggest a similar one.
    close = [
        plugin_kind for plugin_kind in registry.kinds if nearest(key, registry.keys(plugin_kind))
    ]
    return claimed or close[:1] or [BACKBONE]


def _cases(whole: Subject) -> Iterator[Case]:
    try:
        spec = whole.spec
    except PoiseError:
        yield Case(check_named(LOOK_UP), whole)
        return
    if not whole.registry.opened(whole.kind).has_config:  # as encoders; they are built as a whole
        yield from (Case(check, whole) for check in every_check(whole.kind.name))
        return
    examples = [
        whole.with_config(str(name), config)
        for name, config in _examples(spec).items()
        if isinstance(config, spec.config)
    ]
    subjects = {
        "plugin": [whole],
        "configuration": [*_default(whole, spec), *examples],
        "example": examples,
    }
    for check in every_check(whole.kind.name):
        for subject in subjects[check.scope]:
            yield Case(check, subject)


def _examples(spec: Any) -> Mapping[str, Any]:
    # A check reports what is wrong with them.
    examples = getattr(spec, "examples", None)
    return examples if isinstance(examples, Mapping) else {}


def _default(whole: Subject, spec: Any) -> list[Subject]:
    try:
        return [whole.with_config("default", spec.config())]
    except Exception:  # noqa: BLE001  # a check reports it
        return []


def _outcome(check: Check, subject: Subject) -> Outcome:
    holder = subject.whole if check.scope == "plugin" else subject
    if check.name not in holder.outcomes:
        holder.outcomes[check.name] = _run(check, holder)
    outcome: Outcome = holder.outcomes[check.name]
    return outcome


def _run(check: Check, subject: Subject) -> Outcome:
    for name in check.after:
        before = check_named(name)
        if not before.is_of(subject.kind.name):
            continue
        outcome = _outcome(before, subject)
        if outcome.status == "broken" or outcome.undecided:
            reason = f"undecided while this is broken: {before.sentence}"
            return Outcome(status="skipped", message=reason, found=reason, undecided=True)
    try:
        with using(subject.registry), _without_advice_on_tracing():
            check.run(subject)
    except NotApplicable as reason:
        return Outcome(status="skipped", message=str(reason), found=str(reason))
    except BrokenPromise as broken:
        return _broken(check, subject, str(broken), None)
    except Exception as error:  # noqa: BLE001  # any error of a plugin breaks the promise
        return _broken(
            check, subject, f"it raised {type(error).__name__}: {_summary_of(error)}", error
        )
    return Outcome(status="kept")


@contextmanager
def _without_advice_on_tracing() -> Iterator[None]:
    """TensorFlow warns of networks that are compiled one after another, as checks must."""
    logger = logging.getLogger("tensorflow")
    logger.addFilter(_is_no_advice_on_tracing)
    try:
        yield
    finally:
        logger.removeFilter(_is_no_advice_on_tracing)


def _is_no_advice_on_tracing(record: logging.LogRecord) -> bool:
    return "triggered tf.function retracing" not in record.getMessage()


def _summary_of(error: Exception) -> str:
    """The error in one line; the first line of Keras' layer errors only names the layer."""
    lines = [line.strip() for line in click.unstyle(str(error)).splitlines() if line.strip()]
    layer = bool(lines) and lines[0].startswith("Exception encountered when calling")
    return " ".join(lines[: 2 if layer else 1]) or "no message"


def _broken(check: Check, subject: Subject, problem: str, error: BaseException | None) -> Outcome:
    which = f" [{subject.label}]" if subject.label else ""
    message = (
        f"{subject.kind.name} {subject.key!r}{which}: broken promise: {check.sentence}\n"
        f"  found: {problem}\n"
        f"  why: {check.why}\n"
        f"  fix: {check.fix}"
    )
    return Outcome(status="broken", message=message, found=problem, error=error)

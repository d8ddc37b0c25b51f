"""Checks × configurations of a plugin, each run once and told in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import attrs
import click

from poise import registry as registries
from poise.errors import PoiseError
from poise.messages import nearest
from poise.registry import Registry
from poise.registry.discovery import BACKBONE, ENCODER, KINDS, Kind
from poise.testing.check import BrokenPromise, Check, NotApplicable, check_named, every_check
from poise.testing.subjects import Subject, subject_of, using

LOOK_UP = "it_is_found_by_its_key"
"""The check that every other one comes after."""


@attrs.frozen(kw_only=True)
class Outcome:
    """What a check found.

    Attributes:
        status: ``kept``, ``broken``, or ``skipped`` (for the reason in ``message``).
        message: for a broken promise what was found, why it matters, how to fix it.
        found: what was found alone, or the reason why it was skipped.
        undecided: skipped because a check that comes before is broken.
        error: the exception behind a broken promise, or ``None``.
    """

    status: Literal["kept", "broken", "skipped"]
    message: str = ""
    found: str = ""
    undecided: bool = False
    error: BaseException | None = attrs.field(default=None, repr=False, eq=False)


class Case:
    """One check of one configuration (or of the plugin as a whole). Calling it runs it.

    Attributes:
        check: what is promised.
        subject: what is examined.
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
        """Run the check, unless it has run before, and say what it found."""
        return _outcome(self.check, self.subject)

    def __call__(self) -> None:
        """Run the check inside of a test.

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
    """Everything that the plugins of some keys promise.

    Specs are looked up and configurations made; nothing is built yet.

    Args:
        keys: keys of backbones, heads or encoders. A key that has several of them gives the
            cases of all.
        kind: ``"backbone"``, ``"head"`` or ``"encoder"``, to have one of them alone.
        registry: where keys are looked up; the default one unless given.

    Returns:
        The cases in the order in which they should run. For a key that cannot be looked up
        it is the one case that says so.
    """
    where = registries.default() if registry is None else registry
    return [
        case
        for key in keys
        for plugin_kind in _kinds_of(key, kind, where)
        for case in _cases(subject_of(plugin_kind, key, where))
    ]


def _kinds_of(key: str, kind: str | None, registry: Registry) -> list[Kind]:
    if kind is not None:
        return [plugin_kind for plugin_kind in KINDS if plugin_kind.name == kind]
    claimed = [plugin_kind for plugin_kind in KINDS if key in registry.keys(plugin_kind)]
    # For a key that nobody has, the kind whose message can name a closest one.
    close = [plugin_kind for plugin_kind in KINDS if nearest(key, registry.keys(plugin_kind))]
    return claimed or close[:1] or [BACKBONE]


def _cases(whole: Subject) -> Iterator[Case]:
    try:
        spec = whole.spec
    except PoiseError:
        yield Case(check_named(LOOK_UP), whole)
        return
    if whole.kind is ENCODER:  # it has no configurations: as a whole is how it is built
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
    # What is wrong with them is for a check to say.
    return spec.examples if isinstance(spec.examples, Mapping) else {}


def _default(whole: Subject, spec: Any) -> list[Subject]:
    try:
        return [whole.with_config("default", spec.config())]
    except Exception:  # noqa: BLE001  # likewise
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
        if subject.kind.name not in before.kinds:
            continue
        outcome = _outcome(before, subject)
        if outcome.status == "broken" or outcome.undecided:
            reason = f"undecided while this is broken: {before.sentence}"
            return Outcome(status="skipped", message=reason, found=reason, undecided=True)
    try:
        with using(subject.registry):
            check.run(subject)
    except NotApplicable as reason:
        return Outcome(status="skipped", message=str(reason), found=str(reason))
    except BrokenPromise as broken:
        return _broken(check, subject, str(broken), None)
    except Exception as error:  # noqa: BLE001  # whatever a plugin raises is a finding
        return _broken(check, subject, f"it raised {type(error).__name__}: {_said(error)}", error)
    return Outcome(status="kept")


def _said(error: Exception) -> str:
    """What went wrong, in a line; Keras' errors say in their first one only in which layer."""
    lines = [line.strip() for line in click.unstyle(str(error)).splitlines() if line.strip()]
    layer = bool(lines) and lines[0].startswith("Exception encountered when calling")
    return " ".join(lines[: 2 if layer else 1]) or "no message"


def _broken(check: Check, subject: Subject, problem: str, error: BaseException | None) -> Outcome:
    which = f" [{subject.label}]" if subject.label else ""
    message = (
        f"{subject.kind.name} {subject.key!r}{which}: not so: {check.sentence}\n"
        f"  found: {problem}\n"
        f"  why: {check.why}\n"
        f"  fix: {check.fix}"
    )
    return Outcome(status="broken", message=message, found=problem, error=error)

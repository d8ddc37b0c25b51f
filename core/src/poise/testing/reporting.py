"""The results of a run of the suite, check by check, and as plain data for programs."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import attrs
import importlib_metadata

from poise import __version__
from poise.errors import PluginError
from poise.testing.check import Check
from poise.testing.running import Case, Outcome
from poise.testing.subjects import Subject


@attrs.frozen(kw_only=True)
class Result:
    """The outcomes of one check of a plugin, in all configurations.

    Attributes:
        subject: the plugin.
        check: the check.
        outcomes: for each configuration its name (the example's, ``default``, or empty for the
            plugin as a whole) and the outcome.
    """

    subject: Subject
    check: Check
    outcomes: tuple[tuple[str, Outcome], ...]

    @property
    def status(self) -> str:
        """``broken`` if any outcome is, else ``kept`` if any is, else ``skipped``."""
        statuses = {outcome.status for _, outcome in self.outcomes}
        return next(status for status in ("broken", "kept", "skipped") if status in statuses)

    def lines(self) -> list[str]:
        """The report: what is broken or skipped in which configuration, why, and the fix."""
        outcomes = dict(self.outcomes)
        reasons: dict[tuple[str, str], list[str]] = {}
        for configuration, outcome in outcomes.items():
            if outcome.status != "kept":
                reasons.setdefault((outcome.status, outcome.found), []).append(configuration)
        lines = []
        for (status, reason), configurations in reasons.items():
            where = "" if len(configurations) == len(outcomes) else ", ".join(configurations)
            skipped = "not asked" if status == "skipped" and self.status != "skipped" else ""
            head = " of ".join(filter(None, (skipped, where)))
            lines.append(f"{head}: {reason}" if head else reason)
        if self.status == "broken":
            lines += [f"why: {self.check.why}", f"fix: {self.check.fix}"]
        return lines


def results(cases: Sequence[Case]) -> Iterator[Result]:
    """Run cases, and yield the result of each check as soon as it is known."""
    for _, group in groupby(cases, key=lambda case: (id(case.subject.whole), case.check.name)):
        together = list(group)
        yield Result(
            subject=together[0].subject.whole,
            check=together[0].check,
            outcomes=tuple((case.subject.label, _timed(case)) for case in together),
        )


def _timed(case: Case) -> Outcome:
    begun = time.perf_counter()
    outcome = case.outcome()
    return attrs.evolve(outcome, seconds=time.perf_counter() - begun)


def ok(results: Sequence[Result]) -> bool:
    """Whether no promise is broken, and none undecided because of a broken one."""
    outcomes = [outcome for result in results for _, outcome in result.outcomes]
    return not any(outcome.status == "broken" or outcome.undecided for outcome in outcomes)


def builds(subject: Subject) -> bool:
    """Whether checks of a plugin build models, and so need Keras."""
    try:
        return subject.registry.opened(subject.kind).builds
    except PluginError:
        return False


def surroundings(*, with_keras: bool = True) -> dict[str, str]:
    """The versions of Poise and Python, and of Keras and its backend, which are then imported."""
    if not with_keras:
        own = {"poise": __version__, "python": platform.python_version()}
        return own | dict.fromkeys(("keras", "backend", "backend_version"), "")
    import keras

    backend = keras.backend.backend()
    return {
        "poise": __version__,
        "python": platform.python_version(),
        "keras": str(keras.__version__),
        "backend": backend,
        "backend_version": _version(backend),
    }


def _version(backend: str) -> str:
    for distribution in (backend, f"{backend}-cpu", f"{backend}_cpu"):
        try:
            return str(importlib_metadata.version(distribution))
        except importlib_metadata.PackageNotFoundError:
            continue
    return ""


def origin(subject: Subject) -> tuple[str, str]:
    """The distribution that provides a plugin, and its version; empty if it is unknown."""
    claims = subject.registry.claimants(subject.kind, subject.key)
    return (claims[0].distribution, claims[0].version) if len(claims) == 1 else ("", "")


def as_data(results: Sequence[Result]) -> dict[str, Any]:
    """All results as plain data: the versions, and every plugin with every case."""
    plugins = []
    for _, group in groupby(results, key=lambda result: id(result.subject)):
        together = list(group)
        subject = together[0].subject
        distribution, version = origin(subject)
        plugins.append(
            {
                "kind": subject.kind.name,
                "key": subject.key,
                "distribution": distribution,
                "version": version,
                "ok": ok(together),
                "cases": [
                    _case(result.check, configuration, outcome)
                    for result in together
                    for configuration, outcome in result.outcomes
                ],
            }
        )
    needs_keras = any(builds(result.subject) for result in results)
    return {**surroundings(with_keras=needs_keras), "plugins": plugins}


def _case(check: Check, configuration: str, outcome: Outcome) -> dict[str, Any]:
    broken = outcome.status == "broken"
    return {
        "check": check.name,
        "configuration": configuration,
        "status": outcome.status,
        "undecided": outcome.undecided,
        "found": outcome.found,
        "why": check.why if broken else "",
        "fix": check.fix if broken else "",
        "seconds": round(outcome.seconds, 3),
    }

"""What a run of the suite found, check by check, and as plain data for programs."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import attrs
import importlib_metadata

from poise import __version__
from poise.testing.check import Check
from poise.testing.running import Case, Outcome
from poise.testing.subjects import Subject


@attrs.frozen(kw_only=True)
class Finding:
    """What one check found of one configuration.

    Attributes:
        configuration: name of the example, ``default``, or empty for the plugin as a whole.
        outcome: whether the promise is kept.
        seconds: how long that took.
    """

    configuration: str
    outcome: Outcome
    seconds: float


@attrs.frozen(kw_only=True)
class Result:
    """What one check found of a plugin, in all configurations.

    Attributes:
        subject: the plugin.
        check: the promise.
        findings: one for each configuration.
    """

    subject: Subject
    check: Check
    findings: tuple[Finding, ...]

    @property
    def status(self) -> str:
        """``broken`` if it is so anywhere, else ``kept`` if it is anywhere, else ``skipped``."""
        text = {one.outcome.status for one in self.findings}
        return next(status for status in ("broken", "kept", "skipped") if status in text)

    def told(self) -> list[str]:
        """What is to be told of it: what is broken or skipped where, why, and the fix."""
        outcomes = {one.configuration: one.outcome for one in self.findings}
        lines = []
        reasons: dict[tuple[str, str], list[str]] = {}
        for configuration, outcome in outcomes.items():
            if outcome.status != "kept":
                reasons.setdefault((outcome.status, outcome.found), []).append(configuration)
        for (status, text), configurations in reasons.items():
            where = "" if len(configurations) == len(outcomes) else ", ".join(configurations)
            skipped = "not asked" if status == "skipped" and self.status != "skipped" else ""
            head = " of ".join(filter(None, (skipped, where)))
            lines.append(f"{head}: {text}" if head else text)
        if self.status == "broken":
            lines += [f"why: {self.check.why}", f"fix: {self.check.fix}"]
        return lines


def results(cases: Sequence[Case]) -> Iterator[Result]:
    """Run cases, and give what each check found as soon as it is known."""
    for _, group in groupby(cases, key=lambda case: (id(case.subject.whole), case.check.name)):
        together = list(group)
        yield Result(
            subject=together[0].subject.whole,
            check=together[0].check,
            findings=tuple(_finding(case) for case in together),
        )


def _finding(case: Case) -> Finding:
    begun = time.perf_counter()
    outcome = case.outcome()
    seconds = time.perf_counter() - begun
    return Finding(configuration=case.subject.label, outcome=outcome, seconds=seconds)


def ok(results: Sequence[Result]) -> bool:
    """Whether nothing is broken, and nothing undecided because of what is."""
    outcomes = [finding.outcome for result in results for finding in result.findings]
    return not any(result.status == "broken" or result.undecided for result in outcomes)


def surroundings() -> dict[str, str]:
    """The versions of Poise, Python, Keras and its backend, which Keras must name."""
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
    """The distribution that a plugin came with, and its version; empty where it is unknown."""
    claims = subject.registry.claimants(subject.kind, subject.key)
    return (claims[0].distribution, claims[0].version) if len(claims) == 1 else ("", "")


def as_data(results: Sequence[Result]) -> dict[str, Any]:
    """All of it as plain data: the surroundings, and every plugin with every case."""
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
                    _case(result.check, finding)
                    for result in together
                    for finding in result.findings
                ],
            }
        )
    return {**surroundings(), "plugins": plugins}


def _case(check: Check, finding: Finding) -> dict[str, Any]:
    outcome = finding.outcome
    broken = outcome.status == "broken"
    return {
        "check": check.name,
        "configuration": finding.configuration,
        "status": outcome.status,
        "undecided": outcome.undecided,
        "found": outcome.found,
        "why": check.why if broken else "",
        "fix": check.fix if broken else "",
        "seconds": round(finding.seconds, 3),
    }

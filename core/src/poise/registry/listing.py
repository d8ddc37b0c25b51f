"""The rows of ``poise list``: every installed plugin, and whether it works.

Names, distributions, versions and clashes come from metadata alone. Summaries, and whether a
plugin works, come from the cache (``poise.registry.remembering``). Poise loads only plugins
without a valid cache entry, so this module imports nothing heavier than
``importlib_metadata``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from poise.registry import remembering
from poise.registry.discovery import Candidate, Policy, package_of, scan
from poise.registry.kinds import Kinds
from poise.registry.remembering import Known, Verdict
from poise.settings import DISABLE, PLUGINS, PREFER

OK, BROKEN, CLASH, DISABLED = "ok", "broken", "clash", "disabled"


class Row(NamedTuple):
    """One entry point of an installed plugin.

    Attributes:
        kind: ``backbone``, ``head``, or another kind; ``plugin`` for one that provides no key;
            ``kind`` for one that opens a kind; the group, if nothing installed opens it.
        key: the name of its entry point.
        distribution: name of the distribution that declares it.
        version: that distribution's version.
        entry_point: the object reference of the entry point.
        state: ``ok``, ``broken``, ``clash`` (several distributions claim the key) or
            ``disabled`` (by an environment variable).
        summary: one line about the plugin, if it works.
        paper: the paper that describes it, or ``None``.
        api: the version of the contract that it was written for, or ``None`` if unknown.
        cause: why it cannot be used, on one line.
        fix: how to fix it, on one line.
    """

    kind: str
    key: str
    distribution: str
    version: str
    entry_point: str
    state: str = OK
    summary: str = ""
    paper: str | None = None
    api: int | None = None
    cause: str = ""
    fix: str = ""

    @property
    def failed(self) -> bool:
        """Whether the plugin is installed and allowed, but cannot be used."""
        return self.state in (BROKEN, CLASH)


def rows(
    kinds: Collection[str] = (), *, fresh: bool = False, policy: Policy | None = None
) -> list[Row]:
    """Every installed plugin, sorted by kind and key.

    Args:
        kinds: names of the kinds to list; all if empty.
        fresh: load every plugin again and ignore the cache.
        policy: which plugins may be used; by default read from the environment.
    """
    policy = Policy.from_environment() if policy is None else policy
    began, now = time.time_ns(), remembering.environment()
    installed = scan()
    opened = Kinds(installed, policy)
    rows, providers = by_metadata(installed, kinds, policy, opened)
    cached = remembering.NOTHING if fresh else remembering.recall(now)
    uncached = [
        provider
        for provider in providers
        if any(needed not in cached.verdicts for needed in _needed(provider, opened))
    ]
    if uncached:
        judged, learned = _judge(uncached, began, opened)
        rows.update(judged)
        if learned.verdicts:
            _remember(_joined(cached, learned), now, installed)
    for provider in providers:
        if provider not in rows:
            rows[provider] = _row(provider, *cached.verdicts[provider])
    return [rows[candidate] for candidate in sorted(rows)]


def by_metadata(
    installed: Iterable[Candidate], kinds: Collection[str], policy: Policy, opened: Kinds
) -> tuple[dict[Candidate, Row], list[Candidate]]:
    """The rows that need no plugin loaded: clashes, and plugins that are disabled.

    Args:
        installed: every entry point.
        kinds: names of the kinds to list; all if empty.
        policy: which plugins may be used.
        opened: the kinds of plugins.

    Returns:
        These rows, and the entry points that Poise must load to know whether they work.
    """
    rows: dict[Candidate, Row] = {}
    to_load: list[Candidate] = []
    for (kind, _), claim in opened.all_claims(installed, policy).items():
        if kinds and kind not in kinds:
            continue
        for candidate, reason in claim.refused.items():
            rows[candidate] = _disabled(candidate, reason)
        closed = opened.closed(kind)
        if closed is not None:
            state, cause, fix = DISABLED if closed.is_meant else BROKEN, closed.cause, closed.fix
            for candidate in claim.providers:
                rows[candidate] = _row(candidate)._replace(state=state, cause=cause, fix=fix)
        elif len(claim.providers) > 1:
            for candidate in claim.providers:
                rows[candidate] = _clash(candidate, claim.providers, policy)
        else:
            to_load += claim.providers
    return rows, to_load


def _row(
    candidate: Candidate, summary: str = "", paper: str | None = None, api: int | None = None
) -> Row:
    kind, key, value, distribution, version = candidate
    return Row(kind, key, distribution, version, value, OK, summary, paper, api)


def _disabled(candidate: Candidate, reason: str) -> Row:
    fix = f"change {PREFER}"
    if DISABLE.name in reason:
        fix = f"remove it from {DISABLE}"
    elif PLUGINS.name in reason:
        fix = f"add it to {PLUGINS}"
    return _row(candidate)._replace(state=DISABLED, cause=reason, fix=fix)


def _clash(candidate: Candidate, providers: Sequence[Candidate], policy: Policy) -> Row:
    from poise.registry.failures import Failure

    # Every claimant gets the same message, so a listing can print it once.
    failure = Failure.of_clash(providers[0], providers, policy.preferred_for(candidate.key))
    return _row(candidate)._replace(state=CLASH, cause=failure.cause, fix=failure.fix)


def _needed(candidate: Candidate, opened: Kinds) -> tuple[Candidate, ...]:
    """The entry points whose files decide whether a plugin works: its own, and its kind's."""
    opener = opened.opened.get(candidate.kind)
    return (candidate,) if opener is None else (opener, candidate)


def _judge(
    candidates: list[Candidate], began: int, opened: Kinds
) -> tuple[dict[Candidate, Row], Known]:
    """Load plugins; return their rows, and what the cache may keep."""
    import contextlib
    import threading

    from poise.registry.failures import Failure
    from poise.registry.importing import load_specs
    from poise.registry.opening import Opened

    loading = Opened(opened, threading.RLock())
    judged: dict[Candidate, Row] = {}
    worked: dict[Candidate, Verdict] = {}
    needed = {each for candidate in candidates for each in _needed(candidate, opened)}
    for candidate in sorted(needed):
        # A plugin that prints during its import must not spoil JSON on stdout.
        with contextlib.redirect_stdout(sys.stderr):
            result = load_specs(candidate, loading).result
        row = _row(candidate)
        if isinstance(result, Failure):
            row = row._replace(state=BROKEN, cause=result.cause, fix=result.fix)
        else:
            worked[candidate] = _verdict(result)
            row = _row(candidate, *worked[candidate])
        judged[candidate] = row
    files = remembering.imported_files(map(package_of, worked), began)
    verdicts = {
        candidate: verdict
        for candidate, verdict in worked.items()
        if files.get(package_of(candidate))
    }
    return {candidate: judged[candidate] for candidate in candidates}, Known(verdicts, files)


def _joined(cached: Known, learned: Known) -> Known:
    files = {
        package: {**cached.files.get(package, {}), **learned.files.get(package, {})}
        for package in {*cached.files, *learned.files}
    }
    return Known({**cached.verdicts, **learned.verdicts}, files)


def _verdict(spec: Any) -> Verdict:
    if spec is None:
        return Verdict()
    paper = getattr(spec, "paper", None)  # a kind has none
    paper = None if paper is None else str(paper)
    return Verdict(" ".join(str(spec.summary).split()), paper, int(spec.api))


def _remember(cached: Known, before: list[Any], installed: tuple[Candidate, ...]) -> None:
    now = remembering.environment()
    # An import may have added a __pycache__ to a folder of the search path. Unlike an
    # installation in the meantime, that does not invalidate the cache.
    if now == before or (now[:-1] == before[:-1] and scan() == installed):
        remembering.remember(cached, now)

"""What ``poise list`` shows: every installed plugin, and whether it works.

Names, distributions, versions and clashes come from metadata alone; summaries and whether a
plugin works from what is remembered of it (``poise.registry.remembering``). Only plugins of which
nothing valid is remembered are loaded, so nothing heavier than ``importlib_metadata`` is
imported here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from poise.registry import remembering
from poise.registry.claims import claims
from poise.registry.discovery import Candidate, Policy, package_of, scan
from poise.registry.remembering import Known, Verdict
from poise.settings import DISABLE, PLUGINS, PREFER

OK, BROKEN, CLASH, DISABLED = "ok", "broken", "clash", "disabled"


class Row(NamedTuple):
    """An installed plugin, by one of its entry points.

    Attributes:
        kind: ``backbone``, ``head``, or ``plugin`` for one that provides no key.
        key: the name of its entry point.
        distribution: name of the distribution that it came with.
        version: that distribution's version.
        entry_point: what the entry point points to.
        state: ``ok``, ``broken``, ``clash`` (several distributions claim the key) or
            ``disabled`` (by an environment variable).
        summary: one line about it, of those that work.
        paper: where it was described, or ``None``.
        api: the version of the contract that it was written for, if that is known.
        cause: why it cannot be used, in one line.
        fix: what would mend it, in one line.
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
        """Whether it is installed and allowed, and cannot be used."""
        return self.state in (BROKEN, CLASH)


def rows(
    kinds: Collection[str] = (), *, fresh: bool = False, policy: Policy | None = None
) -> list[Row]:
    """Every installed plugin, by kind and key.

    Args:
        kinds: names of the kinds that are wanted; all if empty.
        fresh: load every plugin anew, whatever is remembered.
        policy: which plugins may be used; read from the environment unless given.
    """
    policy = Policy.from_environment() if policy is None else policy
    began, now = time.time_ns(), remembering.environment()
    installed = scan()
    found, wanted = by_metadata(installed, kinds, policy)
    known = remembering.NOTHING if fresh else remembering.recall(now)
    unknown = [one for one in wanted if one not in known.verdicts]
    if unknown:
        judged, learned = _judge(unknown, began)
        found.update(judged)
        if learned.verdicts:
            _remember(_joined(known, learned), now, installed)
    for one in wanted:
        if one not in found:
            found[one] = _row(one, *known.verdicts[one])
    return [found[one] for one in sorted(found)]


def by_metadata(
    installed: Iterable[Candidate], kinds: Collection[str], policy: Policy
) -> tuple[dict[Candidate, Row], list[Candidate]]:
    """What is known without loading anything: rows of clashes and of what is disabled.

    Args:
        installed: every entry point.
        kinds: names of the kinds that are wanted; all if empty.
        policy: which plugins may be used.

    Returns:
        These rows, and the entry points that have to be loaded to know whether they work.
    """
    rows: dict[Candidate, Row] = {}
    to_load: list[Candidate] = []
    of_kinds = (one for one in installed if not kinds or one.kind in kinds)
    for claim in claims(of_kinds, policy).values():
        rows.update({one: _disabled(one, reason) for one, reason in claim.refused.items()})
        if len(claim.providers) > 1:
            rows.update({one: _clash(one, claim.providers, policy) for one in claim.providers})
        else:
            to_load += claim.providers
    return rows, to_load


def _row(
    one: Candidate, summary: str = "", paper: str | None = None, api: int | None = None
) -> Row:
    return Row(one.kind, one.key, one.distribution, one.version, one.value, OK, summary, paper, api)


def _disabled(one: Candidate, reason: str) -> Row:
    fix = f"change {PREFER}"
    if DISABLE.name in reason:
        fix = f"take it out of {DISABLE}"
    elif PLUGINS.name in reason:
        fix = f"add it to {PLUGINS}"
    return _row(one)._replace(state=DISABLED, cause=reason, fix=fix)


def _clash(one: Candidate, providers: Sequence[Candidate], policy: Policy) -> Row:
    from poise.registry.importing import Failure  # imports attrs and pluggy

    # The same words for every claimant, so that a listing can say them once.
    failure = Failure.of_clash(providers[0], providers, policy.preferred_for(one.key))
    return _row(one)._replace(state=CLASH, cause=failure.cause, fix=failure.fix)


def _judge(candidates: list[Candidate], began: int) -> tuple[dict[Candidate, Row], Known]:
    """Load plugins; give their rows, and what of it may be remembered."""
    import contextlib
    import threading

    from poise.registry.importing import Failure, load_specs, open_manager

    manager, lock = open_manager(), threading.RLock()
    judged: dict[Candidate, Row] = {}
    worked: dict[Candidate, Verdict] = {}
    for one in candidates:
        # What a plugin prints while it is imported must not end up in JSON.
        with contextlib.redirect_stdout(sys.stderr):
            result = load_specs(one, manager, lock).result
        if isinstance(result, Failure):
            judged[one] = _row(one)._replace(state=BROKEN, cause=result.cause, fix=result.fix)
        else:
            worked[one] = _verdict(result)
            judged[one] = _row(one, *worked[one])
    files = remembering.imported_files({package_of(one) for one in worked}, began)
    return judged, Known(
        {one: verdict for one, verdict in worked.items() if files.get(package_of(one))}, files
    )


def _joined(known: Known, learned: Known) -> Known:
    files = {
        package: {**known.files.get(package, {}), **learned.files.get(package, {})}
        for package in {*known.files, *learned.files}
    }
    return Known({**known.verdicts, **learned.verdicts}, files)


def _verdict(spec: Any) -> Verdict:
    if spec is None:
        return Verdict()
    paper = None if spec.paper is None else str(spec.paper)
    return Verdict(" ".join(str(spec.summary).split()), paper, int(spec.api))


def _remember(known: Known, before: list[Any], installed: tuple[Candidate, ...]) -> None:
    now = remembering.environment()
    # Importing may have put a __pycache__ into a folder of the search path. That is no
    # reason to judge everything again next time, but an installation meanwhile is.
    if now == before or (now[:-1] == before[:-1] and scan() == installed):
        remembering.remember(known, now)

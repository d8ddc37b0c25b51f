"""The rows of ``poise list``: every installed plugin, and whether it works.

Names, distributions, versions and clashes come from metadata alone. Summaries, and whether a
plugin works, come from verdicts (``poise.registry.verdicts``), which are mostly remembered. This
module imports nothing heavier than ``importlib_metadata``, and no plugin.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from poise.registry.discovery import Candidate, Policy, Survey, survey
from poise.registry.kinds import Kinds
from poise.registry.remembering import Verdict
from poise.registry.verdicts import Verdicts
from poise.settings import DISABLE, PLUGINS, PREFER

if TYPE_CHECKING:
    from poise.registry.failures import Failure

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
    kinds: Collection[str] = (),
    *,
    fresh: bool = False,
    policy: Policy | None = None,
    installed: Survey | None = None,
) -> list[Row]:
    """Every installed plugin, sorted by kind and key.

    Args:
        kinds: names of the kinds to list; all if empty.
        fresh: load every plugin again and ignore the cache.
        policy: which plugins may be used; by default read from the environment.
        installed: what is installed; by default Poise looks.
    """
    policy = Policy.from_environment() if policy is None else policy
    installed = survey() if installed is None else installed
    opened = Kinds(installed.plugins(), policy)
    rows, providers = by_metadata(installed.plugins(), kinds, policy, opened)
    verdicts = Verdicts(installed, policy, opened, fresh=fresh)
    for provider, result in verdicts.of(providers).items():
        rows[provider] = _judged(provider, result)
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
            refuse = _rival if candidate in claim.rivals else _disabled
            rows[candidate] = refuse(candidate, reason)
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
    kind, key, value, distribution, version, _ = candidate
    return Row(kind, key, distribution, version, value, OK, summary, paper, api)


def _judged(candidate: Candidate, result: Verdict | Failure) -> Row:
    if isinstance(result, Verdict):
        row = _row(candidate, result.summary, result.paper, result.api)
        if result.cause:
            return row._replace(state=BROKEN, cause=result.cause, fix=result.fix)
        return row
    return _row(candidate)._replace(state=BROKEN, cause=result.cause, fix=result.fix)


def _disabled(candidate: Candidate, reason: str) -> Row:
    fix = f"change {PREFER}"
    if DISABLE.name in reason:
        fix = f"remove it from {DISABLE}"
    elif PLUGINS.name in reason:
        fix = f"add it to {PLUGINS}"
    return _row(candidate)._replace(state=DISABLED, cause=reason, fix=fix)


def _rival(candidate: Candidate, reason: str) -> Row:
    from poise.registry.failures import Failure

    failure = Failure.of_rival(candidate, reason)
    return _row(candidate)._replace(state=CLASH, cause=failure.cause, fix=failure.fix)


def _clash(candidate: Candidate, providers: Sequence[Candidate], policy: Policy) -> Row:
    from poise.registry.failures import Failure

    # Every claimant gets the same message, so a listing can print it once.
    failure = Failure.of_clash(providers[0], providers, policy.preferred_for(candidate.key))
    return _row(candidate)._replace(state=CLASH, cause=failure.cause, fix=failure.fix)

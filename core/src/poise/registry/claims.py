"""Which plugin provides a key: the entry points that claim it, filtered by the policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from poise.registry.discovery import Candidate, Policy
from poise.registry.metadata import canonical
from poise.settings import PREFER


class Claim(NamedTuple):
    """All entry points of one kind that claim one key.

    Attributes:
        providers: those that the policy allows. A single one provides the key; several clash.
        refused: every other entry point → why it is not used.
        rivals: those of them that claim a key of the Poise project, with nothing in the
            environment that prefers either.
    """

    providers: tuple[Candidate, ...]
    refused: Mapping[Candidate, str]
    rivals: tuple[Candidate, ...] = ()

    @property
    def reason(self) -> str:
        """Why the first entry point does not provide the key; empty if one provides it."""
        if self.providers:
            return ""
        candidate, reason = next(iter(self.refused.items()))
        return f"{candidate} is {reason}"


def claims(candidates: Iterable[Candidate], policy: Policy) -> dict[tuple[str, str], Claim]:
    """Decide which entry points provide each key.

    Args:
        candidates: entry points of any kind.
        policy: which entry points may be used, and which are preferred.

    Returns:
        Kind name and key → claim, in the order of the entry points.
    """
    by_key: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in candidates:
        by_key.setdefault((candidate.kind, candidate.key), []).append(candidate)
    return {identity: _claim(claimants, policy) for identity, claimants in by_key.items()}


def _claim(claimants: list[Candidate], policy: Policy) -> Claim:
    verdicts = {candidate: policy.verdict(candidate) for candidate in claimants}
    allowed = [candidate for candidate, verdict in verdicts.items() if not verdict]
    providers = policy.choose(allowed)
    passed_over = [candidate for candidate in allowed if candidate not in providers]
    key, names = claimants[0].key, sorted({provider.distribution for provider in providers})
    is_preferred = policy.preferred_for(key) in [canonical(name) for name in names]
    reason = f"passed over, since {PREFER} gives {key!r} to {' and '.join(names)}"
    if not is_preferred:
        reason = f"passed over, since {key!r} is a key of {' and '.join(names)}"
    refused = {each: verdict for each, verdict in verdicts.items() if verdict}
    refused |= dict.fromkeys(passed_over, reason)
    return Claim(tuple(providers), refused, () if is_preferred else tuple(passed_over))

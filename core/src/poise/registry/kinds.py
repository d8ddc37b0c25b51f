"""Which kinds of plugins there are, from metadata alone: the core's, and those that are opened.

A distribution opens a kind by an entry point in the group ``poise.kinds``, whose name is the
name of the kind. This module imports no plugin: every ``poise list`` pays for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from poise.registry.claims import Claim, claims
from poise.registry.discovery import (
    COMMANDS,
    KINDS,
    OBSERVERS,
    OPENERS,
    Candidate,
    Kind,
    Policy,
)
from poise.registry.metadata import canonical
from poise.settings import DISABLE, PREFER

_RESERVED = frozenset(kind.name for kind in (*KINDS, OPENERS, OBSERVERS, COMMANDS))


class Closed(NamedTuple):
    """Why no plugin of a kind can be used.

    Attributes:
        cause: what is wrong, on one line.
        fix: how to fix it, on one line.
        is_meant: the user has disabled the kind, so it is no failure.
    """

    cause: str
    fix: str
    is_meant: bool = False


class Kinds:
    """The kinds of plugins in an environment.

    Args:
        installed: every entry point, of any kind.
        policy: which plugins may be used.

    Attributes:
        opened: name → the entry point that opens the kind, of those that can be used.
        claims: name → who opens, or would open, the kind.
    """

    def __init__(self, installed: Iterable[Candidate], policy: Policy) -> None:
        installed = list(installed)
        openers = [candidate for candidate in installed if candidate.kind == OPENERS.name]
        allowed = _allowing_what_is_needed(policy, installed)
        by_name = {name: claim for (_, name), claim in claims(openers, allowed).items()}
        self.claims: Mapping[str, Claim] = by_name
        self.opened: Mapping[str, Candidate] = {
            name: claim.providers[0]
            for name, claim in by_name.items()
            if len(claim.providers) == 1 and not fault_of_name(name)
        }
        # Also of groups that nothing opens: a hook for what is not installed breaks no other.
        groups = {candidate.kind for candidate in installed if candidate.kind.startswith("poise.")}
        self.hooks: frozenset[str] = frozenset(
            {kind.hook for kind in self} | {group.replace(".", "_") for group in groups}
        )

    def __iter__(self) -> Iterator[Kind]:
        """The kinds whose plugins have keys: those of the core, then those that are opened."""
        yield from KINDS
        yield from map(Kind.named, sorted(self.opened))

    def named(self, name: str) -> Kind | None:
        """The kind of a name; ``None`` if there is none."""
        return next((kind for kind in self if kind.name == name), None)

    def closed(self, name: str) -> Closed | None:
        """Why no plugin of a kind can be used; ``None`` if the metadata has no objection.

        Args:
            name: the kind as in ``Candidate.kind``.
        """
        if name in _RESERVED or name in self.opened:
            return None
        claim = self.claims.get(name)
        if claim is None:
            return self._unopened(name)
        group = Kind.named(name).group
        fault = fault_of_name(name)
        if fault:
            return Closed(f"{claim_names(claim)} cannot open {group}: {fault}", "uninstall it")
        if not claim.providers:
            opener, reason = next(iter(claim.refused.items()))
            cause = f"{opener}, which opens {group}, is {reason}"
            return Closed(cause, f"remove it from {DISABLE}", is_meant=True)
        times = len(claim.providers)
        fix = f"set {PREFER}={name}={claim.providers[0].distribution} or another of them"
        return Closed(
            f"{group} is opened {times} times, by {claim_names(claim)}",
            f"{fix}, or uninstall all but one",
        )

    def all_claims(
        self, candidates: Iterable[Candidate], policy: Policy
    ) -> dict[tuple[str, str], Claim]:
        """Kind name and key → claim, as ``claims`` gives them, and of the kinds themselves."""
        plugins, openers = [], set()
        for candidate in candidates:
            if candidate.kind == OPENERS.name:
                openers.add(candidate.key)
            else:
                plugins.append(candidate)
        own = {(OPENERS.name, name): self.claims[name] for name in sorted(openers)}
        return {**claims(plugins, policy), **own}

    def unknown(self, name: object) -> str:
        """The message for a kind that cannot be used, or that there is none of."""
        from poise.messages import short_repr, suggestion

        what = f"no kind {short_repr(name)}"
        if isinstance(name, str):
            closed = self.closed(name) if name in self.claims else None
            group = Kind.named(name).group
            if closed is not None or group in _opened_by():
                closed = closed or self._unopened(group)
                return f"{what}: {closed.cause}\n  fix: {closed.fix}"
        names = [kind.name for kind in self]
        return f"{what}; {suggestion(name, names, noun='kinds')}"

    def _unopened(self, group: str) -> Closed:
        from poise.messages import join_names, nearest  # a listing without faults needs neither

        groups = [kind.group for kind in (*self, OPENERS, OBSERVERS, COMMANDS)]
        # What all groups begin with makes no two of them near.
        close = nearest(group[len("poise.") :], [each[len("poise.") :] for each in groups])
        fix = f"did you mean poise.{close}?" if close else f"the groups are {join_names(groups)}"
        distribution = _opened_by().get(group)
        if distribution:
            fix = f"pip install {distribution}, which opens it"
        return Closed(f"no installed distribution opens {group}", fix)


def fault_of_name(name: str) -> str:
    """Why a kind cannot have a name; empty if it can."""
    if name in _RESERVED:
        return f"Poise itself has the kind {name!r}"
    # Without a regular expression, whose compilation every listing would pay for.
    if not (name.isascii() and name.isidentifier() and name.islower() and all(name.split("_"))):
        return (
            f"its name must be lower-case words of a-z and 0-9, joined by underscores, got {name!r}"
        )
    return ""


def _opened_by() -> Mapping[str, str]:
    from poise.registry.documented import OPENED_BY

    return OPENED_BY


def claim_names(claim: Claim) -> str:
    """The distributions of a claim, used or not."""
    return " and ".join(sorted({str(opener) for opener in (*claim.providers, *claim.refused)}))


def _allowing_what_is_needed(policy: Policy, installed: Iterable[Candidate]) -> Policy:
    """The policy for kinds: a plugin that is allowed can be used, so its kind is allowed, too."""
    if not policy.allowed:
        return policy
    needed = {canonical(plugin.kind) for plugin in installed if not policy.verdict(plugin)}
    return policy._replace(allowed=policy.allowed | needed)

"""Specs that a program or a notebook registers itself, without a distribution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from poise.errors import PluginClashError, PluginError
from poise.messages import join_names
from poise.registry.claims import Claim
from poise.registry.discovery import Candidate, Kind
from poise.registry.failures import Broken
from poise.registry.guarding import guarded
from poise.registry.importing import Loaded
from poise.registry.judging import own_spec

if TYPE_CHECKING:
    from poise.registry.lookup import Registry
    from poise.registry.opening import Opened

REGISTERED = "registered"
"""What stands in place of a version."""


class Registered:
    """What a program has registered with a registry.

    Attributes:
        claims: kind name and key → the claim to the key.
    """

    def __init__(self) -> None:
        self.claims: dict[tuple[str, str], Claim] = {}

    def candidates(self) -> list[Candidate]:
        """The claims of the registered specs to their keys."""
        return [claim.providers[0] for claim in self.claims.values()]

    def add(
        self, candidate: Candidate, others: Mapping[tuple[str, str], Claim], *, replace: bool
    ) -> None:
        """Let a registered spec provide its key.

        Args:
            candidate: the claim of the spec.
            others: all claims so far.
            replace: whether the spec may take the place of what is installed.

        Raises:
            PluginClashError: something installed provides the key, and ``replace`` is not set.
        """
        identity = candidate.kind, candidate.key
        before = others.get(identity, Claim((), {}))
        # What the program itself has registered gives way.
        providers = () if identity in self.claims else before.providers
        if providers and not replace:
            who = join_names(map(str, providers))
            raise PluginClashError(
                f"{candidate.kind} {candidate.key!r} cannot be registered: its key must be free, "
                f"got that of {who}\n  fix: choose another key, or pass replace=True"
            )
        reasons = dict.fromkeys(providers, "passed over, since the program registered the key")
        self.claims[identity] = Claim((candidate,), {**before.refused, **reasons})


def prepared(spec: Any, registry: Registry, opened: Opened) -> tuple[Candidate, Loaded]:
    """The claim of a spec to its key, and the spec with every function guarded.

    Raises:
        PluginError: it is of no kind, or breaks the contract of its kind.
    """
    candidate = _candidate(_kind(spec, registry), spec)
    kind, provider = opened.kind(candidate.kind), opened.provider(candidate.kind)
    try:
        loaded = guarded(own_spec([spec], candidate, kind, provider), candidate)
    except Broken as broken:
        what = f"{candidate.kind} {candidate.key!r} cannot be registered: {broken.cause}"
        raise PluginError(f"{what}\n  fix: {broken.fix}") from None
    return candidate, Loaded(loaded, None)


def _kind(spec: Any, registry: Registry) -> Kind:
    for kind in registry.kinds:
        if isinstance(spec, registry.opened(kind).spec):
            return kind
    kinds = join_names(kind.name for kind in registry.kinds)
    got = f"the class {spec.__name__}" if isinstance(spec, type) else type(spec).__name__
    raise PluginError(f"must be a spec of a kind that is installed ({kinds}), got {got}")


def _candidate(kind: Kind, spec: Any) -> Candidate:
    # The module of a spec stands in place of a distribution.
    source = getattr(spec, "config", None) or getattr(spec, "build", None) or type(spec)
    module = getattr(source, "__module__", None) or type(spec).__module__
    return Candidate(kind.name, spec.key, module, module.partition(".")[0], REGISTERED)

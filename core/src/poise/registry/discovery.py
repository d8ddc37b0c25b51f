"""Which plugins are installed: names, distributions, versions, from metadata alone.

This module imports no plugin and nothing heavier than ``importlib_metadata``. Every
``poise list`` pays for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from poise.registry.documented import FIRST_PARTY
from poise.registry.metadata import Stamps, canonical, distributions
from poise.settings import DISABLE, PLUGINS, PREFER, STRICT


class Kind(NamedTuple):
    """A kind of plugin.

    Attributes:
        name: its name in messages and on the command line.
        group: the entry-point group of such plugins.
        hook: the hook that returns its specs.
    """

    name: str
    group: str
    hook: str

    @classmethod
    def named(cls, name: str) -> Kind:
        """The kind of a name; group and hook follow from it (D80)."""
        return cls(name, f"poise.{name}s", f"poise_{name}s")


BACKBONE = Kind.named("backbone")
HEAD = Kind.named("head")
ENCODER = Kind.named("encoder")
KINDS = (BACKBONE, HEAD, ENCODER)
"""The kinds of the core: what models are made of."""

OPENERS = Kind("kind", "poise.kinds", "")
"""Kinds that distributions open: a ``poise.PluginKind`` each, by the name of the kind."""

OBSERVERS = Kind("plugin", "poise.plugins", "")
"""Plugins that provide no key: they observe models, or locate weights."""

COMMANDS = Kind("command", "poise.commands", "")
"""Commands that plugins add to ``poise``: click commands."""


class Candidate(NamedTuple):
    """An entry point that claims a key.

    Attributes:
        kind: name of the kind; the whole group, as ``poise.trackers``, if nothing installed
            opens it.
        key: name of the entry point.
        value: its object reference, as ``poise_unet`` or ``package.module:object``.
        distribution: name of the distribution that declares it.
        version: that distribution's version.
        fault: what is wrong with that distribution's metadata, on one line; empty if all is
            well. Nothing of such a distribution is imported.
    """

    kind: str
    key: str
    value: str
    distribution: str
    version: str
    fault: str = ""

    def load(self) -> Any:
        """Import the object that the entry point names. Errors of the import are not caught.

        Raises:
            ImportError: the metadata of its distribution has a fault.
        """
        from importlib_metadata import EntryPoint

        if self.fault:
            raise ImportError(self.fault)
        return EntryPoint(self.key, self.value, "").load()

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


class Policy(NamedTuple):
    """Which plugins may be used, from the environment.

    Attributes:
        allowed: ``POISE_PLUGINS``: keys or distributions; empty means all.
        disabled: ``POISE_DISABLE``: keys or distributions.
        preferred: ``POISE_PREFER``: key → the distribution that must provide it.
        strict: ``POISE_STRICT=1``: unless every installed plugin loads, no lookup succeeds.
    """

    allowed: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()
    preferred: Mapping[str, str] = {}
    strict: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Policy:
        """Read the four environment variables. Names are compared as pip compares them.

        Raises:
            ConfigError: an item of ``POISE_PREFER`` is not ``key=distribution``.
        """
        pairs = [item.partition("=") for item in _items(PREFER.text(environ))]
        halves = ["".join(pair) for pair in pairs if not all(pair)]
        if halves:
            from poise.errors import ConfigError, Fault  # a listing does not need it

            what = f"must be key=distribution, got {' and '.join(map(repr, halves))}"
            raise ConfigError([Fault(what, PREFER.name)])
        return cls(
            frozenset(map(canonical, _items(PLUGINS.text(environ)))),
            frozenset(map(canonical, _items(DISABLE.text(environ)))),
            {canonical(key): canonical(value) for key, _, value in pairs},
            STRICT.is_on(environ),
        )

    def verdict(self, candidate: Candidate) -> str:
        """Why a candidate must not be used, or an empty string."""
        names = {canonical(candidate.key), canonical(candidate.distribution)}
        if names & self.disabled:
            return f"disabled by {DISABLE}"
        if self.allowed and not names & self.allowed:
            return f"not among {PLUGINS}"
        return ""

    def preferred_for(self, key: str) -> str | None:
        """The distribution that ``POISE_PREFER`` names for a key."""
        return self.preferred.get(canonical(key))

    def choose(self, candidates: list[Candidate]) -> list[Candidate]:
        """The claimants of a key that remain: the preferred distribution, else Poise's own.

        Without a preference, a package cannot disable a key of the Poise project by claiming it.
        """
        if len(candidates) < 2:
            return candidates
        preferred = self.preferred_for(candidates[0].key)
        names = [canonical(candidate.distribution) for candidate in candidates]
        of_poise = [name for name in dict.fromkeys(names) if name in FIRST_PARTY]
        chosen = preferred if preferred in names else (of_poise[0] if len(of_poise) == 1 else None)
        remaining = [each for each, name in zip(candidates, names, strict=True) if name == chosen]
        return remaining or candidates


def package_of(candidate: Candidate) -> str:
    """The top-level package of an entry point."""
    return candidate.value.partition(":")[0].partition(".")[0].strip()


class Survey(NamedTuple):
    """What is installed, from one pass over the metadata that reads each file once.

    Attributes:
        candidates: every entry point in a group of Poise, commands included, sorted.
        summaries: distribution → one line about it.
        stamps: what ``metadata.is_unchanged`` compares.
    """

    candidates: tuple[Candidate, ...]
    summaries: Mapping[str, str]
    stamps: Stamps

    def plugins(self) -> tuple[Candidate, ...]:
        """The candidates without commands."""
        return tuple(each for each in self.candidates if each.kind != COMMANDS.name)


def survey() -> Survey:
    """Look at everything that is installed."""
    installed, stamps = distributions()
    entries = [(each, claim) for each in installed for claim in each.claims]
    core = (*KINDS, OPENERS, OBSERVERS, COMMANDS)
    opened = [Kind.named(claim.name) for _, claim in entries if claim.group == OPENERS.group]
    # The kinds of the core come last: nothing else can open their groups.
    kind_of = {kind.group: kind.name for kind in (*opened, *core)}
    candidates = {
        Candidate(kind_of.get(group, group), key, value, each.name, each.version, each.fault)
        for each, (group, key, value) in entries
    }
    # A distribution whose entry points cannot be read has no key: it is listed by its name.
    candidates |= {
        Candidate(OBSERVERS.name, each.name, "", each.name, each.version, each.fault)
        for each in installed
        if not each.claims
    }
    summaries = {each.name: each.summary for each in installed}
    return Survey(tuple(sorted(candidates)), summaries, stamps)


def scan(kinds: Iterable[Kind] = (), *, with_commands: bool = False) -> tuple[Candidate, ...]:
    """Every installed entry point of Poise's groups, in one pass over the metadata.

    Args:
        kinds: only those of these kinds; by default all.
        with_commands: by default, also commands.
    """
    selected = {kind.name for kind in kinds}
    hidden = set() if selected or with_commands else {COMMANDS.name}
    return tuple(
        candidate
        for candidate in survey().candidates
        if candidate.kind not in hidden and (not selected or candidate.kind in selected)
    )


def commands() -> Mapping[str, tuple[Candidate, ...]]:
    """Plugin commands: name → the entry points that claim it; more than one is a clash."""
    by_name: dict[str, list[Candidate]] = {}
    for candidate in scan([COMMANDS]):
        by_name.setdefault(candidate.key, []).append(candidate)
    return {name: tuple(claims) for name, claims in sorted(by_name.items())}


def _items(text: str) -> list[str]:
    return [item for item in re.split(r"[,\s]+", text) if item]

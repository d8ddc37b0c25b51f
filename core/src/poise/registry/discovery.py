"""Which plugins are installed: names, distributions, versions, from metadata alone.

This module imports no plugin and nothing heavier than ``importlib_metadata``. Every
``poise list`` pays for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

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
    """

    kind: str
    key: str
    value: str
    distribution: str
    version: str

    def load(self) -> Any:
        """Import the object that the entry point names. Errors of the import are not caught."""
        from importlib_metadata import EntryPoint

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
        """The claimants of a key that remain after ``POISE_PREFER``."""
        if len(candidates) < 2:
            return candidates
        preferred = self.preferred_for(candidates[0].key)
        chosen = [
            candidate for candidate in candidates if canonical(candidate.distribution) == preferred
        ]
        return chosen or candidates


def package_of(candidate: Candidate) -> str:
    """The top-level package of an entry point."""
    return candidate.value.partition(":")[0].partition(".")[0].strip()


def canonical(name: str) -> str:
    """A name as package indexes compare them: ``Poise_UNet`` is ``poise-unet``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def scan(kinds: Iterable[Kind] = (), *, with_commands: bool = False) -> tuple[Candidate, ...]:
    """Every installed entry point of Poise's groups, in one pass over the metadata.

    Args:
        kinds: only those of these kinds; by default all.
        with_commands: by default, also commands.
    """
    entries = [(identity, claim) for identity, claims in _claims() for claim in claims]
    core = (*KINDS, OPENERS, OBSERVERS, COMMANDS)
    opened = [Kind.named(key) for _, (group, key, _) in entries if group == OPENERS.group]
    # The kinds of the core come last: nothing else can open their groups.
    kind_of = {kind.group: kind.name for kind in (*opened, *core)}
    selected = {kind.name for kind in kinds}
    hidden = set() if selected or with_commands else {COMMANDS.name}
    candidates = {
        Candidate(kind, key, value, name, version)
        for (name, version), (group, key, value) in entries
        for kind in [kind_of.get(group, group)]
        if kind not in hidden and (not selected or kind in selected)
    }
    return tuple(sorted(candidates))


def commands() -> Mapping[str, tuple[Candidate, ...]]:
    """Plugin commands: name → the entry points that claim it; more than one is a clash."""
    by_name: dict[str, list[Candidate]] = {}
    for candidate in scan([COMMANDS]):
        by_name.setdefault(candidate.key, []).append(candidate)
    return {name: tuple(claims) for name, claims in sorted(by_name.items())}


_Claims = list[tuple[str, str, str]]
"""Group, name and value of entry points."""


def _claims() -> Iterator[tuple[tuple[str, str], _Claims]]:
    """Every distribution with entry points for Poise: name, version and these entry points.

    If a distribution is installed several times, the first on the path counts, as for imports.
    ``importlib_metadata.entry_points()`` is no option: it fails as a whole if any distribution,
    even one unrelated to Poise, has a damaged list of entry points.
    """
    import importlib_metadata

    seen = set()
    for distribution in importlib_metadata.distributions():
        text = _text(distribution, "entry_points.txt")
        claims = _parsed(text) if "poise." in text else []
        if not claims:
            continue
        identity = _identity(distribution)
        if canonical(identity[0]) not in seen:
            seen.add(canonical(identity[0]))
            yield identity, claims


def _parsed(text: str) -> _Claims:
    """The entry points of Poise's groups. One without a value is kept, and fails when loaded."""
    claims: _Claims = []
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[]").strip()
        elif line and line[0] not in "#;" and group.startswith("poise."):
            name, _, value = line.partition("=")
            claims.append((group, name.strip(), value.strip()))
    return claims


def _text(distribution: Any, name: str) -> str:
    try:
        return distribution.read_text(name) or ""
    except (OSError, ValueError):
        return ""


_HEADER = re.compile(r"^(Name|Version):[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)


def _identity(distribution: Any) -> tuple[str, str]:
    """Name and version of a distribution, without parsing its whole metadata as email."""
    for name in ("METADATA", "PKG-INFO"):
        headers = dict(_HEADER.findall(_text(distribution, name).partition("\n\n")[0]))
        if len(headers) == 2:
            return (headers["Name"], headers["Version"])
    # The metadata is damaged: only the name of its folder is left.
    folder = getattr(distribution, "_path", None)
    name, _, version = getattr(folder, "stem", "unknown").partition("-")
    return (name, version or "unknown")


def _items(text: str) -> list[str]:
    return [item for item in re.split(r"[,\s]+", text) if item]

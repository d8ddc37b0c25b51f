"""Which plugins are installed: names, distributions, versions, from metadata alone.

Nothing of a plugin is imported here, and nothing beyond ``importlib_metadata`` is: this is
what ``poise list`` costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from poise.settings import DISABLE, PLUGINS, PREFER, STRICT


class Kind(NamedTuple):
    """A kind of plugin.

    Attributes:
        name: what it is called in messages and on the command line.
        group: entry-point group in which such plugins register.
        hook: the hook that returns its specs.
    """

    name: str
    group: str
    hook: str


BACKBONE = Kind("backbone", "poise.backbones", "poise_backbones")
HEAD = Kind("head", "poise.heads", "poise_heads")
ENCODER = Kind("encoder", "poise.encoders", "poise_encoders")
KINDS = (BACKBONE, HEAD, ENCODER)

OBSERVERS = Kind("plugin", "poise.plugins", "")
"""Plugins that provide no key: they observe models, or know where weights lie."""

COMMANDS = Kind("command", "poise.commands", "")
"""Commands of ``poise`` that plugins bring along: click commands."""


class Candidate(NamedTuple):
    """An entry point that claims a key.

    Attributes:
        kind: name of the kind.
        key: name of the entry point.
        value: what it points to, as ``poise_unet`` or ``package.module:object``.
        distribution: name of the distribution that it came with.
        version: that distribution's version.
    """

    kind: str
    key: str
    value: str
    distribution: str
    version: str

    def load(self) -> Any:
        """Import what the entry point names. Whatever the import raises comes through."""
        from importlib_metadata import EntryPoint

        return EntryPoint(self.key, self.value, "").load()

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


class Policy(NamedTuple):
    """Which plugins may be used, from the environment.

    Attributes:
        allowed: ``POISE_PLUGINS``: keys or distributions; empty means all.
        disabled: ``POISE_DISABLE``: keys or distributions.
        preferred: ``POISE_PREFER``: key → the distribution that is to provide it.
        strict: ``POISE_STRICT=1``: every installed plugin must load, or nothing is given.
    """

    allowed: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()
    preferred: Mapping[str, str] = {}
    strict: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Policy:
        """Read the four variables; names are compared as pip compares them.

        Raises:
            ConfigError: ``POISE_PREFER`` is not made of ``key=distribution``.
        """
        pairs = [item.partition("=") for item in _items(PREFER.text(environ))]
        halves = ["".join(pair) for pair in pairs if not all(pair)]
        if halves:
            from poise.errors import ConfigError, Fault  # not needed to list plugins

            what = f"must be key=distribution, got {' and '.join(map(repr, halves))}"
            raise ConfigError([Fault(what, PREFER.name)])
        return cls(
            frozenset(map(canonical, _items(PLUGINS.text(environ)))),
            frozenset(map(canonical, _items(DISABLE.text(environ)))),
            {canonical(key): canonical(value) for key, _, value in pairs},
            STRICT.is_on(environ),
        )

    def verdict(self, candidate: Candidate) -> str:
        """Why a candidate is not to be used, or an empty string."""
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
        """Those of several claimants of one key that ``POISE_PREFER`` leaves."""
        if len(candidates) < 2:
            return candidates
        wanted = self.preferred_for(candidates[0].key)
        chosen = [one for one in candidates if canonical(one.distribution) == wanted]
        return chosen or candidates


def package_of(candidate: Candidate) -> str:
    """The top-level package that an entry point leads to."""
    return candidate.value.partition(":")[0].partition(".")[0].strip()


def canonical(name: str) -> str:
    """A name as package indexes compare them: ``Poise_UNet`` is ``poise-unet``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def scan(groups: Iterable[Kind] = (*KINDS, OBSERVERS)) -> tuple[Candidate, ...]:
    """Every installed entry point of the given groups, in one pass over the metadata."""
    kind_of = {kind.group: kind.name for kind in groups}
    found: set[Candidate] = set()
    for (name, version), claims in _claims():
        found.update(
            Candidate(kind_of[group], key, value, name, version)
            for group, key, value in claims
            if group in kind_of
        )
    return tuple(sorted(found))


def commands() -> Mapping[str, tuple[Candidate, ...]]:
    """Plugin commands: name → the entry points that claim it, of which there should be one."""
    found: dict[str, list[Candidate]] = {}
    for one in scan([COMMANDS]):
        found.setdefault(one.key, []).append(one)
    return {name: tuple(claims) for name, claims in sorted(found.items())}


_Claims = list[tuple[str, str, str]]
"""Group, name and value of entry points."""


def _claims() -> Iterator[tuple[tuple[str, str], _Claims]]:
    """Name and version of every distribution with entry points for Poise, and these.

    Of several installations of one distribution the first on the path counts, as it does for
    import. Entry points are not taken from ``importlib_metadata.entry_points()``, which fails as
    a whole where one distribution, not even one of Poise's, has a damaged list of them.
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
    """The entry points of Poise's groups. A line without a value keeps its name, and fails."""
    found: _Claims = []
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[]").strip()
        elif line and line[0] not in "#;" and group.startswith("poise."):
            name, _, value = line.partition("=")
            found.append((group, name.strip(), value.strip()))
    return found


def _text(distribution: Any, name: str) -> str:
    try:
        return distribution.read_text(name) or ""
    except (OSError, ValueError):
        return ""


_HEADER = re.compile(r"^(Name|Version):[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)


def _identity(distribution: Any) -> tuple[str, str]:
    """Name and version of a distribution, without parsing its whole metadata as an e-mail."""
    for name in ("METADATA", "PKG-INFO"):
        headers = dict(_HEADER.findall(_text(distribution, name).partition("\n\n")[0]))
        if len(headers) == 2:
            return (headers["Name"], headers["Version"])
    # Half of it is gone: all that is left is how its folder is called.
    folder = getattr(distribution, "_path", None)
    name, _, version = getattr(folder, "stem", "unknown").partition("-")
    return (name, version or "unknown")


def _items(text: str) -> list[str]:
    return [item for item in re.split(r"[,\s]+", text) if item]

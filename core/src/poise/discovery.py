"""Which plugins are installed: names, distributions, versions, from metadata alone.

Nothing of a plugin is imported here, and nothing beyond ``importlib_metadata`` is: this is
what ``poise list`` costs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


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
KINDS = (BACKBONE, HEAD)

OBSERVERS = Kind("plugin", "poise.plugins", "")
"""Plugins that provide no key: they observe models, or know where weights lie."""

COMMANDS_GROUP = "poise.commands"


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
        """Read the four variables; names are compared as pip compares them."""
        environ = os.environ if environ is None else environ
        pairs = [item.partition("=") for item in _items(environ.get("POISE_PREFER", ""))]
        return cls(
            frozenset(map(canonical, _items(environ.get("POISE_PLUGINS", "")))),
            frozenset(map(canonical, _items(environ.get("POISE_DISABLE", "")))),
            {canonical(key): canonical(value) for key, _, value in pairs},
            environ.get("POISE_STRICT", "") not in ("", "0"),
        )

    def verdict(self, candidate: Candidate) -> str:
        """Why a candidate is not to be used, or an empty string."""
        names = {canonical(candidate.key), canonical(candidate.distribution)}
        if names & self.disabled:
            return "disabled by POISE_DISABLE"
        if self.allowed and not names & self.allowed:
            return "not among POISE_PLUGINS"
        return ""

    def choose(self, candidates: list[Candidate]) -> list[Candidate]:
        """Those of several claimants of one key that ``POISE_PREFER`` leaves."""
        if len(candidates) < 2:
            return candidates
        wanted = self.preferred.get(canonical(candidates[0].key))
        chosen = [one for one in candidates if canonical(one.distribution) == wanted]
        return chosen or candidates


def canonical(name: str) -> str:
    """A name as package indexes compare them: ``Poise_UNet`` is ``poise-unet``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def scan(groups: Iterable[Kind] = (*KINDS, OBSERVERS)) -> tuple[Candidate, ...]:
    """Every installed entry point of the given groups, in one pass over the metadata."""
    import importlib_metadata

    kind_of = {kind.group: kind.name for kind in groups}
    identities: dict[int, tuple[str, str]] = {}
    found = []
    for entry_point in importlib_metadata.entry_points():
        kind = kind_of.get(entry_point.group)
        if kind is None:
            continue
        distribution = entry_point.dist
        if id(distribution) not in identities:
            identities[id(distribution)] = _identity(distribution)
        found.append(
            Candidate(kind, entry_point.name, entry_point.value, *identities[id(distribution)])
        )
    return tuple(sorted(set(found)))


def commands() -> Mapping[str, Any]:
    """Entry points of plugin commands by name; of two with one name, none is taken."""
    import importlib_metadata

    found: dict[str, list[Any]] = {}
    for entry_point in importlib_metadata.entry_points(group=COMMANDS_GROUP):
        found.setdefault(entry_point.name, []).append(entry_point)
    return {name: claims[0] for name, claims in sorted(found.items()) if len(claims) == 1}


_HEADER = re.compile(r"^(Name|Version):[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)


def _identity(distribution: Any) -> tuple[str, str]:
    """Name and version of a distribution, without parsing its whole metadata as an e-mail."""
    if distribution is None:
        return ("unknown", "unknown")
    for name in ("METADATA", "PKG-INFO"):
        text = distribution.read_text(name)
        if text:
            headers = dict(_HEADER.findall(text.partition("\n\n")[0]))
            if len(headers) == 2:
                return (headers["Name"], headers["Version"])
    return (distribution.name or "unknown", distribution.version or "unknown")


def _items(text: str) -> list[str]:
    return [item for item in re.split(r"[,\s]+", text) if item]

"""The kind and key that a user means."""

from __future__ import annotations

from poise.errors import PoiseError, UnknownKeyError
from poise.messages import suggestion
from poise.registry import documented
from poise.registry.discovery import Kind
from poise.registry.in_force import default


def find(key: str) -> tuple[Kind, str]:
    """The kind and key that ``KEY`` or ``kind:KEY`` refers to.

    A key with its kind is not looked up; the lookup that follows reports one that is unknown.

    Raises:
        UnknownKeyError: no plugin provides the key, or no kind has that name.
        PoiseError: plugins of several kinds have the key.
    """
    registry = default()
    kinds = registry.kinds
    prefix, colon, name = key.partition(":")
    if colon:
        return registry.kind(prefix), name
    matches = [kind for kind in kinds if key in registry.keys(kind)]
    if len(matches) > 1:
        ways = " or ".join(f"{kind.name}:{key}" for kind in matches)
        which = " and ".join(an(kind.name) for kind in matches)
        raise PoiseError(f"{key!r} is {which}; use {ways}")
    if matches:
        return matches[0], key
    for kind in kinds:
        if any(
            (candidate.kind, candidate.key) == (kind.name, key) for candidate in registry.candidates
        ):
            raise UnknownKeyError(registry.unknown(kind, key))  # installed, but disabled
    keys = {name for kind in kinds for name in registry.keys(kind)}
    for kind in kinds:
        if documented.distribution_of(kind.name, key) is not None:
            raise UnknownKeyError(registry.unknown(kind, key))
    *first, last = [kind.name for kind in kinds]
    what = f"no {', '.join(first)} or {last} {key!r}; {suggestion(key, keys, noun='installed')}"
    raise UnknownKeyError(what)


def an(kind: str) -> str:
    """A kind of plugin with its article."""
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"

"""The kind and key that a user means."""

from __future__ import annotations

from poise.errors import PoiseError, UnknownKeyError
from poise.messages import suggestion
from poise.registry import documented
from poise.registry.discovery import ENCODER, KINDS, Kind
from poise.registry.lookup import default


def find(key: str) -> tuple[Kind, str]:
    """The kind and key that ``KEY`` or ``kind:KEY`` refers to.

    A key with its kind is not looked up; the lookup that follows reports one that is unknown.

    Raises:
        UnknownKeyError: no plugin provides the key, or no kind has that name.
        PoiseError: plugins of several kinds have the key.
    """
    registry = default()
    prefix, colon, name = key.partition(":")
    if colon:
        for kind in KINDS:
            if kind.name == prefix:
                return kind, name
        kinds = [kind.name for kind in KINDS]
        raise UnknownKeyError(f"no kind {prefix!r}; {suggestion(prefix, kinds, noun='kinds')}")
    matches = [kind for kind in KINDS if key in registry.keys(kind)]
    if len(matches) > 1:
        ways = " or ".join(f"{kind.name}:{key}" for kind in matches)
        which = " and ".join(f"{'an' if kind is ENCODER else 'a'} {kind.name}" for kind in matches)
        raise PoiseError(f"{key!r} is {which}; use {ways}")
    if matches:
        return matches[0], key
    for kind in KINDS:
        if any(
            (candidate.kind, candidate.key) == (kind.name, key) for candidate in registry.candidates
        ):
            raise UnknownKeyError(registry.unknown(kind, key))  # installed, but disabled
    keys = {name for kind in KINDS for name in registry.keys(kind)}
    for kind in KINDS:
        if documented.distribution_of(kind.name, key) is not None:
            raise UnknownKeyError(registry.unknown(kind, key))
    what = f"no backbone, head or encoder {key!r}; {suggestion(key, keys, noun='installed')}"
    raise UnknownKeyError(what)

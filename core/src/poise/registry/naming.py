"""Which kind and key a user means."""

from __future__ import annotations

from poise.errors import PoiseError, UnknownKeyError
from poise.messages import suggestion
from poise.registry.discovery import ENCODER, KINDS, Kind
from poise.registry.lookup import default


def find(key: str) -> tuple[Kind, str]:
    """The kind and key that ``KEY`` or ``kind:KEY`` means.

    Raises:
        UnknownKeyError: nobody provides it.
        PoiseError: plugins of several kinds are called so.
    """
    every = default()
    prefix, colon, name = key.partition(":")
    if colon:
        for kind in KINDS:
            if kind.name == prefix:
                return kind, name
        kinds = [kind.name for kind in KINDS]
        raise UnknownKeyError(f"no kind {prefix!r}; {suggestion(prefix, kinds, noun='kinds')}")
    found = [kind for kind in KINDS if key in every.keys(kind)]
    if len(found) > 1:
        ways = " or ".join(f"{kind.name}:{key}" for kind in found)
        which = " and ".join(f"{'an' if kind is ENCODER else 'a'} {kind.name}" for kind in found)
        raise PoiseError(f"{key!r} is {which}; say {ways}")
    if found:
        return found[0], key
    for kind in KINDS:
        if any((one.kind, one.key) == (kind.name, key) for one in every.candidates):
            raise UnknownKeyError(every.unknown(kind, key))  # installed, but disabled
    known = {one for kind in KINDS for one in every.keys(kind)}
    documented = [every.unknown(kind, key) for kind in KINDS]
    for message in documented:
        if "pip install" in message:
            raise UnknownKeyError(message)
    what = f"no backbone, head or encoder {key!r}; {suggestion(key, known, noun='installed')}"
    raise UnknownKeyError(what)

"""What a head must know about the animal: its parts and the edges between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from poise.errors import ConfigError, Fault
from poise.messages import short_repr, suggestions
from poise.scalars import plain

Edge = tuple[str, str]


def _tuple(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(plain, values)) if _is_many(values) else values  # type: ignore[return-value]


def _tuples(values: Iterable[Sequence[str]]) -> tuple[Edge, ...]:
    if not _is_many(values):
        return values  # type: ignore[return-value]  # refused below, together with all other faults
    return tuple(_tuple(pair) for pair in values)  # type: ignore[misc]


def _is_many(values: Any) -> bool:
    # A string would silently become a list of characters.
    return isinstance(values, Iterable) and not isinstance(values, str | bytes)


@attrs.frozen
class Skeleton:
    """The parts of an animal and the edges that connect them.

    Attributes:
        parts: names of the parts, unique; their order is the order of the channels.
        edges: directed pairs ``(source, destination)`` of part names, in the order of the
            part affinity fields' channels.
        symmetries: unordered pairs of parts that mirror each other (left and right).
        name: the name of the skeleton in the file, or ``None``.

    Raises:
        ConfigError: a name appears twice, an edge leads to a part that does not exist or
            from a part to itself. All faults are reported at once.
    """

    parts: tuple[str, ...] = attrs.field(converter=_tuple)
    edges: tuple[Edge, ...] = attrs.field(converter=_tuples, default=())
    symmetries: tuple[Edge, ...] = attrs.field(converter=_tuples, default=(), kw_only=True)
    name: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        faults = _faults_of_parts(self.parts)
        parts = self.parts if isinstance(self.parts, tuple) else ()
        faults += _faults_of_pairs(self.edges, "edges", parts)
        faults += _faults_of_pairs(self.symmetries, "symmetries", parts)
        if faults:
            raise ConfigError(faults, "skeleton")


def _faults_of_parts(parts: Any) -> list[Fault]:
    if not isinstance(parts, tuple):
        return [Fault(f"must be a list of names, got {short_repr(parts)}", "parts")]
    faults = []
    seen: set[str] = set()
    for index, part in enumerate(parts):
        where = f"parts[{index}]"
        if not isinstance(part, str):
            faults.append(Fault(f"part names must be strings, got {short_repr(part)}", where))
        elif part in seen:
            faults.append(Fault(f"part names must be unique, got {part!r} twice", where))
        else:
            seen.add(part)
    return faults


def _faults_of_pairs(pairs: Any, field: str, parts: tuple[Any, ...]) -> list[Fault]:
    if not isinstance(pairs, tuple):
        return [Fault(f"must be a list of pairs of parts, got {short_repr(pairs)}", field)]
    faults: list[Fault] = []
    names = dict.fromkeys(part for part in parts if isinstance(part, str))
    hint = suggestions(names, noun="parts")
    for index, pair in enumerate(pairs):
        where = f"{field}[{index}]"
        if not isinstance(pair, tuple) or len(pair) != 2:
            faults.append(Fault(f"must be a pair of two parts, got {short_repr(pair)}", where))
            continue
        faults += [
            Fault(f"no part {short_repr(part)}{hint(part)}", where)
            for part in (pair[:1] if pair[0] == pair[1] else pair)
            if not isinstance(part, str) or part not in names
        ]
        if pair[0] == pair[1]:
            faults.append(Fault(f"must join two different parts, got {pair[0]!r} twice", where))
    return faults

"""What a head must know of the animal: its parts and the edges between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from poise.errors import ConfigError, Fault, suggestion

Edge = tuple[str, str]


def _names(values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str):  # a string would silently become its characters
        raise ConfigError([Fault(f"parts must be a list of names, found the string {values!r}")])
    return tuple(values)


def _pairs(values: Iterable[Sequence[str]]) -> tuple[Edge, ...]:
    pairs = []
    for index, pair in enumerate(values):
        if isinstance(pair, str) or len(pair) != 2:
            raise ConfigError(
                [Fault(f"an edge is a pair [source, destination], found {pair!r}", f"[{index}]")]
            )
        pairs.append((pair[0], pair[1]))
    return tuple(pairs)


@attrs.frozen
class Skeleton:
    """The parts of an animal and how they hang together.

    Attributes:
        parts: names of the parts, unique; their order is the order of the channels.
        edges: directed pairs ``(source, destination)`` of part names, in the order of the
            part affinity fields' channels.
        symmetries: unordered pairs of parts that mirror each other (left and right).
        name: what the file calls the skeleton, or ``None``.

    Raises:
        ConfigError: a name twice, an edge to a part that does not exist, an edge from a
            part to itself; all at once.
    """

    parts: tuple[str, ...] = attrs.field(converter=_names)
    edges: tuple[Edge, ...] = attrs.field(converter=_pairs, default=())
    symmetries: tuple[Edge, ...] = attrs.field(converter=_pairs, default=(), kw_only=True)
    name: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        faults = [
            Fault(f"parts are named by strings, found {part!r}", f"parts[{index}]")
            for index, part in enumerate(self.parts)
            if not isinstance(part, str)
        ]
        faults += [
            Fault(f"part {part!r} is there twice", f"parts[{index}]")
            for index, part in enumerate(self.parts)
            if part in self.parts[:index]
        ]
        for field in ("edges", "symmetries"):
            for index, pair in enumerate(getattr(self, field)):
                faults += self._faults_of_pair(pair, f"{field}[{index}]")
        if faults:
            raise ConfigError(faults, "skeleton")

    def _faults_of_pair(self, pair: Edge, where: str) -> list[Fault]:
        faults = [
            Fault(f"no part {part!r}; {suggestion(part, self.parts, noun='parts')}", where)
            for part in pair
            if part not in self.parts
        ]
        if pair[0] == pair[1]:
            faults.append(Fault(f"part {pair[0]!r} is joined to itself", where))
        return faults

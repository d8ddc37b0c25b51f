"""Every array that lies in an HDF5 file, whether or not a list of the file names it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from poise.errors import WeightsError
from poise.weights import hdf5
from poise.weights.records import Record

MOST_HELD = 100_000
"""Most groups, arrays and links of a file; with its optimizer, a network has some ten thousand."""


@attrs.frozen
class Inventory:
    """What a file holds.

    Attributes:
        arrays: paths of the arrays by their addresses; one path, if an array has several.
        links: paths of links to elsewhere, which are not followed.
    """

    arrays: dict[Any, str]
    links: tuple[str, ...]

    def below(self, *groups: str) -> set[Any]:
        """The addresses of the arrays in groups of the root."""
        within = tuple(f"{group}/" for group in groups)
        return {address for address, path in self.arrays.items() if path.startswith(within)}

    def without(self, records: Iterable[Record], counted: set[Any]) -> tuple[str, ...]:
        """The paths of what is neither among the records nor counted.

        A link that is not followed may lead to an array, so it is one of them.
        """
        listed = {record.address for record in records} | counted
        left = [path for address, path in self.arrays.items() if address not in listed]
        return (*sorted(left), *(f"{path} (a link)" for path in sorted(self.links)))


def take(file: Any) -> Inventory:
    """The inventory of an opened file, without reading an array.

    Raises:
        WeightsError: the file holds too much, or its groups nest too deep.
    """
    # h5py's objects would take ten times as long, and HDF5's own walk has no limit of depth.
    from h5py import h5g, h5l, h5o

    arrays: dict[Any, str] = {}
    links: list[str] = []
    waiting, seen, count = [(file.id, "", 0)], {h5o.get_info(file.id).addr}, 0
    while waiting:
        group, path, depth = waiting.pop()
        if depth > hdf5.DEEPEST:
            raise WeightsError(f"{file.filename}: groups nest deeper than {hdf5.DEEPEST}")
        count += group.get_num_objs()
        if count > MOST_HELD:
            raise WeightsError(f"{file.filename}: holds more than {MOST_HELD} groups and arrays")
        for name, kind in _links_of(group):
            inner = path + name.decode(errors="replace")
            if kind != h5l.TYPE_HARD:
                links.append(inner)
                continue
            member = h5o.get_info(group, name)
            if member.type == h5o.TYPE_DATASET:
                arrays.setdefault(member.addr, inner)
            elif member.type == h5o.TYPE_GROUP and member.addr not in seen:
                seen.add(member.addr)
                waiting.append((h5g.open(group, name), f"{inner}/", depth + 1))
    return Inventory(arrays, tuple(links))


def _links_of(group: Any) -> list[tuple[bytes, int]]:
    links: list[tuple[bytes, int]] = []
    group.links.iterate(lambda name, info: links.append((name, info.type)), info=True)
    return links

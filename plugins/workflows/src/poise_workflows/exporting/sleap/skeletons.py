"""A skeleton as SLEAP's configurations have it.

Their objects have numbers: ``{"py/id": 3}`` is the third part or edge type in the order of the
text, as ``poise.sleap.skeleton_graph`` reads it. sleap-io counts parts and edge types apart,
and writes a skeleton of several edges that SLEAP does not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from poise import Skeleton
from poise.sleap.objects import BODY, EDGE_TYPE, NODE, SYMMETRY


def skeleton_data(skeleton: Skeleton) -> dict[str, Any]:
    """Plain data of a skeleton, in the form of SLEAP's files."""
    objects = _Objects()
    return {
        "directed": True,
        "graph": {
            "name": skeleton.name or "Skeleton-0",
            "num_edges_inserted": len(skeleton.edges),
        },
        "links": list(_links(skeleton, objects)),  # before the nodes, which refer to their parts
        "multigraph": True,
        "nodes": [{"id": objects.part(part)} for part in skeleton.parts],
    }


def _links(skeleton: Skeleton, objects: _Objects) -> Iterator[dict[str, Any]]:
    for index, (source, target) in enumerate(skeleton.edges):
        yield {"edge_insert_idx": index, **_link(source, target, BODY, objects)}
    for one, other in skeleton.symmetries:
        yield _link(one, other, SYMMETRY, objects)
        yield _link(other, one, SYMMETRY, objects)


def _link(source: str, target: str, kind: int, objects: _Objects) -> dict[str, Any]:
    return {
        "key": 0,
        "source": objects.part(source),
        "target": objects.part(target),
        "type": objects.edge_type(kind),
    }


class _Objects:
    """Parts and edge types, numbered in the order of the text."""

    def __init__(self) -> None:
        self._numbers: dict[str | int, int] = {}

    def part(self, name: str) -> dict[str, Any]:
        """A part, the first time; then its number."""
        state = {"py/tuple": [name, 1.0]}
        return self._numbered(name, {"py/object": NODE, "py/state": state})

    def edge_type(self, kind: int) -> dict[str, Any]:
        """An edge type, the first time; then its number."""
        return self._numbered(kind, {"py/reduce": [{"py/type": EDGE_TYPE}, {"py/tuple": [kind]}]})

    def _numbered(self, key: str | int, data: dict[str, Any]) -> dict[str, Any]:
        if key in self._numbers:
            return {"py/id": self._numbers[key]}
        self._numbers[key] = len(self._numbers) + 1
        return data

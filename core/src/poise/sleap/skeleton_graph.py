"""Skeletons from SLEAP's node-link graphs, whose objects refer to each other by number.

Links precede nodes in the text. The order in which parts first appear is therefore not the
order of the parts; the list of nodes gives that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from poise.errors import ConfigError, Fault
from poise.messages import suggestions
from poise.skeleton import Skeleton
from poise.sleap.migration_report import Note, shown
from poise.sleap.objects import BODY, Index, Node, NumberedObjects, joined
from poise.wire.structure import json_repr

_ALWAYS_TRUE = ("directed", "multigraph")
_LINK_KEYS = ("edge_insert_idx", "key", "source", "target", "type")
_TEMPLATE_KEYS = ("description", "nx_graph", "preview_image")


class _Link(NamedTuple):
    path: str
    source: Node | Index | None
    target: Node | Index | None
    type: int | None
    inserted: int | None


def read_skeleton(
    data: Any, nodes: Sequence[str] | None = None
) -> tuple[Skeleton, tuple[Note, ...]]:
    """Read one skeleton from a job file or a label file.

    Parts are in the order of the file's list of nodes, edges in the order in which they
    were inserted. Poise ignores bookkeeping (``key`` of a link, ``num_edges_inserted``).

    Args:
        data: one entry of ``data.labels.skeletons``: the graph, or the template form that
            wraps it in ``nx_graph``.
        nodes: names in the label file's list of nodes, which its graphs index by position.
            Job files have no such list.

    Returns:
        The skeleton, and a note for everything in the data that it cannot hold.

    Raises:
        ConfigError: lists every object of an unknown type, every number that refers to
            nothing, and every missing or malformed piece; paths start inside ``data``.
    """
    return _Reader(nodes).read(data)


class _Reader:
    def __init__(self, nodes: Sequence[str] | None) -> None:
        self.known_nodes = nodes
        self.faults: list[Fault] = []
        self.notes: list[Note] = []
        self.objects = NumberedObjects(self.faults, self.notes)
        self.hint = suggestions((), noun="parts")

    def read(self, data: Any) -> tuple[Skeleton, tuple[Note, ...]]:
        graph, path = self._unwrapped(data)
        links: list[_Link] = []
        nodes: list[tuple[str, Node | Index | None]] = []
        if graph is not None:
            # In the order of the text, which numbers the objects.
            for key, value in graph.items():
                if key == "links":
                    links = list(self._links(value, joined(path, key)))
                elif key == "nodes":
                    nodes = list(self._nodes(value, joined(path, key)))
                elif key != "graph" and not (key in _ALWAYS_TRUE and value is True):
                    self._not_carried(value, joined(path, key))
            for key in ("links", "nodes"):
                if key not in graph:
                    self._fault(f"a skeleton must have the key {key!r}", path)
        name = self._name(graph or {}, path)
        self._refuse()
        parts = self._parts(nodes)
        self._refuse()
        body, symmetric = self._edges(links, parts, path)
        self._refuse()
        return self._skeleton(parts, body, symmetric, name, path), tuple(self.notes)

    def _unwrapped(self, data: Any) -> tuple[dict[str, Any] | None, str]:
        path = ""
        if isinstance(data, dict) and "nx_graph" in data:
            for key, value in data.items():
                if key == "preview_image" and isinstance(value, dict) and set(value) == {"py/b64"}:
                    self._note("not_carried_over", "an image; Poise keeps no previews", key)
                elif key == "nx_graph" or value is None:
                    continue
                elif key in _TEMPLATE_KEYS and isinstance(value, str):
                    self._note("not_carried_over", shown(value), key)
                else:
                    self._not_carried(value, key)
            data, path = data["nx_graph"], "nx_graph"
        if not isinstance(data, dict):
            self._fault(f"must be an object with nodes and links, got {json_repr(data)}", path)
            return None, path
        return data, path

    def _name(self, graph: dict[str, Any], path: str) -> str | None:
        attributes = graph.get("graph", {})
        path = joined(path, "graph")
        if not isinstance(attributes, dict):
            self._fault(f"must be an object, got {json_repr(attributes)}", path)
            return None
        for key, value in attributes.items():
            if key not in ("name", "num_edges_inserted"):
                self._not_carried(value, joined(path, key))
        name = attributes.get("name")
        if name is not None and not isinstance(name, str):
            self._fault(f"must be a string, got {json_repr(name)}", joined(path, "name"))
            return None
        return name

    def _links(self, data: Any, path: str) -> Iterator[_Link]:
        for link, where in self._objects(data, path):
            pieces: dict[str, Any] = dict.fromkeys(_LINK_KEYS)
            for key, value in link.items():
                at = joined(where, key)
                if key in ("source", "target"):
                    pieces[key] = self.objects.node(value, at)
                elif key == "type":
                    pieces[key] = self.objects.edge_type(value, at)
                elif key == "edge_insert_idx":
                    pieces[key] = self._position(value, at)
                elif key != "key":
                    self._not_carried(value, at)
            for key in ("source", "target", "type"):
                if key not in link:
                    self._fault(f"a link must have the key {key!r}", where)
            yield _Link(
                where, pieces["source"], pieces["target"], pieces["type"], pieces["edge_insert_idx"]
            )

    def _nodes(self, data: Any, path: str) -> Iterator[tuple[str, Node | Index | None]]:
        for node, where in self._objects(data, path):
            for key, value in node.items():
                if key == "id":
                    yield joined(where, key), self.objects.node(value, joined(where, key))
                else:
                    self._not_carried(value, joined(where, key))
            if "id" not in node:
                self._fault("a node must have the key 'id'", where)

    def _objects(self, data: Any, path: str) -> Iterator[tuple[dict[str, Any], str]]:
        if not isinstance(data, list):
            self._fault(f"must be a list, got {json_repr(data)}", path)
            return
        for index, entry in enumerate(data):
            if isinstance(entry, dict):
                yield entry, f"{path}[{index}]"
            else:
                self._fault(f"must be an object, got {json_repr(entry)}", f"{path}[{index}]")

    def _position(self, data: Any, path: str) -> int | None:
        if data is not None and type(data) is not int:
            self._fault(f"must be an integer, got {json_repr(data)}", path)
            return None
        return data

    def _parts(self, nodes: list[tuple[str, Node | Index | None]]) -> list[str]:
        parts = []
        for path, node in nodes:
            if isinstance(node, Node):
                parts.append(node.name)
            elif self.known_nodes is None:
                self._fault("must be a part, got a position, which only label files have", path)
            elif isinstance(node, Index) and 0 <= node < len(self.known_nodes):
                parts.append(self.known_nodes[node])
            else:
                count = len(self.known_nodes)
                self._fault(f"must be a position among {count} nodes, got {node}", path)
        return parts

    def _edges(
        self, links: list[_Link], parts: list[str], path: str
    ) -> tuple[list[tuple[_Link, str, str]], list[tuple[_Link, str, str]]]:
        part_set = frozenset(parts)
        self.hint = suggestions(parts, noun="parts")
        body: list[tuple[_Link, str, str]] = []
        symmetric: dict[frozenset[str], tuple[_Link, str, str]] = {}
        for link in links:
            source = self._end(link.source, parts, part_set, f"{link.path}.source")
            target = self._end(link.target, parts, part_set, f"{link.path}.target")
            if source is None or target is None:
                continue
            if link.type == BODY:
                body.append((link, source, target))
            else:  # stored in both directions; keep the first
                symmetric.setdefault(frozenset((source, target)), (link, source, target))
        if all(link.inserted is not None for link, _, _ in body):
            body.sort(key=lambda edge: edge[0].inserted or 0)
        else:
            what = "a link has no edge_insert_idx, so the edges are in the order of the file"
            self._note("derived", what, joined(path, "links"))
        return body, list(symmetric.values())

    def _end(
        self, node: Node | Index | None, parts: list[str], part_set: frozenset[str], path: str
    ) -> str | None:
        if isinstance(node, Index):
            names = parts if self.known_nodes is None else self.known_nodes
            if not 0 <= node < len(names):
                self._fault(f"must be a position among {len(names)} nodes, got {node}", path)
                return None
            name = names[node]
        else:
            assert node is not None  # otherwise a fault would have ended the reading
            name = node.name
        if name not in part_set:
            self._fault(f"no part {name!r}{self.hint(name)}", path)
            return None
        return name

    def _skeleton(
        self,
        parts: list[str],
        body: list[tuple[_Link, str, str]],
        symmetric: list[tuple[_Link, str, str]],
        name: str | None,
        path: str,
    ) -> Skeleton:
        try:
            return Skeleton(
                parts,
                [(source, target) for _, source, target in body],
                symmetries=[(source, target) for _, source, target in symmetric],
                name=name,
            )
        except ConfigError as error:
            # Give paths in the file, not in the skeleton.
            places = {f"parts[{i}]": joined(path, f"nodes[{i}]") for i in range(len(parts))}
            places |= {f"edges[{i}]": edge[0].path for i, edge in enumerate(body)}
            places |= {f"symmetries[{i}]": edge[0].path for i, edge in enumerate(symmetric)}
            raise ConfigError(
                Fault(fault.what, places.get(fault.path, fault.path)) for fault in error.faults
            ) from None

    def _not_carried(self, data: Any, path: str) -> None:
        """Note data that a skeleton cannot hold; refuse it if it holds a typed object."""
        tag = _tag_within(data)
        if tag is None:
            self._note("not_carried_over", shown(data), path)
        else:
            self._fault(f"must be plain data, got {tag!r}; Poise runs no code of a file", path)

    def _note(self, kind: Any, what: str, path: str) -> None:
        self.notes.append(Note(kind, path, what))

    def _fault(self, what: str, path: str) -> None:
        self.faults.append(Fault(what, path))

    def _refuse(self) -> None:
        if self.faults:
            raise ConfigError(self.faults)


def _tag_within(data: Any) -> str | None:
    """The first jsonpickle tag anywhere inside, or ``None``."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for key in value:
                if key.startswith("py/"):
                    return str(key)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return None

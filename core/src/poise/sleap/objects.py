"""Parts and edge types as in SLEAP's files: objects that references name by number.

The form is jsonpickle's, but Poise unpickles nothing. It accepts two type names, a part and an
edge type, and reads each as plain data. Any other type is a fault.

A number ``{"py/id": 3}`` means the third *first* occurrence of a part or an edge type in
the order of the text.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from poise.errors import Fault
from poise.sleap.migration_report import Note, shown
from poise.wire.structure import json_repr

NODE = "sleap.skeleton.Node"
EDGE_TYPE = "sleap.skeleton.EdgeType"
BODY, SYMMETRY = 1, 2


class Node(NamedTuple):
    """A part, with a weight that SLEAP stores but never uses."""

    name: str
    weight: float


class Index(int):
    """A part as a position in a list, in files whose objects have no numbers."""


class NumberedObjects:
    """Reads parts and edge types in the order of the text, and numbers them.

    A wrong object becomes a fault and reads as ``None``. It still takes its number; otherwise
    one fault would shift the meaning of later references.

    Args:
        faults: collects faults.
        notes: collects notes.
    """

    def __init__(self, faults: list[Fault], notes: list[Note]) -> None:
        self.faults = faults
        self.notes = notes
        self.numbered: list[Node | int | None] = []

    def node(self, data: Any, path: str) -> Node | Index | None:
        """A part: new, a reference by number, or a position."""
        if type(data) is int:
            return Index(data)
        if self._is_reference(data):
            node = self._referred(data, path)
            if type(node) is int:
                self._fault(
                    f"must be a part, got a reference to an edge type, {data['py/id']}", path
                )
                return None
            return node  # type: ignore[return-value]
        node = self._new_node(data, path)
        self.numbered.append(node)
        return node

    def _new_node(self, data: Any, path: str) -> Node | None:
        if not isinstance(data, dict) or "py/object" not in data:
            self._not_known(data, path, "a part")
            return None
        if data["py/object"] != NODE:
            self._fault(_unknown_type(data["py/object"]), joined(path, "py/object"))
            return None
        state: Any = data.get("py/state")
        if isinstance(state, dict) and set(state) == {"py/tuple"}:
            state = state["py/tuple"]
        elif isinstance(state, dict) and set(state) == {"name", "weight"}:
            state = [state["name"], state["weight"]]
        well_formed = (
            set(data) == {"py/object", "py/state"}
            and isinstance(state, list)
            and len(state) == 2
            and isinstance(state[0], str)
            and type(state[1]) in (int, float)
        )
        if not well_formed:
            got = json_repr(data.get("py/state"))
            what = f"a part's state must be its name and weight, got {got}"
            self._fault(what, joined(path, "py/state"))
            return None
        if state[1] != 1:
            what = f"weight {state[1]} of part {state[0]!r}"
            self.notes.append(Note("not_carried_over", path, what))
        return Node(state[0], state[1])

    def edge_type(self, data: Any, path: str) -> int | None:
        """An edge type, ``BODY`` or ``SYMMETRY``: new, or a reference by number."""
        if self._is_reference(data):
            kind = self._referred(data, path)
            if isinstance(kind, Node):
                self._fault(
                    f"must be an edge type, got a reference to a part, {data['py/id']}", path
                )
                return None
            return kind
        kind = self._new_edge_type(data, path)
        self.numbered.append(kind)
        return kind

    def _new_edge_type(self, data: Any, path: str) -> int | None:
        if not isinstance(data, dict) or not isinstance(data.get("py/reduce"), list):
            self._not_known(data, path, "an edge type")
            return None
        pieces = [piece for piece in data["py/reduce"] if piece is not None]
        first = pieces[0] if pieces else None
        if isinstance(first, dict) and set(first) == {"py/type"} and first["py/type"] != EDGE_TYPE:
            self._fault(_unknown_type(first["py/type"]), joined(path, "py/reduce[0]"))
            return None
        if len(data) == 1 and len(pieces) == 2 and first == {"py/type": EDGE_TYPE}:
            for kind in (BODY, SYMMETRY):
                # As text, because True equals 1 but is not an edge type.
                if str(pieces[1]) == str({"py/tuple": [kind]}):
                    return kind
        what = f"an edge type must be 1 (body) or 2 (symmetry), got {shown(data['py/reduce'])}"
        self._fault(what, joined(path, "py/reduce"))
        return None

    @staticmethod
    def _is_reference(data: Any) -> bool:
        return isinstance(data, dict) and set(data) == {"py/id"}

    def _referred(self, data: dict[str, Any], path: str) -> Node | int | None:
        number = data["py/id"]
        if type(number) is not int or not 1 <= number <= len(self.numbered):
            count = len(self.numbered)
            objects = "1 object precedes" if count == 1 else f"{count} objects precede"
            what = f"py/id must refer to an earlier object, got {shown(number)}; {objects} it"
            self._fault(what, path)
            return None
        return self.numbered[number - 1]

    def _not_known(self, data: Any, path: str, expected: str) -> None:
        keys = data if isinstance(data, dict) else ()
        tag = next((key for key in keys if key.startswith("py/")), None)
        what = f"an object marked {tag!r}" if tag else json_repr(data)
        self._fault(f"must be {expected}, got {what}", path)

    def _fault(self, what: str, path: str) -> None:
        self.faults.append(Fault(what, path))


def _unknown_type(name: Any) -> str:
    return f"the type must be {NODE} or {EDGE_TYPE}, got {shown(name)}"


def joined(path: str, key: str) -> str:
    """The dotted path of ``key`` inside ``path``."""
    return f"{path}.{key}" if path else key


def member(path: str, key: str) -> str:
    """The dotted path of a key of the file; quoted if the key itself has a dot."""
    return joined(path, repr(key) if "." in key else key)

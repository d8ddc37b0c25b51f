"""The order in which edges join parts to animals.

Reading a configuration imports this module, so it must not import NumPy.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import attrs

from poise.editions import means_sleap
from poise.messages import join_names
from poise_heads.differences import EDGES_OFF_THE_TREE


@attrs.frozen
class EdgeOrder:
    """Indices of edges, by their role in grouping.

    Attributes:
        tree_of_first_root: edges that a breadth-first search from the first root takes.
        other_trees: edges that searches from the other roots, and then from the remaining
            parts, take to parts not reached before. Along these edges and the above, at
            most one edge ends in each part.
        rest: edges to parts already reached: second edges to a part, and cycles. They are in
            the order in which the searches met them.
    """

    tree_of_first_root: tuple[int, ...]
    other_trees: tuple[int, ...]
    rest: tuple[int, ...]


def breadth_first(edges: Sequence[tuple[Hashable, Hashable]]) -> EdgeOrder:
    """Order edges: each comes after those that lead to its source.

    A root is a part that no edge ends in; the first root is the one named first in the edges.
    If all edges form cycles, the first part named is the root.

    Args:
        edges: pairs ``(source, destination)`` of parts.
    """
    parts = list(dict.fromkeys(part for edge in edges for part in edge))
    leaving: dict[Hashable, list[int]] = {part: [] for part in parts}
    for index, (source, _) in enumerate(edges):
        leaving[source].append(index)
    ends = {destination for _, destination in edges}
    roots = [part for part in parts if part not in ends]
    reached: set[Hashable] = set()
    trees: list[list[int]] = []
    rest: list[int] = []
    for root in [*roots, *parts]:
        if root in reached:
            continue
        reached.add(root)
        tree: list[int] = []
        queue = [root]
        for part in queue:
            for index in leaving[part]:
                destination = edges[index][1]
                if destination in reached:
                    rest.append(index)
                else:
                    reached.add(destination)
                    tree.append(index)
                    queue.append(destination)
        trees.append(tree)
    first, *others = trees or [[]]
    return EdgeOrder(tuple(first), tuple(index for tree in others for index in tree), tuple(rest))


def groups(edges: Sequence[tuple[Hashable, Hashable]]) -> list[list[Hashable]]:
    """The parts that edges connect, directly or through others, in the order of the edges.

    Args:
        edges: pairs ``(source, destination)`` of parts.
    """
    group_of: dict[Hashable, list[Hashable]] = {}
    for edge in edges:
        first, second = (group_of.setdefault(part, [part]) for part in edge)
        if first is not second:
            first += second
            group_of.update(dict.fromkeys(second, first))
    return list({id(group): group for group in group_of.values()}.values())


def notes(config: Any) -> list[str]:
    """What decoding will not find, or not join, with the edges of a ``MultiInstanceConfig``."""
    parts = config.confmaps.part_names
    edges = [edge for edge in config.pafs.edges if set(edge) <= set(parts)]
    ends = {part for edge in edges for part in edge}
    said = _not_found("no edge reaches", [part for part in parts if part not in ends])
    if means_sleap(EDGES_OFF_THE_TREE):
        edges = [edges[index] for index in breadth_first(edges).tree_of_first_root]
        used = {part for edge in edges for part in edge}
        unused = [part for part in parts if part in ends - used]
        said += _not_found("edition sleap-1.4 uses no edge that reaches", unused)
    joined = groups(edges)
    if len(joined) > 1:
        names = "; ".join(join_names(map(repr, group)) for group in joined)
        what = f"an animal with all of its parts is decoded as {len(joined)}"
        said.append(f"the edges join parts in {len(joined)} groups ({names}): {what}")
    return said


def _not_found(why: str, parts: Sequence[str]) -> list[str]:
    them = "it" if len(parts) == 1 else "them"
    *others, last = map(repr, parts) if parts else [""]
    names = f"{join_names(others)} or {last}" if others else last
    return [f"{why} {names}: decoding will not find {them}"] if parts else []

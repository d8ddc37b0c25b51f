"""The order in which edges join parts to animals. No NumPy: configurations are read with it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import attrs


@attrs.frozen
class EdgeOrder:
    """Indices of edges, by what they are good for.

    Attributes:
        tree_of_first_root: those that a breadth-first search from the first root takes.
        other_trees: those that searches from the other roots, and then from what is left,
            take to parts that were not reached before. Along these edges and the above,
            each part has at most one edge that ends in it.
        rest: edges to parts that were reached otherwise: second edges to a part, circles.
            They are in the order in which the searches met them.
    """

    tree_of_first_root: tuple[int, ...]
    other_trees: tuple[int, ...]
    rest: tuple[int, ...]


def breadth_first(edges: Sequence[tuple[Hashable, Hashable]]) -> EdgeOrder:
    """Order edges so that each comes after those that lead to its source.

    A root is a part that no edge ends in; the first is the one that is named first in the
    edges. Where there is none, since edges go in a circle, the first part named will do.

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

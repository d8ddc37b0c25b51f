"""From labels to what each output's targets are made of: which points, and in which order.

Whatever depends on the edition is decided here when outputs are made, not when targets are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from poise.editions import means_sleap
from poise.errors import Fault, LabelsError
from poise.labels import Labels
from poise.messages import listed, suggestion
from poise.skeleton import Edge
from poise.specs import Tensor
from poise_heads.differences import (
    ANCHOR_PART_UNUSED,
    OUTSIDE_BY_LAST_CELL,
    SIGMA_IN_GRID_CELLS,
    UNKNOWN_NAMES_ACCEPTED,
)

Size = tuple[int, int]
Points = Callable[[Labels, Size], Tensor]
"""``points(labels, size)``: the points ``(N, I, P, 2)`` that an output's targets show."""

Names = Sequence[str | None]


def sigma_in_pixels(config: Any) -> float:
    """The spread of confidence or class maps in input pixels."""
    scale = config.output_stride if means_sleap(SIGMA_IN_GRID_CELLS) else 1
    return float(config.sigma * scale)


def of_first_instance(parts: Names) -> Points:
    """The first instance of each example: the only one there is, or the one in the middle."""
    pick = _picker(parts, parts, "part_names")
    return lambda labels, size: pick(labels, _tensor(labels.points)[:, :1])


def of_all_instances(parts: Names, stride: int) -> Points:
    """All instances, without those that are wholly outside of the image."""
    pick, inside = _picker(parts, parts, "part_names"), _inside(stride)
    return lambda labels, size: pick(labels, inside(_tensor(labels.points), size))


def of_every_part(parts: Names, stride: int) -> Points:
    """All instances with every part that is labelled, whether it has a map or not.

    In edition sleap-1.4 it is not instances that are left out, but parts which no instance
    has inside of the image.
    """
    inside, by_part = _inside(stride), means_sleap(OUTSIDE_BY_LAST_CELL)

    def points(labels: Labels, size: Size) -> Tensor:
        from keras import ops

        _order(labels, parts)
        every = _tensor(labels.points)
        if not by_part:
            return inside(every, size)
        return ops.swapaxes(inside(ops.swapaxes(every, 1, 2), size), 1, 2)

    return points


def of_centroids(anchor_part: str | None, parts: Names | None, stride: int) -> Points:
    """One point an instance: its anchor, else the middle of its bounding box.

    Args:
        anchor_part: name of the anchor, or ``None``.
        parts: the skeleton's parts, if known, for labels that do not name theirs.
        stride: pixels per cell.
    """
    inside = _inside(stride)
    named = None if means_sleap(ANCHOR_PART_UNUSED) else anchor_part

    def points(labels: Labels, size: Size) -> Tensor:
        from poise_heads.centroids import centroids

        every, anchors = _tensor(labels.points), labels.anchors
        if anchors is None and named is not None:
            anchors = every[:, :, _index_of_anchor(labels, named, parts)]
        return inside(centroids(every, anchors)[:, :, None], size)

    return points


def ends_of_edges(
    edges: Sequence[Edge], parts: Names, stride: int
) -> Callable[[Labels, Size], tuple[Tensor, Tensor]]:
    """Where the edges of all instances begin and end, ``(N, I, E, 2)`` each."""
    inside = _inside(stride)
    sources, destinations = (
        _picker([edge[end] for edge in edges], parts, "edges") for end in (0, 1)
    )

    def ends(labels: Labels, size: Size) -> tuple[Tensor, Tensor]:
        points = inside(_tensor(labels.points), size)
        return sources(labels, points), destinations(labels, points)

    return ends


def classes_of(labels: Labels, names: Sequence[str], output: str) -> Any:
    """The class indices ``(N, I)`` that the targets of ``output`` need."""
    if labels.classes is None:
        what = f"the targets of {output} need the class of each instance; give Labels(classes=…)"
        raise LabelsError([Fault(what, "labels.classes")])
    if isinstance(labels.classes, np.ndarray) and labels.classes.size:
        largest = int(labels.classes.max())
        if largest >= len(names):
            what = f"index {largest} is there, and the classes are 0 to {len(names) - 1}"
            raise LabelsError([Fault(f"{what}: {listed(names)}", "labels.classes")])
    return labels.classes


def _tensor(array: Any) -> Tensor:
    from keras import ops

    return ops.convert_to_tensor(array, dtype="float32")


def _inside(stride: int) -> Callable[[Tensor, Size], Tensor]:
    as_sleap = means_sleap(OUTSIDE_BY_LAST_CELL)

    def inside(points: Tensor, size: Size) -> Tensor:
        from poise_heads.maps import grid

        if as_sleap:
            return grid.drop_outside_grid(points, size, stride)
        return grid.drop_outside_image(points, size)

    return inside


def _order(labels: Labels, parts: Names) -> Names:
    """What the parts of the labels are called: as they say, else as the model's."""
    if labels.parts is not None:
        return labels.parts
    count = labels.points.shape[2]
    if count != len(parts):
        what = f"{count} parts, and the model has {len(parts)} ({listed(parts)})"
        hint = "say which they are with Labels(parts=…)"
        raise LabelsError([Fault(f"{what}; {hint}", "labels.points")])
    return parts


def _picker(wanted: Names, parts: Names, field: str) -> Callable[[Labels, Tensor], Tensor]:
    """Parts ``(N, I, len(wanted), 2)`` of points in the labels' order.

    A part that is not labelled is refused; in edition sleap-1.4 it is never visible.
    """
    accepted = means_sleap(UNKNOWN_NAMES_ACCEPTED)

    def pick(labels: Labels, points: Tensor) -> Tensor:
        from keras import ops

        order = tuple(_order(labels, parts))
        missing = [name for name in wanted if name not in order]
        if missing and not accepted:
            raise LabelsError(
                Fault(
                    f"no part {name!r}, which {field} names; "
                    f"{suggestion(name, map(str, order), noun='labelled')}",
                    "labels.parts",
                )
                for name in dict.fromkeys(missing)
            )
        if tuple(wanted) == order:
            return points
        indices = [0 if name in missing else order.index(name) for name in wanted]
        picked = ops.take(points, np.array(indices, dtype="int32"), axis=2)
        if not missing:
            return picked
        there = np.array([name not in missing for name in wanted])
        return ops.where(there[:, None], picked, float("nan"))

    return pick


def _index_of_anchor(labels: Labels, anchor: str, parts: Names | None) -> int:
    order = parts if labels.parts is None else labels.parts
    if order is None:
        what = f"anchor_part is {anchor!r}, and it is not known which of the parts that is"
        hint = "name them with Labels(parts=…), or give Labels(anchors=…)"
        raise LabelsError([Fault(f"{what}; {hint}", "labels.parts")])
    order = _order(labels, order)
    if anchor not in order:
        close = suggestion(anchor, map(str, order), noun="labelled")
        what = f"no part {anchor!r}, which is anchor_part; {close}"
        raise LabelsError([Fault(what, "labels.parts")])
    return list(order).index(anchor)

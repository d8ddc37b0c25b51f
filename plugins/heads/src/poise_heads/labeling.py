"""Select from labels the points that each output's targets show, in the output's order.

Whatever depends on the edition is decided when outputs are made, not when targets are.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from poise.editions import means_sleap
from poise.errors import Fault, LabelsError
from poise.labels import Labels
from poise.messages import join_names, suggestion, suggestions
from poise.skeleton import Edge
from poise.specs import Tensor
from poise_heads.differences import (
    ANCHOR_PART_UNUSED,
    OUTSIDE_BY_LAST_CELL,
    SIGMA_IN_GRID_CELLS,
    UNKNOWN_NAMES_ACCEPTED,
)
from poise_heads.spreads import WIDEST, bounded

Size = tuple[int, int]
Points = Callable[[Labels, Size], Tensor]
"""``points(labels, size)``: the points ``(N, I, P, 2)`` that an output's targets show."""

Names = Sequence[str | None]


def sigma_in_pixels(config: Any) -> float:
    """The spread of confidence or class maps in input pixels."""
    scale = config.output_stride if means_sleap(SIGMA_IN_GRID_CELLS) else 1
    return bounded(min(config.sigma, WIDEST) * scale)


def of_first_instance(parts: Names) -> Points:
    """The first instance of each example: the only one, or the one in the middle of a crop."""
    pick = _picker(parts, parts, "part_names")
    return lambda labels, size: pick(labels, _tensor(labels.points)[:, :1])


def of_all_instances(parts: Names, stride: int) -> Points:
    """All instances that are at least partly in the image."""
    pick, inside = _picker(parts, parts, "part_names"), _inside(stride)
    return lambda labels, size: pick(labels, inside(_tensor(labels.points), size))


def of_every_part(parts: Names, stride: int) -> Points:
    """All instances with every labeled part, whether it has a map or not.

    Edition sleap-1.4 does not leave out instances, but the parts that no instance has in the
    image.
    """
    inside, by_part = _inside(stride), means_sleap(OUTSIDE_BY_LAST_CELL)

    def points(labels: Labels, size: Size) -> Tensor:
        from keras import ops

        _order(labels, parts)
        instances = _tensor(labels.points)
        if not by_part:
            return inside(instances, size)
        return ops.swapaxes(inside(ops.swapaxes(instances, 1, 2), size), 1, 2)

    return points


def of_centroids(anchor_part: str | None, parts: Names | None, stride: int) -> Points:
    """One point per instance: its anchor, else the middle of its bounding box.

    Args:
        anchor_part: name of the anchor, or ``None``.
        parts: the skeleton's parts, if known, for labels that do not name their parts.
        stride: pixels per cell.
    """
    inside = _inside(stride)
    named = None if means_sleap(ANCHOR_PART_UNUSED) else anchor_part

    def points(labels: Labels, size: Size) -> Tensor:
        from poise_heads.centroids import centroids

        instances, anchors = _tensor(labels.points), labels.anchors
        if anchors is None and named is not None:
            anchors = instances[:, :, _index_of_anchor(labels, named, parts)]
        return inside(centroids(instances, anchors)[:, :, None], size)

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
            what = f"must be less than the number of classes, {len(names)}, got {largest}"
            raise LabelsError(
                [Fault(f"{what}; the classes are {join_names(names)}", "labels.classes")]
            )
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
    """The names of the labels' parts: their own, else the model's."""
    if labels.parts is not None:
        return labels.parts
    count = labels.points.shape[2]
    if count != len(parts):
        what = f"must have {len(parts)} parts ({join_names(parts)}), got {count}"
        hint = "name them with Labels(parts=…)"
        raise LabelsError([Fault(f"{what}; {hint}", "labels.points")])
    return parts


def _picker(names: Names, parts: Names, field: str) -> Callable[[Labels, Tensor], Tensor]:
    """Parts ``(N, I, len(names), 2)`` of points in the labels' order.

    A part that is not labeled is refused; in edition sleap-1.4 it is invisible.
    """
    accepted = means_sleap(UNKNOWN_NAMES_ACCEPTED)

    def pick(labels: Labels, points: Tensor) -> Tensor:
        from keras import ops

        order = tuple(_order(labels, parts))
        columns = {name: column for column, name in reversed([*enumerate(order)])}
        missing = [name for name in names if name not in columns]
        if missing and not accepted:
            hint = suggestions(map(str, order), noun="labeled")
            raise LabelsError(
                Fault(f"no part {name!r}, which {field} names{hint(name)}", "labels.parts")
                for name in dict.fromkeys(missing)
            )
        if missing:
            _warn_of_unlabeled(missing, order, field)
        if tuple(names) == order:
            return points
        indices = [columns.get(name, 0) for name in names]
        picked = ops.take(points, np.array(indices, dtype="int32"), axis=2)
        if not missing:
            return picked
        labeled = np.array([name in columns for name in names])
        return ops.where(labeled[:, None], picked, float("nan"))

    return pick


def _warn_of_unlabeled(missing: Names, order: Names, field: str) -> None:
    labeled = join_names(map(str, order))
    what = f"{field} names {join_names(map(repr, missing))}, and labeled are {labeled}"
    warnings.warn(f"{what}: the targets have none of it, as in SLEAP 1.4", stacklevel=4)


def _index_of_anchor(labels: Labels, anchor: str, parts: Names | None) -> int:
    order = parts if labels.parts is None else labels.parts
    if order is None:
        what = f"must name the parts, since anchor_part is {anchor!r}, got None"
        hint = "name them with Labels(parts=…), or give Labels(anchors=…)"
        raise LabelsError([Fault(f"{what}; {hint}", "labels.parts")])
    order = _order(labels, order)
    if anchor not in order:
        close = suggestion(anchor, map(str, order), noun="labeled")
        what = f"no part {anchor!r}, which is anchor_part; {close}"
        raise LabelsError([Fault(what, "labels.parts")])
    return list(order).index(anchor)

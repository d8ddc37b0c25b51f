"""Where animals are: the point that stands for a whole instance."""

from __future__ import annotations

from keras import ops

from poise_heads.maps.grid import Array, reduced, visible


def midpoints(points: Array) -> Array:
    """The middle of each instance's bounding box.

    Args:
        points: ``(N, I, P, 2)``, x then y in pixels; NaN for what is not visible.

    Returns:
        ``(N, I, 2)``; NaN for an instance of which nothing is visible.
    """
    points = ops.convert_to_tensor(points, dtype="float32")
    seen = visible(points)[..., None]
    low = reduced(ops.min, ops.where(seen, points, float("inf")), axis=-2)
    high = reduced(ops.max, ops.where(seen, points, float("-inf")), axis=-2)
    any_seen = ops.any(seen, axis=-2)
    return ops.where(any_seen, low * 0.5 + high * 0.5, float("nan"))


def centroids(points: Array, anchors: Array | None = None) -> Array:
    """Each instance's anchor; where it is not visible, the middle of its bounding box.

    Args:
        points: ``(N, I, P, 2)``, x then y in pixels; NaN for what is not visible.
        anchors: ``(N, I, 2)``, or ``None`` for the middle of every bounding box. Coordinate
            by coordinate, NaN is replaced.

    Returns:
        ``(N, I, 2)``.
    """
    middle = midpoints(points)
    if anchors is None:
        return middle
    anchors = ops.convert_to_tensor(anchors, dtype="float32")
    return ops.where(ops.isfinite(anchors), anchors, middle)

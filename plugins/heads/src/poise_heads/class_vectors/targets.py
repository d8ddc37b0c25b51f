"""Targets of class vectors: the class of the animal in a crop."""

from __future__ import annotations

from keras import ops

from poise_heads.maps.grid import Array


def class_vectors(classes: Array, count: int) -> Array:
    """1 for the class, 0 for all others.

    Args:
        classes: indices ``(…)``; below 0 for none.
        count: the number of classes.

    Returns:
        ``(…, count)``, float32; all 0 where there is no class, which costs nothing in
        categorical cross-entropy.
    """
    indices = ops.cast(ops.convert_to_tensor(classes), "int32")
    return ops.cast(indices[..., None] == ops.arange(count, dtype="int32"), "float32")

"""Check the arrays of a tracker's state: a file may hold anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def checked(
    arrays: Mapping[str, Array], name: str, dtype: type, shape: tuple[int | None, ...]
) -> Array:
    """An array of a state. It cannot be changed; those that a tracker changes are copied.

    Args:
        arrays: of the state, by name.
        name: which.
        dtype: the type that it must have.
        shape: the shape that it must have; ``None`` for any length.

    Raises:
        ValueError: there is no such array.
    """
    array = arrays.get(name)
    if (
        array is None
        or array.dtype != dtype
        or len(array.shape) != len(shape)
        or any(size not in (None, has) for size, has in zip(shape, array.shape, strict=True))
    ):
        got = "none" if array is None else f"{array.dtype} of shape {array.shape}"
        raise ValueError(f"{name} must be {np.dtype(dtype)} of shape {shape}, got {got}")
    return array

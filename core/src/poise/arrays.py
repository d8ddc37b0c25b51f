"""Arrays from files and from users, as every backend takes them."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

SIZES = {"f": (2, 4, 8), "i": (1, 2, 4, 8), "u": (1,), "b": (1,)}
"""Kind of number → how many bytes it may have, so that every backend has such a type."""

NO_NUMBERS = "OSUMmc"
"""Kinds of arrays of objects, texts, times and complex numbers. bfloat16 is of none of them."""


def native(value: Any) -> Any:
    """The same numbers in this machine's byte order and in a type that every backend has.

    Numbers in an array of objects become floats, and ``None`` among them NaN; integers stay
    integers. A masked number becomes NaN.

    Args:
        value: a NumPy array. Anything else, and an array of anything but numbers, is returned
            as it is, for the caller to refuse.
    """
    if not isinstance(value, np.ndarray):
        return value
    if isinstance(value, np.ma.MaskedArray):
        value = _without_mask(value)
    if value.dtype.kind == "O":
        value = _of_objects(value)
    kind = value.dtype.kind
    if kind not in SIZES:
        return value
    if value.dtype.itemsize in SIZES[kind]:
        value = value.astype(value.dtype.newbyteorder("="), copy=False)
    else:
        value = value.astype("float64" if kind == "f" else "int64")
    # PyTorch refuses arrays that run backwards, as after a flip.
    return value.copy() if any(stride < 0 for stride in value.strides) else value


def _without_mask(value: Any) -> Any:
    if not np.ma.is_masked(value):
        return value.data
    return value.astype("float64").filled(np.nan) if value.dtype.kind in SIZES else value


def _of_objects(value: Any) -> Any:
    items = value.ravel().tolist()
    if all(isinstance(item, Integral) and not isinstance(item, bool) for item in items):
        return value.astype("int64") if items else value.astype("float64")
    if all(
        item is None or (isinstance(item, Real) and not isinstance(item, bool)) for item in items
    ):
        return value.astype("float64")
    return value

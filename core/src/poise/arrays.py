"""Arrays from files and from users, as every backend takes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise.scalars import plain

SIZES = {"f": (2, 4, 8), "i": (1, 2, 4, 8), "u": (1,), "b": (1,)}
"""Kind of number → how many bytes it may have, so that every backend has such a type."""

NO_NUMBERS = "OSUMmc"
"""Kinds of arrays of objects, texts, times and complex numbers. bfloat16 is of none of them."""


def readable(tensor: Any) -> Any:
    """A tensor's own memory as an array of NumPy that may be read, but not written to.

    Args:
        tensor: of any backend. A tensor whose memory NumPy cannot read, such as one of bfloat16
            or of PyTorch, is returned as it is, and so is anything but a tensor.
    """
    if isinstance(tensor, np.ndarray | np.generic) or not hasattr(tensor, "shape"):
        return tensor
    try:
        return np.asarray(memoryview(tensor))
    except (TypeError, ValueError, BufferError):
        return tensor


def on_host(value: Any) -> Any:
    """A tensor of the backend as an array of NumPy, copied only where necessary.

    Args:
        value: a tensor. An array of NumPy, and anything without a shape, is returned as it is.
    """
    value = readable(value)
    if isinstance(value, np.ndarray | np.generic) or not hasattr(value, "shape"):
        return value
    import keras

    return keras.ops.convert_to_numpy(value)


def native(value: Any) -> Any:
    """The same numbers in this machine's byte order and in a type that every backend has.

    Numbers in an array of objects become floats, and ``None`` among them NaN; integers stay
    integers, but become floats if int64 cannot hold all of them. A masked number becomes NaN.

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
        value = value.astype("float64" if kind == "f" or _exceeds_int64(value) else "int64")
    # PyTorch refuses arrays that run backwards, as after a flip.
    return value.copy() if any(stride < 0 for stride in value.strides) else value


def _exceeds_int64(value: Any) -> bool:
    return bool(value.size) and int(value.max()) > np.iinfo("int64").max


def _without_mask(value: Any) -> Any:
    if not np.ma.is_masked(value):
        return value.data
    if value.dtype.kind == "O":  # filling objects would put a text into some of them
        return np.where(np.ma.getmaskarray(value), None, value.data)
    return value.astype("float64").filled(np.nan) if value.dtype.kind in SIZES else value


def _of_objects(value: Any) -> Any:
    items = value.ravel().tolist()
    kinds = {type(plain(item)) for item in items}
    if not kinds <= {int, float, type(None)}:
        return value
    for dtype in ("int64", "float64") if kinds == {int} else ("float64",):
        try:
            return value.astype(dtype)
        except OverflowError:  # the next type is larger
            continue
    return value

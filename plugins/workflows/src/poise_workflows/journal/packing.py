"""JSON and arrays as bytes: what the records of a journal contain.

The length of a JSON text, the text, then the bytes of each array. The text names the arrays in
their order, with type and shape. Nothing in it can run code.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_LENGTH = struct.Struct("<Q")
_ARRAYS = "arrays"


def pack(facts: Mapping[str, Any], arrays: Mapping[str, Array] | None = None) -> bytes:
    """Bytes of ``facts`` and ``arrays``; ``unpack`` is the inverse.

    Args:
        facts: what JSON can express; NaN and infinite numbers included.
        arrays: arrays of numbers, of any shape. They are written in little-endian byte order.
    """
    parts = {name: _little(array) for name, array in (arrays or {}).items()}
    table = [[name, part.dtype.str, list(part.shape)] for name, part in parts.items()]
    text = json.dumps({**facts, _ARRAYS: table}, separators=(",", ":")).encode()
    return b"".join((_LENGTH.pack(len(text)), text, *(part.tobytes() for part in parts.values())))


def unpack(content: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """Facts and arrays that ``pack`` made bytes of. The arrays cannot be changed.

    Raises:
        ValueError: the bytes do not come from ``pack``.
    """
    try:
        (length,) = _LENGTH.unpack_from(content)
        start = _LENGTH.size + length
        facts = json.loads(content[_LENGTH.size : start])
        arrays = {}
        for name, dtype, shape in facts.pop(_ARRAYS):
            array = np.frombuffer(content, dtype, int(np.prod(shape, dtype=int)), start)
            arrays[name] = array.reshape(shape)
            start += array.nbytes
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not the content of a record: {error}") from None
    return facts, arrays


def _little(array: Array) -> Array:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).reshape(array.shape)

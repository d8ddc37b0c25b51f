"""Write the weights of a model where the disk has room for them."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poise.writing.room import reserve

if TYPE_CHECKING:
    import keras

# HDF5 keeps each array in a group of its own; these are about twice what it needs.
_BYTES_OF_FILE = 100_000
_BYTES_OF_ENTRY = 2_000


def write_weights(model: keras.Model, path: Path) -> None:
    """Write a weights file. HDF5 crashes where a file cannot grow, so Poise asks for room first.

    Raises:
        OSError: there is no room.
    """
    reserve(path, bytes_of(model))
    model.save_weights(path)


def bytes_of(model: keras.Model) -> int:
    """Bytes that the weights of a model take in a file, at most."""
    variables = [*model.variables, *getattr(getattr(model, "optimizer", None), "variables", ())]
    arrays = sum(_width(variable) * math.prod(variable.shape) for variable in variables)
    return int(arrays) + _BYTES_OF_FILE + _BYTES_OF_ENTRY * (len(variables) + len(model.layers))


def _width(variable: Any) -> int:
    """Bytes of a number, from the name of its type: float32, bfloat16, bool."""
    bits = re.search(r"\d+$", str(variable.dtype))
    return -(-int(bits[0]) // 8) if bits else 8

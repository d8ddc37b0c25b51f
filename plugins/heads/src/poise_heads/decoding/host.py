"""Predictions on the host: NumPy arrays from any backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from poise_heads.confmaps.peaks import Floats


def on_host(predictions: Mapping[str, Any], name: str) -> Floats:
    """An output as a NumPy array of float32, copied only where necessary.

    Args:
        predictions: outputs by name.
        name: of the output.
    """
    array = predictions[name]
    if not isinstance(array, np.ndarray):
        import keras

        array = keras.ops.convert_to_numpy(array)
    # Half precision is enough to predict with, but not for coordinates.
    return np.asarray(array, dtype=np.float32)

"""Predictions on the host: NumPy arrays from any backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from poise import arrays
from poise_heads.confmaps.peaks import Floats


def on_host(predictions: Mapping[str, Any], name: str) -> Floats:
    """An output as a NumPy array of float32, copied only where necessary.

    Args:
        predictions: outputs by name.
        name: of the output.
    """
    # Half precision is enough to predict with, but not for coordinates.
    return np.asarray(arrays.on_host(predictions[name]), dtype=np.float32)

"""For which frames SLEAP trained a model: the shape of its network in ``best_model.h5``."""

from __future__ import annotations

from typing import Any

from poise import Reading
from poise.errors import PoiseError
from poise.weights.stored_texts import text
from poise.wire.text import read_json
from poise_workflows.results.hdf5 import open_hdf5

SHAPES = "batch_input_shape", "batch_shape"
"""Names of the shape of an input: those of Keras 2 and of Keras 3."""

DAMAGED = (OSError, RuntimeError, LookupError, TypeError, ValueError, PoiseError)
"""What h5py and a configuration of another form raise."""


def frames_of(reading: Reading) -> tuple[int, int] | None:
    """Height and width of the frames, in pixels, before ``input_scaling``.

    SLEAP exported a graph for frames of the shape of the network, divided by the scaling.

    Args:
        reading: what Poise read of a model of whole frames.

    Returns:
        The size; ``None`` if neither the weights file nor the job has it.
    """
    shape = _shape(reading)
    if shape is not None:
        height, width = (round(side / reading.input_scaling) for side in shape)
        return height, width
    target = reading.preprocessing.target_height, reading.preprocessing.target_width
    return None if None in target else target  # type: ignore[return-value]


def _shape(reading: Reading) -> tuple[int, int] | None:
    """The shape of the input of the network; ``None`` where no file has one."""
    if reading.weights is None:
        return None
    try:
        with open_hdf5(reading.weights) as opened:
            config = read_json(text(opened, "model_config") or "")
        return next(filter(None, map(_sides, config["config"]["layers"])), None)
    except DAMAGED:
        return None


def _sides(layer: Any) -> tuple[int, int] | None:
    if layer["class_name"] != "InputLayer":
        return None
    shapes = [layer["config"][name] for name in SHAPES if name in layer["config"]]
    _, height, width, _ = shapes[0]
    is_fixed = all(type(side) is int and side > 0 for side in (height, width))
    return (height, width) if is_fixed else None

"""The parts and outputs of a built model, as tables. Imports Keras."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from poise.building.record import record_of
from poise.cli import _output
from poise.inspection.graph import calls, shapes
from poise.inspection.parts import part_of


def print_summary(model: Any) -> None:
    """Print a table of parts, and one of outputs."""
    _output.say()
    _output.table(
        ["PART", "LAYERS", "WITH WEIGHTS", "STRIDE", "PARAMETERS"],
        _as_text(part_rows(model)),
        "  ",
        drop=["WITH WEIGHTS", "LAYERS"],
        elsewhere="--json has them",
    )
    _output.say()
    _output.table(
        ["OUTPUT", "LAYER", "SHAPE", "STRIDE", "CHANNELS", "LOSS", "WEIGHT"],
        _as_text(output_rows(model)),
        "  ",
        drop=["CHANNELS", "WEIGHT", "LOSS", "LAYER"],
        elsewhere="--json has them",
    )


def _as_text(rows: Iterable[Iterable[Any]]) -> list[list[str]]:
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: Any) -> str:
    if isinstance(value, list):  # of sizes
        return " × ".join("any" if size is None else str(size) for size in value)
    if isinstance(value, float):
        return f"{value:g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def part_rows(model: Any) -> list[list[Any]]:
    """For each part and for all: layers, those with weights, strides, parameters."""
    record = record_of(model)
    assert record is not None
    heads = {output.layer_name: output.stride for output in record.resolution.outputs}
    strides = _strides(model, record.resolution.max_stride)
    parts: dict[str, list[Any]] = {}
    for layer in model.layers:
        parts.setdefault(part_of(layer.name, heads), []).append(layer)
    rows = []
    for part, layers in parts.items():
        own = [strides[layer.name] for layer in layers if strides[layer.name]]
        # Not from its shape, which is smaller for a map cropped to an image of odd size.
        own = [heads[part]] if part in heads else own
        # From the first layer to the last: an encoder 1 → 16, a decoder 8 → 1.
        span = "" if not own else str(own[0]) if own[0] == own[-1] else f"{own[0]} → {own[-1]}"
        parameters = sum(layer.count_params() for layer in layers)
        weighted = sum(1 for layer in layers if layer.weights)
        rows.append([part, len(layers), weighted, span, parameters])
    total, weighted = len(model.layers), sum(1 for layer in model.layers if layer.weights)
    rows.append(["all", total, weighted, "", model.count_params()])
    return rows


def _strides(model: Any, multiple: int) -> dict[str, int]:
    """Layer name → input pixels per cell; 0 if the output is not a map."""
    height, width, channels = model.inputs[0].shape[1:]
    tensors = {call.name: call.outputs[0] for call in calls(model)}
    of_tensors = {id(tensor): tensor.shape for tensor in tensors.values()}
    if height is None:
        # Any size shows how maps shrink; nothing is computed.
        height = 4 * multiple
        of_tensors = shapes(model, (height, width or height, channels))
    padded = -(-height // multiple) * multiple
    seen = {name: of_tensors[id(tensor)] for name, tensor in tensors.items()}
    return {
        name: max(padded // shape[1], 1) if len(shape) == 4 else 0 for name, shape in seen.items()
    }


def output_rows(model: Any) -> list[list[Any]]:
    """For each output: name, layer, shape, stride, channels, loss and its weight."""
    record = record_of(model)
    assert record is not None
    rows = []
    for output in record.resolution.outputs:
        for name, tensor in model.output.items():
            suffix = name.removeprefix(output.name)
            if not name.startswith(output.name) or not re.fullmatch(r"(_\d+)?", suffix):
                continue
            rows.append(
                [
                    name,
                    f"{output.layer_name}{suffix}",
                    list(tensor.shape[1:]),
                    output.stride,
                    output.channels,
                    output.loss,
                    float(output.loss_weight),
                ]
            )
    return rows

"""Facts that need a built network: where its parameters are, and at which strides."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from poise import registry
from poise.errors import PoiseError
from poise.inspection.graph import calls
from poise.registry.discovery import BACKBONE, ENCODER, Kind
from poise.specs import EncoderSpec
from poise.wire.structure import unstructure
from poise.writing.whole_files import write_text

MEASURED = (BACKBONE, ENCODER)
"""The kinds that are networks; a head consists of outputs."""

SMALLEST_SIDE = 256


@attrs.frozen(kw_only=True)
class Segment:
    """A run of layers of one stride.

    Attributes:
        stride: input pixels per cell.
        channels: channels of its last layer.
        layers: number of layers with weights.
        parameters: number of parameters of these layers.
        sources: indices of the segments whose features it uses; empty for the image.
        offered: whether heads can be attached to its features.
    """

    stride: int
    channels: int
    layers: int
    parameters: int
    sources: tuple[int, ...] = ()
    offered: bool = False


@attrs.frozen(kw_only=True)
class Facts:
    """A network.

    Attributes:
        configuration: the built configuration, as plain data; ``None`` for an encoder.
        parameters: number of parameters, for images of ``channels`` channels.
        channels: channels of the images.
        stacks: number of stacks.
        segments: the segments in the order of computation; the image first.
    """

    configuration: dict[str, Any] | None
    parameters: int
    channels: int
    stacks: int
    segments: tuple[Segment, ...]


def measure(kind: Kind, key: str) -> Facts:
    """Build the network of a key: its default configuration, or its first example."""
    import keras

    from poise.blocks.initial_weights import drawn_by_numpy

    spec: Any = registry.default().spec(kind, key)
    encoder = isinstance(spec, EncoderSpec)
    config = None if encoder else default_of(spec)
    multiple = spec.max_stride if encoder else spec.max_stride(config)
    minimum = spec.minimum_size if encoder else (spec.minimum_size or (lambda _: 1))(config)
    side = multiple * -(-max(SMALLEST_SIDE, 4 * multiple, minimum) // multiple)
    channels = 3 if encoder else 1
    image = keras.Input((side, side, channels), name="input")
    with drawn_by_numpy():
        stacks = [spec.build(image)] if encoder else spec.build(config, image)
    offered = [tensor for stack in stacks for tensor in stack.values()]
    model = keras.Model(image, offered)
    facts = Facts(
        configuration=None if encoder else unstructure(config),
        parameters=model.count_params(),
        channels=channels,
        stacks=len(stacks),
        segments=tuple(_segments(model, side, {id(tensor) for tensor in offered})),
    )
    keras.utils.clear_session(free_memory=True)  # hundreds of megabytes of weights
    return facts


def default_of(spec: Any) -> Any:
    """The default configuration of a backbone or head, or the first of its examples."""
    try:
        return spec.config()
    except (PoiseError, TypeError):  # a field without a default
        if not spec.examples:
            raise
        return next(iter(spec.examples.values()))


def _segments(model: Any, side: int, offered: set[int]) -> Iterator[Segment]:
    """Group layers: each joins the latest segment of its stride whose features it uses."""
    import keras

    home: dict[int, int] = {}  # id of a tensor → index of its segment
    segments: list[dict[str, Any]] = []
    counted = set()
    for call in calls(model):
        operation, outputs = call.operation, call.outputs
        if isinstance(operation, keras.layers.InputLayer):
            home[id(outputs[0])] = 0
            channels = outputs[0].shape[-1]
            segments.append(_new(1, channels, ()))
            continue
        sources = [home[id(tensor)] for tensor in call.inputs]
        shape = outputs[0].shape
        vector = len(shape) != 4 or shape[1] == 1 < segments[max(sources)]["side"] / 4
        stride = segments[max(sources)]["stride"] if vector else _nearest_power(side / shape[1])
        same = [source for source in sources if source and segments[source]["stride"] == stride]
        # Two branches from one segment to the same stride are one run, as in a block with a
        # shortcut.
        beside = [
            index
            for index, earlier in enumerate(segments)
            if index and earlier["stride"] == stride and earlier["origin"] == set(sources)
        ]
        index = max(same or beside or [len(segments)])
        if index == len(segments):
            segments.append(_new(stride, shape[-1], sources))
        segment = segments[index]
        segment["sources"] |= {source for source in sources if source != index}
        if getattr(operation, "weights", ()) and operation.name not in counted:
            counted.add(operation.name)  # count shared layers once
            segment["layers"] += 1
            segment["parameters"] += operation.count_params()
        if not vector:
            segment["channels"], segment["side"] = shape[-1], shape[1]
        segment["offered"] |= any(id(tensor) in offered for tensor in outputs)
        home.update((id(tensor), index) for tensor in outputs)
    for segment in segments:
        del segment["side"], segment["origin"]
        yield Segment(**{**segment, "sources": tuple(sorted(segment["sources"]))})


def _new(stride: int, channels: int, sources: Iterable[int]) -> dict[str, Any]:
    return {
        "stride": stride,
        "channels": channels,
        "layers": 0,
        "parameters": 0,
        "sources": set(sources),
        "origin": set(sources),
        "offered": False,
        "side": SMALLEST_SIDE // stride,
    }


def _nearest_power(ratio: float) -> int:
    # Padding makes maps a little larger, valid convolutions a little smaller.
    return min((1 << power for power in range(12)), key=lambda stride: abs(stride - ratio))


def write(path: Path, facts: Mapping[str, Facts]) -> None:
    """Write facts, one line for each key, for readable diffs."""
    lines = [
        f'"{name}": {json.dumps(unstructure(network))}' for name, network in sorted(facts.items())
    ]
    write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")


def read(path: Path) -> dict[str, Facts]:
    """Read what ``write`` wrote.

    Raises:
        PoiseError: the file does not hold facts.
        OSError: the file cannot be read.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {name: _facts(network) for name, network in data.items()}
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise PoiseError(
            f"{path} must be a file of facts, got other data: {error}\n"
            f"  fix: python -m poise.sphinx {path}"
        ) from None


def _facts(data: dict[str, Any]) -> Facts:
    segments = tuple(
        Segment(**{**segment, "sources": tuple(segment["sources"])})
        for segment in data.pop("segments")
    )
    return Facts(**data, segments=segments)


__all__ = ["MEASURED", "Facts", "Segment", "default_of", "measure", "read", "write"]

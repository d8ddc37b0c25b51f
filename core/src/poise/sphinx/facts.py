"""What only a built network tells: where its parameters sit, and at which strides."""

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

MEASURED = (BACKBONE, ENCODER)
"""The kinds that are networks of their own; a head is made of outputs."""

SMALLEST_SIDE = 256


@attrs.frozen(kw_only=True)
class Segment:
    """A run of layers of one stride.

    Attributes:
        stride: input pixels per cell.
        channels: of its last layer.
        layers: how many layers with weights it has.
        parameters: of these.
        sources: indices of the segments that it gets features from; empty for the image.
        offered: whether heads can sit on its features.
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
        configuration: what was built, as plain data; ``None`` for an encoder.
        parameters: of all layers, for images of ``channels`` channels.
        channels: of the images.
        stacks: how many there are.
        segments: in the order of computation; the image first.
    """

    configuration: dict[str, Any] | None
    parameters: int
    channels: int
    stacks: int
    segments: tuple[Segment, ...]


def measure(kind: Kind, key: str) -> Facts:
    """Build the network of a key: its default configuration, or its first example."""
    import keras

    spec: Any = registry.default().spec(kind, key)
    encoder = isinstance(spec, EncoderSpec)
    config = None if encoder else default_of(spec)
    multiple = spec.max_stride if encoder else spec.max_stride(config)
    minimum = spec.minimum_size if encoder else (spec.minimum_size or (lambda _: 1))(config)
    side = multiple * -(-max(SMALLEST_SIDE, 4 * multiple, minimum) // multiple)
    channels = 3 if encoder else 1
    image = keras.Input((side, side, channels), name="input")
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
    """Group layers: one joins the latest segment of its own stride that it gets features of."""
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
        # Two branches that leave one segment for the same stride are one run, as in a block
        # that also has a shortcut.
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
            counted.add(operation.name)  # shared layers once
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
    # Padding inside of a network makes maps a little larger, valid convolutions smaller.
    return min((1 << power for power in range(12)), key=lambda stride: abs(stride - ratio))


def write(path: Path, facts: Mapping[str, Facts]) -> None:
    """Write facts, a key a line, so that a change shows what changed."""
    lines = [
        f'"{name}": {json.dumps(unstructure(network))}' for name, network in sorted(facts.items())
    ]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def read(path: Path) -> dict[str, Facts]:
    """Read what ``write`` wrote.

    Raises:
        PoiseError: it is no such file.
        OSError: it cannot be read.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {name: _facts(network) for name, network in data.items()}
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise PoiseError(
            f"{path} is no file of facts: {error}\n  fix: python -m poise.sphinx {path}"
        ) from None


def _facts(data: dict[str, Any]) -> Facts:
    segments = tuple(
        Segment(**{**segment, "sources": tuple(segment["sources"])})
        for segment in data.pop("segments")
    )
    return Facts(**data, segments=segments)


__all__ = ["MEASURED", "Facts", "Segment", "default_of", "measure", "read", "write"]

"""A network in blocks: runs of layers of one part and one stride, with what they use.

Hundreds of layers make dozens of blocks, few enough to be read and to be drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from poise.inspection.costs import Inspection, LayerCost, Pixels, outputs_of
from poise.inspection.graph import Call, calls, is_generated, shapes
from poise.inspection.parts import part_of


@attrs.frozen(kw_only=True)
class Block:
    """A run of layers of one part and one stride, with its costs for one image.

    Attributes:
        name: of the part, as ``stack0 enc``; of an output, the output's name.
        stride: input pixels per cell of its maps.
        layers: names of its layers and operations, in order of computation. Each is in one
            block: that of its first call.
        with_weights: how many of them have weights.
        shape: of what its last layer returns, without the axis of images.
        parameters: numbers in its weights.
        operations: FLOPs.
        bytes: memory of its outputs.
        receptive_field: height and width of the pixels that a cell of it depends on, in pixels;
            ``None`` for the whole image.
        sources: indices of the blocks whose features it uses; empty for the image.
        outputs: names of the outputs of the model that it computes.
    """

    name: str
    stride: int
    layers: tuple[str, ...]
    with_weights: int
    shape: tuple[int, ...]
    parameters: int
    operations: int
    bytes: int
    receptive_field: Pixels | None
    sources: tuple[int, ...] = ()
    outputs: tuple[str, ...] = ()


@attrs.define
class _Run:
    """A block in the making."""

    index: int
    stride: int
    origin: frozenset[int]
    shape: tuple[int, ...]
    part: str = ""
    kind: str = ""
    layers: list[LayerCost] = attrs.field(factory=list)
    sources: set[int] = attrs.field(factory=set)
    outputs: list[str] = attrs.field(factory=list)

    def takes(self, part: str) -> bool:
        """Whether layers of a part may join; those without a part may join any."""
        return not self.outputs and bool(self.origin) and (not part or self.part in ("", part))

    def block(self) -> Block:
        """With its costs summed up."""
        return Block(
            name=self.part or self.kind,
            stride=self.stride,
            layers=tuple(layer.name for layer in self.layers),
            with_weights=sum(layer.parameters > 0 for layer in self.layers),
            shape=self.shape,
            parameters=sum(layer.parameters for layer in self.layers),
            operations=sum(layer.operations for layer in self.layers),
            bytes=sum(layer.bytes for layer in self.layers),
            receptive_field=_largest([layer.receptive_field for layer in self.layers]),
            sources=tuple(sorted(self.sources)),
            outputs=tuple(self.outputs),
        )


def blocks(model: Any, inspection: Inspection) -> tuple[Block, ...]:
    """The blocks of a model, the image first, in the order of computation.

    Args:
        model: the model that was inspected.
        inspection: what ``poise.inspect`` returned.
    """
    model_calls = calls(model)
    height, width = inspection.image
    grouping = _Grouping(
        of_tensors=shapes(model, (height, width, model.inputs[0].shape[3])),
        costs={layer.name: layer for layer in inspection.layers},
        outputs=_output_calls(model, model_calls),
        height=height,
    )
    for call in model_calls:
        grouping.add(call)
    return tuple(run.block() for run in grouping.runs)


@attrs.define
class _Grouping:
    of_tensors: Mapping[int, tuple[int, ...]]
    costs: dict[str, LayerCost]
    outputs: Mapping[int, list[str]]
    height: int
    runs: list[_Run] = attrs.field(factory=list)
    home: dict[int, int] = attrs.field(factory=dict)

    def add(self, call: Call) -> None:
        """Put a call in the run whose features it uses, or begin another run."""
        sources = sorted({self.home[id(tensor)] for tensor in call.inputs})
        shape = self.of_tensors[id(call.outputs[0])][1:]
        stride = self._stride(shape, sources)
        names = self.outputs.get(id(call.outputs[0]), [])
        part = ", ".join(names) or _part(call)
        run = self._run(sources, stride, part, is_output=bool(names))
        run.shape, run.part, run.kind = shape, run.part or part, run.kind or call.kind
        run.sources |= {source for source in sources if source != run.index}
        run.outputs += [name for name in names if name not in run.outputs]
        cost = self.costs.pop(call.name, None)
        if cost is not None:  # the first call of its layer
            run.layers.append(cost)
        self.home.update((id(tensor), run.index) for tensor in call.outputs)

    def _run(self, sources: Sequence[int], stride: int, part: str, *, is_output: bool) -> _Run:
        alike = [run for run in self.runs if run.stride == stride and run.takes(part)]
        used = [run for run in alike if run.index in sources]
        # Two branches from one run to the same stride are one run, as a block with a shortcut.
        beside = [run for run in alike if sources and run.origin == frozenset(sources)]
        if is_output:
            used = beside = [run for run in self.runs if run.part == part and run.outputs]
        if used or beside:
            return (used or beside)[-1]
        run = _Run(len(self.runs), stride, frozenset(sources), ())
        if not sources:
            run.part = "image"
        self.runs.append(run)
        return run

    def _stride(self, shape: Sequence[int], sources: Iterable[int]) -> int:
        before = max((self.runs[source].stride for source in sources), default=1)
        is_map = len(shape) == 3 and not shape[0] == 1 < self.height / before / 2
        return nearest_power(self.height / shape[0]) if is_map else before


def nearest_power(ratio: float) -> int:
    """The power of two that a ratio is closest to, from 1 to 2048."""
    # Padding makes maps a little larger, valid convolutions a little smaller.
    return min((1 << power for power in range(12)), key=lambda stride: abs(stride - ratio))


def _part(call: Call) -> str:
    """The part of a layer that a person named; empty for one without weights."""
    has_name = bool(getattr(call.operation, "weights", ())) and not is_generated(call)
    return part_of(call.name) if has_name else ""


def _output_calls(model: Any, model_calls: Sequence[Call]) -> dict[int, list[str]]:
    """The ``id`` of each tensor on the way to an output, from its last weights → the outputs."""
    producers = {id(tensor): call for call in model_calls for tensor in call.outputs}
    result: dict[int, list[str]] = {}
    for name, tensor in outputs_of(model).items():
        while True:
            result.setdefault(id(tensor), []).append(name)
            call = producers[id(tensor)]
            if getattr(call.operation, "weights", ()) or len(call.inputs) != 1:
                break
            (tensor,) = call.inputs
    return result


def _largest(fields: Sequence[Pixels | None]) -> Pixels | None:
    if not fields or None in fields:
        return None
    return max((field for field in fields if field), key=lambda field: field[0] * field[1])

"""What ``poise inspect`` writes of a network for people."""

from __future__ import annotations

import attrs

from poise.cli.commands import heading, rows, say, table
from poise.inspection.blocks import Block
from poise.inspection.costs import LayerCost, Pixels
from poise.inspection.memory import ActivationMemory
from poise.messages import counted, figure
from poise_workflows.inspecting.networks import NetworkFacts

LONGEST = 18
"""Characters of the name of a block, at most."""


def say_network(facts: NetworkFacts, *, layers: bool) -> None:
    """Write the facts, then a table of blocks, or of layers."""
    heading(f"{facts.source}: {facts.backbone} with {facts.head}, edition {facts.edition}")
    rows(_facts(facts), "  ")
    say()
    _say_memory(facts)
    say()
    if layers:
        _say_layers(facts)
    else:
        _say_blocks(facts.blocks, facts)


def _facts(facts: NetworkFacts) -> list[list[str]]:
    costs = facts.inspection
    frozen = costs.parameters - costs.trainable
    image = sizes(facts.image)
    result = [
        ["image", f"{image} ({facts.image_from})" if facts.image_from else image],
        ["parameters", f"{costs.parameters:,}" + (f", {frozen:,} not trained" if frozen else "")],
        ["FLOPs", f"{billions(costs.operations)} billion for an image"],
    ]
    for name, field in costs.receptive_fields.items():
        seen = "the whole image" if field is None else f"{sizes(field)} pixels"
        result.append(["receptive field", f"{seen} ({name})"])
    if facts.animals is not None:
        animals = facts.animals
        extent = f"up to {animals.median:.0f} pixels long, 95 % up to {animals.most:.0f}"
        result.append(["animals", f"{counted(animals.count, 'label')}; half {extent}"])
        result.append(["", facts.verdict])
    if costs.assumed:
        result.append(["unknown layers", ", ".join(costs.assumed)])
    result += [["note", note] for note in facts.notes]
    if facts.diagram is not None:
        result.append(["drawn in", str(facts.diagram)])
    return result


def _say_memory(facts: NetworkFacts) -> None:
    names = [field.name for field in attrs.fields(ActivationMemory)]
    memory = {"prediction": facts.prediction, "training": facts.training}
    table(
        [f"MIB, {counted(facts.batch_size, 'image').upper()}", *map(str.upper, names), "TOTAL"],
        [
            [name, *(_mebibytes(getattr(each, part)) for part in names), _mebibytes(each.total)]
            for name, each in memory.items()
        ],
        "  ",
        drop=["OPTIMIZER", "WEIGHTS"],
        elsewhere="--json has them",
    )


def _say_blocks(blocks: tuple[Block, ...], facts: NetworkFacts) -> None:
    cells = [
        [
            block.name if len(block.name) <= LONGEST else f"{block.name[: LONGEST - 1]}…",
            str(len(block.layers)),
            str(block.stride),
            sizes(block.shape),
            f"{block.parameters:,}",
            billions(block.operations),
            _field(block.receptive_field),
        ]
        for block in blocks
    ]
    costs = facts.inspection
    count = sum(len(block.layers) for block in blocks)
    total = ["all", str(count), "", "", f"{costs.parameters:,}", billions(costs.operations), ""]
    table(
        ["BLOCK", "LAYERS", "STRIDE", "OUTPUT", "PARAMETERS", "GFLOPS", "SEES"],
        [*cells, total],
        "  ",
        drop=["LAYERS", "STRIDE", "GFLOPS", "SEES"],
        elsewhere="--json has them",
    )


def _say_layers(facts: NetworkFacts) -> None:
    table(
        ["LAYER", "CLASS", "OUTPUT", "PARAMETERS", "GFLOPS", "SEES"],
        [_layer(layer) for layer in facts.inspection.layers],
        "  ",
        drop=["CLASS", "SEES", "GFLOPS"],
        prose="LAYER",
        elsewhere="--json has them",
    )


def _layer(layer: LayerCost) -> list[str]:
    return [
        layer.name,
        layer.kind,
        sizes(tuple(layer.shape)[1:]),
        f"{layer.parameters:,}" if layer.parameters else "",
        billions(layer.operations) if layer.operations else "",
        _field(layer.receptive_field),
    ]


def sizes(shape: tuple[int | None, ...]) -> str:
    """A shape as ``512 × 512 × 1``."""
    return " × ".join("any" if size is None else str(size) for size in shape)


def billions(count: int) -> str:
    """A number of operations in billions, with three digits that count."""
    if not count:
        return "0"
    return figure(count / 1e9) if count >= 1e6 else f"{count / 1e9:.1g}"


def _field(field: Pixels | None) -> str:
    if field is None:
        return "all"
    return str(field[0]) if field[0] == field[1] else sizes(field)


def _mebibytes(count: int) -> str:
    return figure(count / 2**20)

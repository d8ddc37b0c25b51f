"""What is said of a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from poise import Inspection
from poise.inspection.blocks import Block
from poise.inspection.memory import ActivationMemory
from poise_workflows.inspecting.animals import Animals


@attrs.frozen(kw_only=True)
class NetworkFacts:
    """What a network is, and what it costs.

    Attributes:
        source: what was named.
        read_from: the file that it was read from.
        backbone: the key of its backbone.
        head: the key of its head type.
        edition: the edition that it was built in.
        image: height and width in pixels, and channels of the image that it was inspected for.
        image_from: where that size comes from, in words; empty if it was asked for.
        batch_size: images of a batch, for the memory.
        inspection: parameters, FLOPs and receptive fields, also of each layer.
        blocks: the same in runs of layers of one part and one stride.
        animals: how large the animals of the labels are; ``None`` without labels.
        notes: what is assumed, a sentence each.
        diagram: where the network is drawn; ``None`` if it was not.
    """

    source: str
    read_from: Path
    backbone: str
    head: str
    edition: str
    image: tuple[int, int, int]
    image_from: str
    batch_size: int
    inspection: Inspection
    blocks: tuple[Block, ...] = attrs.field(repr=False)
    animals: Animals | None = None
    notes: tuple[str, ...] = ()
    diagram: Path | None = None

    @property
    def prediction(self) -> ActivationMemory:
        """The memory that prediction takes, for a batch."""
        return self.inspection.activation_memory(batch_size=self.batch_size)

    @property
    def training(self) -> ActivationMemory:
        """The memory that a step of training with Adam takes, for a batch."""
        return self.inspection.activation_memory(batch_size=self.batch_size, training=True)

    @property
    def verdict(self) -> str:
        """Whether the receptive field covers the animals, as a sentence; empty without labels."""
        if self.animals is None:
            return ""
        name, field = smallest_field(self.inspection)
        if field is None:
            return "the network sees the whole image, and with it every animal."
        seen = f"the receptive field of {name} ({field} pixels) covers"
        if self.animals.covered == 1:
            return f"{seen} every animal as a whole."
        share = f"{seen} {self.animals.covered:.0%} of the animals as a whole".replace("%", " %")
        if self.animals.most <= field:
            return f"{share}."
        return (
            f"{share}; {self.animals.most:.0f} pixels would cover 95 %. A larger max_stride widens "
            "it; a smaller input_scaling makes animals smaller."
        )

    def as_data(self) -> dict[str, Any]:
        """Plain data for programs."""
        inspection = self.inspection
        memory = {"prediction": self.prediction, "training": self.training}
        return {
            "source": self.source,
            "read_from": str(self.read_from),
            "backbone": self.backbone,
            "head": self.head,
            "edition": self.edition,
            "image": list(self.image),
            "image_from": self.image_from,
            "batch_size": self.batch_size,
            "parameters": inspection.parameters,
            "trainable": inspection.trainable,
            "operations": inspection.operations,
            "memory": {
                name: {**attrs.asdict(each), "total": each.total} for name, each in memory.items()
            },
            "receptive_fields": dict(inspection.receptive_fields),
            "animals": None if self.animals is None else attrs.asdict(self.animals),
            "verdict": self.verdict,
            "blocks": [attrs.asdict(block) for block in self.blocks],
            "layers": [attrs.asdict(layer) for layer in inspection.layers],
            "assumed": list(inspection.assumed),
            "notes": list(self.notes),
            "diagram": None if self.diagram is None else str(self.diagram),
        }


def smallest_field(inspection: Inspection) -> tuple[str, int | None]:
    """The output that sees least, and the shorter side of what it sees, in pixels.

    ``None`` if every output sees the whole image.
    """
    sides = {
        name: min(field) for name, field in inspection.receptive_fields.items() if field is not None
    }
    if not sides:
        return next(iter(inspection.receptive_fields)), None
    name = min(sides, key=lambda each: sides[each])
    return name, sides[name]

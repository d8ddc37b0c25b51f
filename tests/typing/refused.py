"""What type checkers refuse of Poise's public names. They read this file; nothing runs it.

Both checkers also report an ignored line without a fault.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

import poise
from poise import fields

poise.UNetConfig(max_strides=32)  # type: ignore[call-arg]
poise.UNetConfig(max_stride="32")  # type: ignore[arg-type]
poise.UNetConfig(32)  # type: ignore[call-arg]
poise.UNetConfig().max_stride = 32  # type: ignore[misc]
poise.UNetConfg()  # type: ignore[attr-defined]
poise.ModelConfig(edition="2025")  # type: ignore[arg-type]
poise.Skeleton(part=["head"])  # type: ignore[call-arg]
poise.backbones["unet"] = poise.backbones["leap"]  # type: ignore[index]
poise.heads["centroid"].max_stride  # type: ignore[attr-defined]  # noqa: B018
poise.build(poise.ModelConfig(), (192, 192))  # type: ignore[arg-type]
poise.read_sleap("models").skeleton.parts  # type: ignore[union-attr]  # noqa: B018
poise.BackboneSpec(key="mine", config=poise.UNetConfig)  # type: ignore[call-arg]
fields.power_of_two(1)  # type: ignore[call-arg]
poise.schema(3)  # type: ignore[arg-type]

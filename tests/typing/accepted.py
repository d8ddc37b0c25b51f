"""What type checkers know of Poise's public names. They read this file; nothing runs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, assert_type

import poise
from poise import fields
from poise.building.resolving import Resolution
from poise.fields import Domain, Rule
from poise.registry import Specs
from poise.skeleton import Skeleton as SkeletonItself

# Lazily imported names have the types of their modules.
assert_type(poise.Skeleton(["head", "tail"]), SkeletonItself)
assert_type(poise.__version__, str)

# The registry.
assert_type(poise.backbones, Specs[poise.BackboneSpec])
assert_type(poise.heads["centroid"], poise.HeadSpec)
assert_type(poise.encoders["resnet18"].max_stride, int)
assert_type(list(poise.backbones), list[str])
assert_type(poise.backbones["unet"].paper, str | None)
for key, spec in poise.backbones.items():
    assert_type((key, spec), tuple[str, poise.BackboneSpec])
own = poise.Registry(plugins=[])
assert_type(own.heads, Specs[poise.HeadSpec])

# Configurations.
unet = poise.UNetConfig(max_stride=32, stem_stride=None, filters_rate=1.5)
assert_type(unet.max_stride, int)
assert_type(unet.stem_stride, int | None)
assert_type(poise.ResNetConfig().upsampling, poise.UpsamplingConfig | None)
head = poise.MultiInstanceConfig()
assert_type(head.pafs.sigma, float)
config = poise.ModelConfig(backbone=unet, heads=head)
assert_type(config, poise.ModelConfig)
assert_type(config.backbone, poise.BackboneConfig)
assert_type(config.backbone.which_oneof_attrib_name(), str | None)
assert_type(config.base_checkpoint, str | None)
assert_type(poise.ModelConfig.load(Path("model.yaml")), poise.ModelConfig)
assert_type(config.to_json(), str)
assert_type(config.to_data(), dict[str, Any])
assert_type(poise.schema("unet", kind="backbone"), dict[str, Any])

# From a file to a model.
job = poise.read_sleap("models/flies")
assert_type(job, poise.SleapJob)
assert_type(job.skeleton, poise.Skeleton | None)
assert_type(job.classes, tuple[str, ...] | None)
assert_type(job.report, poise.MigrationReport)
assert_type(poise.resolve(config, job.skeleton, job.classes), Resolution)
model = poise.build(config, (192, None, 1), skeleton=job.skeleton, auto_pad=True)
assert_type(poise.load_weights(model, "best_model.h5", strict=False), poise.LoadReport)
assert_type(poise.save(model, "models/flies", config), Path)

# Errors carry their details.
try:
    poise.ModelConfig.from_json("{}")
except poise.ConfigError as error:
    assert_type(error.faults, tuple[poise.Fault, ...])
    assert_type(error.faults[0].path, str)


# Code of a plugin's author.
@poise.hookimpl
def poise_backbones() -> Iterable[poise.BackboneSpec]:
    """As in the README."""

    def build(config: poise.UNetConfig, image: Any) -> list[dict[int, Any]]:
        return [{1: image}]

    return [
        poise.BackboneSpec(
            key="mine",
            config=poise.UNetConfig,
            build=build,
            max_stride=lambda config: config.max_stride,
            examples={"small": unet},
        )
    ]


assert_type(list(poise_backbones()), list[poise.BackboneSpec])
assert_type(fields.integer(at_least=1), Domain)
assert_type(fields.at_most("max_stride"), Rule)


def outputs(
    config: poise.CentroidsHeadConfig,
    skeleton: poise.Skeleton | None,
    classes: Sequence[str] | None,
) -> tuple[poise.Output, ...]:
    """As the author of a head writes it."""
    return ()


assert_type(
    poise.HeadSpec(key="mine", config=poise.CentroidsHeadConfig, outputs=outputs).examples,
    Mapping[str, Any],
)

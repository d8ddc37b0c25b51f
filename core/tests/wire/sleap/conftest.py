"""A registry of made-up plugins, since the core has none of its own."""

from __future__ import annotations

import json
from types import SimpleNamespace

import attrs
import pytest

from poise import fields, registry
from poise.editions import Difference
from poise.hookspecs import hookimpl
from poise.specs import BackboneSpec, HeadSpec


@attrs.frozen(kw_only=True)
class NetConfig:
    max_stride: int = attrs.field(default=16, validator=fields.power_of_two(at_least=2))
    output_stride: int = attrs.field(
        default=1, validator=[fields.power_of_two(), fields.at_most("max_stride")]
    )
    filters: int = attrs.field(
        default=8, validator=fields.integer(at_least=1), metadata={"aliases": ("n_filters",)}
    )
    batch_norm: bool = True


@attrs.frozen(kw_only=True)
class MapsConfig:
    part_names: tuple[str, ...] | None = attrs.field(default=None, converter=fields.to_tuple)
    sigma: float = 5.0
    output_stride: int = attrs.field(default=1, validator=fields.power_of_two(floored=False))


@attrs.frozen(kw_only=True)
class ClassesConfig:
    classes: tuple[str, ...] | None = attrs.field(default=None, converter=fields.to_tuple)
    output_stride: int = attrs.field(default=1, validator=fields.power_of_two(floored=False))


@attrs.frozen(kw_only=True)
class TwoPartsConfig:
    maps: MapsConfig = attrs.field(factory=MapsConfig)
    sorts: ClassesConfig = attrs.field(factory=ClassesConfig)


NO_BATCH_NORM = Difference(
    name="batch_norm_ignored",
    sleap="batch_norm is ignored",
    documented="batch_norm decides",
    path="batch_norm",
    touches=lambda config: not config.batch_norm,
)


def _cannot_build(*arguments):
    raise NotImplementedError("made up, to be read only")


def made_up_plugin():
    @hookimpl
    def poise_backbones():
        return [
            BackboneSpec(
                key="net",
                config=NetConfig,
                build=_cannot_build,
                max_stride=lambda config: config.max_stride,
                differences=(NO_BATCH_NORM,),
            )
        ]

    @hookimpl
    def poise_heads():
        return [
            HeadSpec(key="maps", config=MapsConfig, outputs=_cannot_build),
            HeadSpec(key="two_parts", config=TwoPartsConfig, outputs=_cannot_build),
        ]

    return SimpleNamespace(
        __name__="made_up", poise_backbones=poise_backbones, poise_heads=poise_heads
    )


@pytest.fixture(autouse=True)
def made_up_registry():
    before = registry.default()
    registry.reset(registry.Registry([made_up_plugin()]))
    yield
    registry.reset(before)


@pytest.fixture
def write(tmp_path):
    """Write a file (an object becomes JSON) into a run folder, and give its path."""

    def write(content, name="training_config.json"):
        path = tmp_path / "run" / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
        return path

    return write

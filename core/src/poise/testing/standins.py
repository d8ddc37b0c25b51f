"""A backbone, a head, a skeleton and classes for examining plugins; none is installed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import attrs

from poise import registry as registries
from poise.fields import at_most, integer, power_of_two
from poise.hookspecs import hookimpl
from poise.messages import join_names
from poise.registry import Registry
from poise.registry.discovery import KINDS, Kind
from poise.skeleton import Skeleton
from poise.specs import BackboneSpec, Features, HeadSpec, Output, Tensor

SKELETON = Skeleton(
    parts=("head", "thorax", "abdomen", "tail"),
    edges=(("head", "thorax"), ("thorax", "abdomen"), ("abdomen", "tail")),
)
CLASSES = ("female", "male")


@attrs.frozen(kw_only=True)
class PoolsConfig:
    """Averages of the image over cells of every stride: a minimal backbone.

    Attributes:
        max_stride: stride of the coarsest features, in pixels.
        output_stride: stride of the finest features, in pixels.
        stacks: how often the features are repeated.
    """

    max_stride: int = attrs.field(default=32, validator=power_of_two())
    output_stride: int = attrs.field(default=1, validator=[power_of_two(), at_most("max_stride")])
    stacks: int = attrs.field(default=1, validator=integer(at_least=1))


def _pools(config: PoolsConfig, image: Tensor) -> list[Features]:
    from keras import layers

    strides = [1 << n for n in range(config.max_stride.bit_length())]
    return [
        {
            stride: layers.AveragePooling2D(stride, name=f"stack{stack}_pool{stride}")(image)
            for stride in strides
            if stride >= config.output_stride
        }
        for stack in range(config.stacks)
    ]


POOLS = BackboneSpec(
    key="poise_testing_pools",
    config=PoolsConfig,
    build=_pools,
    max_stride=lambda config: int(config.max_stride),
    stacks=lambda config: int(config.stacks),
    summary="Averages over cells, for examining heads",
    examples={
        "two stacks": PoolsConfig(max_stride=4, stacks=2),
        "coarse": PoolsConfig(max_stride=2),
    },
)


@attrs.frozen(kw_only=True)
class DotConfig:
    """One map of one channel: a minimal head.

    Attributes:
        output_stride: input pixels per cell of the map.
    """

    output_stride: int = attrs.field(default=1, validator=power_of_two(floored=False))


def _dot(config: DotConfig, skeleton: Any, classes: Any) -> tuple[Output, ...]:
    def build(features: Tensor, suffix: str) -> Tensor:
        from keras import layers

        return layers.Conv2D(1, 1, name=f"DotHead{suffix}", dtype="float32")(features)

    return (
        Output(
            name="dot",
            layer_name="DotHead",
            stride=config.output_stride,
            channels=1,
            build=build,
        ),
    )


DOT = HeadSpec(
    key="poise_testing_dot",
    config=DotConfig,
    outputs=_dot,
    summary="One map of one channel, for examining backbones",
    examples={"stride 2": DotConfig(output_stride=2)},
)


def plugin_of(*specs: Any) -> Any:
    """A plugin object with specs of any kind, for ``Registry(plugins=[plugin_of(…)])``."""
    by_hook: dict[str, list[Any]] = {kind.hook: [] for kind in KINDS}
    for spec in specs:
        by_hook.setdefault(_kind_of(spec).hook, []).append(spec)
    hooks = {hook: _implementation(of_kind) for hook, of_kind in by_hook.items()}
    return SimpleNamespace(__name__="_".join(spec.key for spec in specs), **hooks)


def _implementation(specs: list[Any]) -> Any:
    @hookimpl
    def implementation() -> list[Any]:
        return specs

    return implementation


def _kind_of(spec: Any) -> Kind:
    registry = registries.default()
    for kind in registry.kinds:
        if isinstance(spec, registry.opened(kind).spec):
            return kind
    kinds = join_names(kind.name for kind in registry.kinds)
    raise TypeError(f"must be a spec of a kind that is installed, got {spec!r}; kinds: {kinds}")


def registry_of(*specs: Any) -> Registry:
    """A registry that holds only these specs, without discovery."""
    return Registry(plugins=[plugin_of(spec) for spec in specs])

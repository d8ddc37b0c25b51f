"""A made-up backbone and heads that learn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pytest

from poise import BackboneSpec, BuildError, HeadSpec, Output, registry
from poise.errors import Fault
from poise.testing.standins import registry_of


@attrs.frozen(kw_only=True)
class NetConfig:
    """Made up.

    Attributes:
        filters: of its only layer.
        max_stride: of its features.
        output_stride: the same.
    """

    filters: int = 4
    max_stride: int = 4
    output_stride: int = 4


@attrs.frozen(kw_only=True)
class HeadConfig:
    """Made up.

    Attributes:
        part_names: which parts it finds.
        anchor_part: the part that marks an animal.
        classes: names of the animals.
        output_stride: of the maps.
    """

    part_names: tuple[str, ...] | None = None
    anchor_part: str | None = None
    classes: tuple[str, ...] | None = None
    output_stride: int = 4


def _net(config: NetConfig, image: Any) -> Any:
    from keras import layers

    features = layers.Conv2D(config.filters, 3, padding="same", name="net_conv")(image)
    return [{config.max_stride: layers.AveragePooling2D(config.max_stride)(features)}]


def _dots(config: HeadConfig, skeleton: Any, classes: Any) -> tuple[Output, ...]:
    """A map for each part, bright in the cells of the part."""
    parts = config.part_names or (None if skeleton is None else skeleton.parts)
    if parts is None:
        raise BuildError([Fault("must name parts, got none", "part_names")])

    def targets(labels: Any, size: tuple[int, int]) -> Any:
        stride = config.output_stride
        maps = np.zeros((len(labels.points), size[0] // stride, size[1] // stride, len(parts)))
        for image, animals in enumerate(labels.points):
            for points in animals:
                for part, (x, y) in enumerate(np.nan_to_num(points, nan=-1e6)):
                    row, column = round(float(y) / stride), round(float(x) / stride)
                    if 0 <= row < maps.shape[1] and 0 <= column < maps.shape[2]:
                        maps[image, row, column, part] = 1
        return maps

    def build(features: Any, suffix: str) -> Any:
        from keras import layers

        return layers.Conv2D(len(parts), 1, name=f"DotsHead{suffix}", dtype="float32")(features)

    return (
        Output(
            name="dots",
            layer_name="DotsHead",
            stride=config.output_stride,
            channels=len(parts),
            build=build,
            targets=targets,
        ),
    )


def _names(config: HeadConfig, skeleton: Any, classes: Any) -> tuple[Output, ...]:
    """Which animal it is."""
    names = config.classes or classes
    if names is None:
        raise BuildError([Fault("must name classes, got none", "classes")])

    def targets(labels: Any, size: tuple[int, int]) -> Any:
        return np.eye(len(names) + 1)[labels.classes[:, 0]][:, : len(names)]

    def build(features: Any, suffix: str) -> Any:
        from keras import layers

        pooled = layers.GlobalAveragePooling2D(name=f"NamesPool{suffix}")(features)
        return layers.Dense(len(names), name=f"NamesHead{suffix}", dtype="float32")(pooled)

    return (
        Output(
            name="names",
            layer_name="NamesHead",
            stride=config.output_stride,
            channels=len(names),
            build=build,
            targets=targets,
            spatial=False,
        ),
    )


@pytest.fixture(scope="module")
def learning() -> Iterator[None]:
    """The registry has the backbone ``net``, and a head type for each stage and for classes."""
    net = BackboneSpec(
        key="net", config=NetConfig, build=_net, max_stride=lambda config: int(config.max_stride)
    )
    dots = HeadSpec(key="dots", config=HeadConfig, outputs=_dots)
    heads = (
        dots,
        attrs.evolve(dots, key="centers", stage="centroid"),
        attrs.evolve(dots, key="parts", stage="crop"),
        attrs.evolve(dots, key="names", stage="crop", outputs=_names),
    )
    registry.reset(registry_of(net, *heads))
    yield
    registry.reset()

"""A registry of a made-up backbone and head type: workflows know none by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest

import poise
from poise import BackboneSpec, HeadSpec, Instances, Output, Registry, hookimpl, registry
from poise.editions import EDITIONS

PARTS = ("head", "tail")
STRIDE = {"output_stride": 1}


@pytest.fixture(autouse=True)
def single_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a step be one batch, so that runs of few frames have several steps."""
    monkeypatch.setattr("poise_workflows.prediction.steps.FRAMES", 1)


@attrs.frozen(kw_only=True)
class Backbone:
    """Made up.

    Attributes:
        output_stride: of the only features.
    """

    output_stride: int = 2


@attrs.frozen(kw_only=True)
class Head:
    """Made up.

    Attributes:
        output_stride: of the maps.
    """

    output_stride: int = 2


def cells_of(config: Head, labels: Any, size: tuple[int, int]) -> Any:
    """One in the cell of each part of the first animal."""
    stride = config.output_stride
    maps = np.zeros((len(labels.points), size[0] // stride, size[1] // stride, 2), "float32")
    for image, animals in enumerate(labels.points):
        for part, (x, y) in enumerate(animals[0]):
            maps[image, round(float(y) / stride), round(float(x) / stride), part] = 1
    return maps


def outputs(config: Head, skeleton: Any, classes: Any) -> tuple[Output, ...]:
    return (
        Output(
            name="cells",
            layer_name="CellsHead",
            stride=config.output_stride,
            channels=len(PARTS),
            build=lambda features, suffix: two_channels(features),
            targets=lambda labels, size: cells_of(config, labels, size),
        ),
    )


def two_channels(features: Any) -> Any:
    """A map for each part, also of a gray image."""
    if features.shape[-1] != 1:
        return features
    import keras

    return keras.layers.Concatenate()([features, features])


def decode(config: Head, predictions: Any) -> Instances:
    """One animal an image, whose parts are where the maps are highest."""
    maps = np.asarray(predictions["cells"])
    images, _, columns, parts = maps.shape
    cells = maps.reshape(images, -1, parts).argmax(axis=1)
    points = np.stack([cells % columns, cells // columns], axis=-1) * config.output_stride
    return Instances(
        points=points[:, None].astype("float32"),
        point_scores=np.ones((images, 1, parts), "float32"),
        instance_scores=np.ones((images, 1), "float32"),
        counts=np.ones(images, dtype=int),
        parts=PARTS,
    )


class Plugin(SimpleNamespace):
    """A module with two hooks."""

    @staticmethod
    @hookimpl
    def poise_backbones() -> list[BackboneSpec]:
        return [
            BackboneSpec(
                key="plain",
                config=Backbone,
                build=lambda config, image: [{config.output_stride: image}],
                max_stride=lambda config: config.output_stride,
            )
        ]

    @staticmethod
    @hookimpl
    def poise_heads() -> list[HeadSpec]:
        return [HeadSpec(key="cells", config=Head, outputs=outputs, decode=decode)]


@pytest.fixture
def made_up() -> Iterator[None]:
    """The registry has the backbone ``plain`` and the head type ``cells``, and nothing else."""
    registry.reset(Registry(plugins=[Plugin(__name__="made_up")]))
    yield
    registry.reset()


@pytest.fixture
def made_up_crops() -> Iterator[None]:
    """As ``made_up``, but the head type sees crops; its decoder knows nothing of images."""
    plugin = Plugin(__name__="made_up")
    (spec,) = plugin.poise_heads()
    plugin.poise_heads = hookimpl(lambda: [attrs.evolve(spec, stage="crop")])
    registry.reset(Registry(plugins=[plugin]))
    yield
    registry.reset()


@pytest.fixture(scope="module")
def made_up_stages() -> Iterator[None]:
    """As ``made_up``, with further head types: ``centers`` and ``parts`` for top-down."""
    plugin = Plugin(__name__="made_up")
    (spec,) = plugin.poise_heads()
    centers = attrs.evolve(spec, key="centers", stage="centroid")
    parts = attrs.evolve(spec, key="parts", stage="crop")
    plugin.poise_heads = hookimpl(lambda: [spec, centers, parts])
    registry.reset(Registry(plugins=[plugin]))
    yield
    registry.reset()


@pytest.fixture
def points(tmp_path: Path) -> Path:
    """A file of points: two animals, all parts visible."""
    instances = [[[30, 40], [52, 46]], [[110, 90], [88, 84]]]
    data = {"size": [128, 160], "parts": PARTS, "instances": instances, "edges": [PARTS]}
    path = tmp_path / "points.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


@pytest.fixture(params=EDITIONS)
def job(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """``job(scale)`` writes a SLEAP job with this input scaling; run for both editions."""

    def write(scale: float) -> Path:
        model = {"backbone": {"plain": {}}, "heads": {"cells": {}}}
        data = {"data": {"preprocessing": {"input_scaling": scale}}, "model": model}
        path = tmp_path / "training_config.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        return path

    write.edition = request.param  # type: ignore[attr-defined]
    return write


@pytest.fixture
def save_model(keras: Any, tmp_path: Path) -> Callable[..., Path]:
    """``save_model(name, image)`` saves a model whose maps are the channels of its image."""

    def save(name: str = "model", image: tuple[Any, ...] = (None, None, 2)) -> Path:
        sections = {"backbone": {"plain": STRIDE}, "heads": {"cells": STRIDE}}
        config = poise.ModelConfig.from_data(sections)
        return Path(poise.save(poise.build(config, image), tmp_path / name) or tmp_path / name)

    return save

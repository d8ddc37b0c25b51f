"""Models of points of head types that nobody knows: what they declare, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest

import poise
from poise import GraphDecoding, GraphOutput, Registry, hookimpl, registry
from poise.errors import PluginError
from poise.registry.discovery import BACKBONE, HEAD
from poise_workflows.exporting.errors import ExportError
from poise_workflows.exporting.points.describing import description_of
from poise_workflows.exporting.points.modeling import points_model
from poise_workflows.pipelines.members import ModelsError

pytestmark = pytest.mark.usefixtures("keras")

PARTS = ("head", "tail")
STRIDE = {"output_stride": 1}

SaveModel = Callable[..., Path]


def decode_in_graph(config: Any, **options: Any) -> GraphDecoding:
    """One animal an image, whose parts are where the maps are highest."""

    def call(predictions: Any) -> dict[str, Any]:
        from keras import ops

        maps = predictions["cells"]
        _, rows, columns, parts = maps.shape
        cells = ops.argmax(ops.reshape(maps, (-1, rows * columns, parts)), axis=1)
        points = ops.stack([cells % columns, cells // columns], axis=-1) * config.output_stride
        scores = ops.ones_like(points[..., 0], dtype="float32")
        return {
            "points": ops.cast(points, "float32")[:, None],
            "point_scores": scores[:, None],
            "instance_scores": scores[:, :1],
        }

    axes = ("image", "animal", "part", "xy")
    outputs = {
        "points": GraphOutput(axes=axes, meaning="where the parts are"),
        "point_scores": GraphOutput(axes=axes[:3], meaning="always 1"),
        "instance_scores": GraphOutput(axes=axes[:2], meaning="always 1"),
    }
    return GraphDecoding(outputs=outputs, names={"part": PARTS}, call=call)


def dots(*places: tuple[int, int], size: tuple[int, int] = (20, 31)) -> Any:
    """Images with a bright cell of two pixels in both channels at x and y."""
    images = np.zeros((len(places), *size, 2), np.uint8)
    for image, (x, y) in zip(images, places, strict=True):
        image[y : y + 2, x : x + 2] = 255
    return images


@pytest.fixture
def declared(made_up: None) -> Callable[..., None]:
    """``declared(**changes)``: a made-up head of each stage, with a decoding within a graph."""
    before = registry.default()
    backbone = before.spec_of_section(BACKBONE, "plain")
    cells = before.spec_of_section(HEAD, "cells")
    stages = {"cells": "image", "centers": "centroid", "parts": "crop"}

    def declare(**changes: Any) -> None:
        decoding = {"decode_in_graph": decode_in_graph, **changes}
        heads = [attrs.evolve(cells, key=key, stage=stages[key], **decoding) for key in stages]
        plugin = SimpleNamespace(
            __name__="declared",
            poise_backbones=hookimpl(lambda: [backbone]),
            poise_heads=hookimpl(lambda: heads),
        )
        registry.reset(Registry(plugins=[plugin]))

    return declare


@pytest.fixture
def save(keras: Any, tmp_path: Path) -> SaveModel:
    """``save(head)`` saves a model whose maps are the channels of its image."""

    def saved(head: str = "cells", image: tuple[Any, ...] = (None, None, 2)) -> Path:
        data = {"backbone": {"plain": STRIDE}, "heads": {head: STRIDE}}
        model = poise.build(poise.ModelConfig.from_data(data), image)
        poise.save(model, tmp_path / head)
        return tmp_path / head

    return saved


def test_a_made_up_head_that_declares_it_is_decoded(declared: Any, save: SaveModel) -> None:
    declared()

    model = points_model(save(), (20, 31))

    outputs = model.predict_on_batch(dots((4, 6), (28, 16)))
    np.testing.assert_array_equal(outputs["points"][:, 0, 0], [[4, 6], [28, 16]])
    description = description_of(model)
    assert description is not None
    assert description.frame == (20, 31, 2)
    assert description.names == {"part": PARTS}
    assert description.as_json()["outputs"]["points"]["axes"] == ["frame", "animal", "part", "xy"]


def test_made_up_stages_are_one_graph(declared: Any, save: SaveModel) -> None:
    declared()
    models = [save("centers"), save("parts", (8, 8, 2))]

    model = points_model(models, (20, 31), batch=2)

    outputs = model.predict_on_batch(dots((4, 6), (20, 13)))
    assert list(outputs) == [
        "points", "point_scores", "instance_scores", "centroids", "centroid_scores"
    ]  # fmt: skip
    np.testing.assert_array_equal(outputs["centroids"][:, 0], [[4, 6], [20, 13]])
    # The crop's middle is between four pixels, so that the dot is seen half a pixel off.
    np.testing.assert_allclose(outputs["points"][:, 0, 0], [[4, 6], [20, 13]], atol=0.51)


@pytest.mark.usefixtures("made_up")
def test_a_head_that_declares_none_is_refused_by_name(save_model: SaveModel) -> None:
    with pytest.raises(ExportError, match=r"head 'cells', which declares no decode_in_graph") as e:
        points_model(save_model(), (20, 31))

    assert "without points" in str(e.value)


def test_what_declares_something_else_is_a_fault_of_the_plugin(
    declared: Any, save: SaveModel
) -> None:
    declared(decode_in_graph=lambda config, **options: {"points": 1})

    with pytest.raises(PluginError, match=r"must return poise\.GraphDecoding, got dict"):
        points_model(save(), (20, 31))


def test_what_fails_within_the_graph_is_a_fault_of_the_plugin(
    declared: Any, save: SaveModel
) -> None:
    def fail(predictions: Any) -> Any:
        raise RuntimeError("no such operation")

    def declare(config: Any, **options: Any) -> GraphDecoding:
        return attrs.evolve(decode_in_graph(config), call=fail)

    declared(decode_in_graph=declare)

    with pytest.raises(PluginError, match="no such operation"):
        points_model(save(), (20, 31))


def test_a_stage_must_have_the_arrays_that_the_next_one_needs(
    declared: Any, save: SaveModel
) -> None:
    def declare(config: Any, **options: Any) -> GraphDecoding:
        whole = decode_in_graph(config)
        return attrs.evolve(whole, outputs={"points": whole.outputs["points"]})

    declared(decode_in_graph=declare)

    with pytest.raises(PluginError, match=r"'centers'.*instance_scores.* got points"):
        points_model([save("centers"), save("parts", (8, 8, 2))], (20, 31))


def test_frames_need_a_size(declared: Any, save: SaveModel) -> None:
    declared()

    with pytest.raises(ExportError, match=r"pass image=\(height, width\)"):
        points_model(save())


def test_an_option_that_nobody_has_is_refused(declared: Any, save: SaveModel) -> None:
    declared()
    model = save()

    with pytest.raises(ModelsError, match="peak_threshold"):
        points_model(model, (20, 31), peak_threshold=0.5)
    with pytest.raises(ExportError, match="did you mean 'peak_threshold'"):
        points_model(model, (20, 31), peak_treshold=0.5)


def test_channels_that_cannot_become_those_of_the_model_are_refused(
    declared: Any, save: SaveModel
) -> None:
    declared()

    with pytest.raises(ExportError, match="must be 2, which the model sees, got 3"):
        points_model(save(), (20, 31), channels=3)

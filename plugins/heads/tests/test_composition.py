"""Every head type against the figures of the original: 23 models, output by output."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from poise import editions
from poise.skeleton import Skeleton
from poise.specs import HeadSpec, Output
from poise.wire.structure import structure, unstructure
from poise_heads import poise_heads

CASES: dict[str, Any] = json.loads(
    Path(__file__).with_name("data").joinpath("heads.json").read_text()
)
SPECS = {spec.key: spec for spec in poise_heads()}
LOSSES = {"mse": "mean_squared_error", "categorical_crossentropy": "categorical_crossentropy"}


def prepared(name: str) -> tuple[HeadSpec, Any, Skeleton, list[str] | None]:
    case = CASES[name]
    spec = SPECS[case["key"]]
    skeleton = Skeleton(case["parts"], case["edges"])
    return spec, structure(case["config"], spec.config), skeleton, case["tracks"]


def outputs_of(name: str) -> tuple[Output, ...]:
    spec, config, skeleton, classes = prepared(name)
    with editions.edition(editions.SLEAP):
        return spec.outputs(config, skeleton, classes)


def attached(keras: ModuleType, name: str, suffix: str = "") -> Any:
    """A model of the heads alone, on features of the shapes that they sat on."""
    features: dict[int, Any] = {}
    results = {}
    for output, figures in zip(outputs_of(name), CASES[name]["heads"], strict=True):
        if output.stride not in features:
            features[output.stride] = keras.Input(figures["features"])
        results[output.name] = output.layer(features[output.stride], suffix)
    return keras.Model(list(features.values()), results)


@pytest.mark.parametrize("name", CASES)
def test_outputs_are_those_of_the_original_in_its_order(name: str) -> None:
    actual = [
        (output.layer_name, output.channels, output.stride, output.loss, output.loss_weight)
        for output in outputs_of(name)
    ]
    assert actual == [
        (head["layer"], head["channels"], head["stride"], LOSSES[head["loss"]], head["loss_weight"])
        for head in CASES[name]["heads"]
    ]


@pytest.mark.parametrize("name", CASES)
def test_names_are_filled_in_as_the_original_wrote_them_back(name: str) -> None:
    spec, config, skeleton, classes = prepared(name)
    assert spec.resolve is not None
    with editions.edition(editions.SLEAP):
        assert unstructure(spec.resolve(config, skeleton, classes)) == CASES[name]["resolved"]


@pytest.mark.parametrize("name", CASES)
def test_the_stride_of_an_output_is_found_at_its_place_in_the_config(name: str) -> None:
    _, config, _, _ = prepared(name)
    for output in outputs_of(name):
        value = config
        for step in output.where.split("."):
            value = getattr(value, step)
        assert value == output.stride


@pytest.mark.parametrize("name", CASES)
def test_layers_have_the_original_names_shapes_and_parameters(name: str, keras: ModuleType) -> None:
    model = attached(keras, name)
    actual = {
        layer.name: (type(layer).__name__, list(layer.output.shape[1:]), layer.count_params())
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer)
    }
    assert actual == {
        layer: (kind, shape, params) for layer, kind, shape, params in CASES[name]["layers"]
    }


@pytest.mark.parametrize("name", CASES)
def test_activations_and_shapes_are_those_of_the_original(name: str, keras: ModuleType) -> None:
    model = attached(keras, name)
    for output, figures in zip(outputs_of(name), CASES[name]["heads"], strict=True):
        layer = model.get_layer(figures["layer"])
        assert layer.activation.__name__ == figures["activation"]
        rows_and_columns = figures["features"][:2] if output.spatial else []
        shape = (None, *rows_and_columns, figures["channels"])
        assert tuple(model.output[output.name].shape) == shape


@pytest.mark.parametrize("name", ["multi_2_4_offset", "topdown_cls_2_8_fc3_offset"])
def test_the_heads_of_a_stack_carry_its_number_in_every_layer(name: str, keras: ModuleType) -> None:
    model = attached(keras, name, "_1")
    actual = {
        layer.name for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)
    }
    assert actual == {f"{layer}_1" for layer, *_ in CASES[name]["layers"]}


def test_outputs_on_two_stacks_make_one_model(keras: ModuleType) -> None:
    features = keras.Input((8, 8, 4))
    results = {}
    for output in outputs_of("multi_subset"):
        for suffix in ("_0", "_1"):
            results[output.name + suffix] = output.layer(features, suffix)
    model = keras.Model(features, results)
    assert sorted(model.output) == ["confmaps_0", "confmaps_1", "pafs_0", "pafs_1"]


def test_the_committed_figures_are_the_golden_ones(golden: Path) -> None:
    assert sorted(path.name for path in (golden / "heads").iterdir()) == sorted(CASES)
    for name, case in CASES.items():
        folder = golden / "heads" / name
        meta = json.loads((folder / "meta.json").read_text())
        config = json.loads((folder / "config.json").read_text())
        tables = json.loads((folder / "tables.json").read_text())
        assert config["heads"][case["key"]] == case["config"]
        assert (meta["part_names"], meta["edge_names"]) == (case["parts"], case["edges"])
        assert [
            (head["class"], head["channels"], head["activation"], head["loss_function"])
            for head in meta["heads"]
        ] == [
            (head["layer"], head["channels"], head["activation"], head["loss"])
            for head in case["heads"]
        ]
        assert [
            [layer["name"], layer["class"], layer["output_shape"][1:], layer["params"]]
            for layer in tables["layers"]
            if layer["name"].endswith("Head") or layer["name"].startswith("pre_classification")
        ] == case["layers"]

"""The same networks and the same numbers as SLEAP 1.4.1; ``data/README.md`` has the origin."""

from __future__ import annotations

import json

import numpy as np
import pytest

from poise_unet import UNetConfig

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]


def weights_of(model):
    return sorted(
        [layer.name, variable.name, list(variable.shape)]
        for layer in model.layers
        for variable in layer.weights
    )


def test_the_network_has_as_many_parameters_and_layers_as_sleaps(network, case):
    model = network(case)
    assert model.count_params() == case["parameters"]
    assert len(model.layers) == case["layers"]


def test_every_weight_has_the_layer_name_role_and_shape_of_sleaps(network, case):
    assert weights_of(network(case)) == sorted(case["weights"])


def test_each_stride_is_offered_by_the_layer_that_sleap_offers(grow, case):
    _, stacks = grow(UNetConfig(**case["config"]), tuple(case["image"]))
    offered = [
        {
            str(stride): [tensor._keras_history.operation.name, list(tensor.shape[1:])]
            for stride, tensor in features.items()
        }
        for features in stacks
    ]
    assert offered == case["features"]


def test_sampled_outputs_equal_sleaps(predict, tolerance, case):
    outputs = predict(case)
    assert outputs.keys() == case["outputs"].keys()
    for name, expected in case["outputs"].items():
        output = outputs[name]
        assert list(output.shape) == expected["shape"]
        sampled = output.reshape(-1)[np.linspace(0, output.size - 1, 64).astype(int)]
        apart = np.abs(sampled - expected["samples"]).max()
        assert apart <= tolerance * expected["largest"]


def test_whole_outputs_equal_sleaps(predict, tolerance, golden, figures):
    for name, case in figures.items():
        outputs = predict(case)
        with np.load(golden / "unet" / name / "outputs.npz") as expected:
            assert outputs.keys() == set(expected.files)
            for output, found in outputs.items():
                apart = np.abs(found - expected[output]).max()
                assert apart <= tolerance * np.abs(expected[output]).max(), (name, output)


def test_the_committed_figures_are_those_of_every_golden_case(golden, figures):
    folders = {folder.name: folder for folder in (golden / "unet").iterdir()}
    assert figures.keys() == folders.keys()
    for name, case in figures.items():
        meta = json.loads((folders[name] / "meta.json").read_text())
        config = json.loads((folders[name] / "config_updated.json").read_text())
        tables = json.loads((folders[name] / "tables.json").read_text())
        assert case["config"] == config["backbone"]["unet"]
        assert case["parameters"] == meta["params_total"]
        assert case["weights"] == [weight[:3] for weight in tables["weights"]]


def test_the_helper_fills_weights_as_the_recipe_does(network, recipe, figures):
    case = figures["max8"]
    for layer in network(case).layers:
        for variable in layer.weights:
            filled = recipe.fill(
                layer.name, variable.name, variable.shape, type(layer).__name__, **case["recipe"]
            )
            np.testing.assert_array_equal(np.asarray(variable), filled)

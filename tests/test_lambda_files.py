"""ResNet files as SLEAP wrote them, with Lambda layers that preprocess inside the graph.

The tests write these files, with the layer names, shapes and Lambda layers of SLEAP 1.4.1
(``data/golden``). The code of a Lambda is a placeholder, because Poise never reads it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise
from poise.testing import reference_weights

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.slow]

CASES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "golden" / "resnet.json").read_text(encoding="utf-8")
)
LAMBDAS = {
    "r50_frozen_gray": ("tile_channels", "imagenet_preproc_v1"),
    "r50_tunable_rgb": ("imagenet_preproc_v1",),
}


def weights_of(name: str) -> dict[str, list[tuple[str, list[int]]]]:
    """Layer → role and shape of its weights."""
    case = CASES[name]
    listed = [tuple(row) for row in case["weights"]]
    if "weights_as_in" in case:
        less = {tuple(row) for row in case["weights_less"]}
        for layer, weights in weights_of(case["weights_as_in"]).items():
            listed += [(layer, *row) for row in weights if (layer, row[0]) not in less]
    weights_by_layer: dict[str, list[tuple[str, list[int]]]] = {}
    for layer, role, shape in listed:
        weights_by_layer.setdefault(layer, []).append((role, shape))
    return weights_by_layer


def write_as_keras_2(path: Path, name: str) -> None:
    """A whole model's file as Keras 2 lays it out."""
    import h5py

    code = ["4wEAAAAAAAAAAAAAAAEAAAADAAAAUwAAAHMIAAAAfABkARQAUwA=", None, None]
    layers = [
        {
            "class_name": "Lambda",
            "config": {"name": lambda_name, "function": code, "function_type": "lambda"},
        }
        for lambda_name in LAMBDAS[name]
    ]
    weights = weights_of(name)
    layers += [{"class_name": "Layer", "config": {"name": layer}} for layer in weights]
    with h5py.File(path, "w") as file:
        config = {"class_name": "Functional", "config": {"name": "model", "layers": layers}}
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = "2.15.0"
        group = file.create_group("model_weights")
        names = [layer["config"]["name"] for layer in layers]
        group.attrs["layer_names"] = [layer.encode() for layer in names]
        for layer in names:
            of_layer = weights.get(layer, [])
            inner = group.create_group(layer)
            inner.attrs["weight_names"] = [f"{layer}/{role}:0".encode() for role, _ in of_layer]
            for role, shape in of_layer:
                array = reference_weights.value(layer, role, tuple(shape), gain=CASES[name]["gain"])
                inner.create_dataset(f"{layer}/{role}:0", data=array)


@pytest.mark.parametrize("name", LAMBDAS)
def test_weights_match_and_lambdas_are_listed_as_replaced(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    write_as_keras_2(tmp_path / "best_model.h5", name)
    skeleton = poise.Skeleton(case["parts"], case["edges"])
    model = poise.build(poise.ModelConfig.from_data(case["config"]), case["image"], skeleton)

    report = poise.load_weights(model, tmp_path)

    assert report.ok
    assert report.replaced == LAMBDAS[name]
    assert "Lambda layers, never run: " in str(report)
    assert all(layer in str(report) for layer in LAMBDAS[name])
    predicted = np.asarray(
        model.predict(reference_weights.images(case["image"], batch=case["batch"]), verbose=0)[
            "confmaps"
        ]
    )
    (expected,) = case["outputs"].values()
    positions = np.linspace(0, predicted.size - 1, len(expected["values"])).round().astype(int)
    np.testing.assert_allclose(
        predicted.ravel()[positions], expected["values"], rtol=0, atol=1e-5 * expected["largest"]
    )


def test_the_report_on_a_sleap_file_says_where_its_resnet_differs_from_its_fields(
    tmp_path: Path,
) -> None:
    resnet = {"max_stride": 8, "output_stride": 4, "upsampling": {"conv_batchnorm": False}}
    job = {
        "model": {
            "backbone": {"resnet": resnet},
            "heads": {"single_instance": {"output_stride": 4}},
        }
    }
    path = tmp_path / "training_config.json"
    path.write_text(json.dumps(job), encoding="utf-8")

    read = poise.read_sleap(path)

    assert read.config.backbone.resnet.upsampling.batch_norm is False
    notes = {(note.kind, note.path): note.what for note in read.report}
    where = "model.backbone.resnet"
    assert "read as 'batch_norm'" in notes["aliased", f"{where}.upsampling.conv_batchnorm"]
    lost = notes["edition", f"{where}.upsampling.block_stride"]
    assert lost.startswith("resnet_steps_lost_to_rounding: ")
    assert notes["edition", f"{where}.max_stride"].startswith("resnet_dilation_without_effect: ")


def test_the_report_on_a_default_resnet_states_its_3651_parameters(tmp_path: Path) -> None:
    heads = {"single_instance": {"part_names": ["head", "thorax", "abdomen"], "output_stride": 4}}
    path = tmp_path / "training_config.json"
    path.write_text(json.dumps({"model": {"backbone": {"resnet": {}}, "heads": heads}}))

    read = poise.read_sleap(path)

    assert "3,651 parameters" in str(read.report)
    section = {"resnet": {"weights": "random"}}
    config = poise.ModelConfig.from_data({"backbone": section, "heads": heads})
    assert poise.build(config, (64, 64, 1)).count_params() == 3_651
    in_2026 = poise.ModelConfig.from_data({"backbone": section, "heads": heads, "edition": "2026"})
    model = poise.build(in_2026, (64, 64, 1))
    assert model.get_layer("SingleInstanceConfmapsHead").input.shape[-1] == 256

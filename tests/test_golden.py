"""Models of ``poise.build`` compute the same numbers as SLEAP 1.4.

The cases and some of each case's numbers are in ``data/golden``; the whole arrays are
compared as well if the folder of golden numbers exists.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise
from poise.testing import reference_weights

pytestmark = pytest.mark.usefixtures("keras")

DATA = Path(__file__).parent / "data" / "golden"
CASES: dict[str, dict[str, Any]] = {
    f"{file.stem}/{name}": case
    for file in sorted(DATA.glob("*.json"))
    for name, case in json.loads(file.read_text(encoding="utf-8")).items()
}
MODELS = [name for name, case in CASES.items() if case["kind"] == "model"]
BACKBONES = [name for name, case in CASES.items() if case["kind"] == "backbone"]

# One case of every head type, and of every backbone, is enough to compare backends.
ON_EVERY_BACKEND = {
    "heads/single_os4_offset",
    "heads/centroid_offset_anchor",
    "heads/centered_offset",
    "heads/multi_2_4_offset",
    "heads/bottomup_cls_2_4",
    "heads/topdown_cls_4_16_nopool_fc2",
    "unet/stem4_max32_rate1p5_os2",
    "unet/interp",
    "unet/backbone_stacks3_interp",
    "leap/interp_os2_rate1p5",
    "leap/backbone_stacks2",
    "hourglass/stem1_max16_os1",
    "hourglass/backbone_stacks2",
    "resnet/r50_ms16_trans_add_os2",
}

OUTPUT_NAMES = {
    "SingleInstanceConfmapsHead": "confmaps",
    "CentroidConfmapsHead": "confmaps",
    "CenteredInstanceConfmapsHead": "confmaps",
    "MultiInstanceConfmapsHead": "confmaps",
    "PartAffinityFieldsHead": "pafs",
    "ClassMapsHead": "class_maps",
    "ClassVectorsHead": "class_vectors",
    "OffsetRefinementHead": "offsets",
}


def cases(names: list[str]) -> list[Any]:
    return [
        pytest.param(name, marks=[pytest.mark.backends] if name in ON_EVERY_BACKEND else [])
        for name in names
    ]


def tolerance() -> float:
    """Largest allowed difference, as a fraction of the largest magnitude."""
    import keras

    return 1e-5 if keras.backend.backend() == "tensorflow" else 1e-4


def config_of(case: dict[str, Any]) -> poise.ModelConfig:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", poise.PluginNotInstalledWarning)
        config = poise.ModelConfig.from_data(case["config"])
    if isinstance(config.backbone.which_oneof(), poise.UninstalledSection):
        pytest.skip(f"no backbone {config.backbone.which_oneof_attrib_name()!r} is installed")
    return config


def skeleton_of(case: dict[str, Any]) -> poise.Skeleton:
    return poise.Skeleton(case["parts"], case["edges"])


def weights_of(model: Any) -> set[tuple[str, str, tuple[int, ...]]]:
    layers = [layer for layer in model.layers if layer.weights]
    canonical = reference_weights.canonical_names(layer.name for layer in layers)
    return {
        (canonical[layer.name], weight.name, tuple(weight.shape))
        for layer in layers
        for weight in layer.weights
    }


def expected_weights(name: str) -> set[tuple[str, str, tuple[int, ...]]]:
    case = CASES[name]
    weights = {(layer, role, tuple(shape)) for layer, role, shape in case["weights"]}
    if "weights_as_in" in case:
        less = {(layer, role) for layer, role in case["weights_less"]}
        others = expected_weights(f"{name.split('/')[0]}/{case['weights_as_in']}")
        weights |= {weight for weight in others if weight[:2] not in less}
    return weights


def assert_same_numbers(case_name: str, predictions: dict[str, Any], golden: Path | None) -> None:
    from keras import ops

    case = CASES[case_name]
    assert set(predictions) == set(case["outputs"])
    whole = np.load(golden / case_name / "outputs.npz") if golden is not None else None
    for name, expected in case["outputs"].items():
        output = ops.convert_to_numpy(predictions[name])
        assert list(output.shape) == expected["shape"], name
        limit = tolerance() * expected["largest"]
        positions = np.linspace(0, output.size - 1, len(expected["values"])).round().astype(int)
        np.testing.assert_allclose(
            output.ravel()[positions], expected["values"], rtol=0, atol=limit, err_msg=name
        )
        if whole is not None:
            np.testing.assert_allclose(output, whole[name], rtol=0, atol=limit, err_msg=name)


@pytest.fixture(scope="session")
def golden_if_there(request: pytest.FixtureRequest) -> Path | None:
    """The folder of golden numbers, or ``None``: the committed numbers are enough for a test."""
    try:
        folder: Path = request.getfixturevalue("golden")
    except pytest.skip.Exception:
        return None
    return folder


@pytest.mark.parametrize("name", cases(MODELS))
def test_a_model_has_the_weights_and_gives_the_numbers_of_the_original(
    name: str, golden_if_there: Path | None
) -> None:
    case = CASES[name]
    model = poise.build(config_of(case), tuple(case["image"]), skeleton_of(case), case["classes"])
    assert weights_of(model) == expected_weights(name)
    assert model.count_params() == case["parameters"]
    reference_weights.fill(model, gain=case["gain"])
    outputs = model(reference_weights.images(case["image"], batch=case["batch"]), training=False)
    named = {original: outputs[OUTPUT_NAMES[original]] for original in case["outputs"]}
    assert len(outputs) == len(named)
    assert_same_numbers(name, named, golden_if_there)


@pytest.mark.parametrize("name", cases(BACKBONES))
def test_a_backbone_of_several_stacks_gives_the_features_of_the_original(
    name: str, golden_if_there: Path | None
) -> None:
    import keras

    case = CASES[name]
    config = config_of(case)
    spec = poise.backbones[config.backbone.which_oneof_attrib_name()]
    section = config.backbone.which_oneof()
    image = keras.Input(shape=case["image"], name="input")
    stacks = spec.build(section, image)
    finest = spec.output_stride(section)
    model = keras.Model(image, {f"stack{i}": stack[finest] for i, stack in enumerate(stacks)})
    assert weights_of(model) == expected_weights(name)
    assert model.count_params() == case["parameters"]
    reference_weights.fill(model, gain=case["gain"])
    outputs = model(reference_weights.images(case["image"], batch=case["batch"]), training=False)
    assert_same_numbers(name, outputs, golden_if_there)


@pytest.mark.parametrize("name", MODELS)
def test_building_fills_in_what_the_original_filled_in(name: str, golden: Path) -> None:
    case = CASES[name]
    resolution = poise.resolve(config_of(case), skeleton_of(case), case["classes"])
    updated = json.loads((golden / name / "config_updated.json").read_text(encoding="utf-8"))
    assert resolution.config.to_data() == updated


def test_the_cases_are_those_of_the_golden_folder(golden: Path) -> None:
    areas = {name.split("/")[0] for name in CASES}
    folders = {f"{area}/{case.name}" for area in areas for case in (golden / area).iterdir()}
    assert set(CASES) == folders


def test_one_case_of_every_kind_is_compared_on_every_backend() -> None:
    assert set(CASES) >= ON_EVERY_BACKEND
    heads = {
        key
        for name in ON_EVERY_BACKEND
        for key, section in CASES[name]["config"]["heads"].items()
        if section is not None
    }
    assert heads == set(poise.heads)

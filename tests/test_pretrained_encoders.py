"""SLEAP's model files with pretrained encoders, and the profiles that it ships.

The tests write files as SLEAP wrote them: encoder and decoder as one nested model, its
trainable weights before the others, names that Keras made up, one layer for each group of a
grouped convolution, Lambda layers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise
from poise.testing import reference_weights

pytestmark = pytest.mark.usefixtures("keras")

CASES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "pretrained_encoders.json").read_text("utf-8")
)
OUTPUT_NAMES = {
    "CenteredInstanceConfmapsHead": "confmaps",
    "CentroidConfmapsHead": "confmaps",
    "ClassVectorsHead": "class_vectors",
    "MultiInstanceConfmapsHead": "confmaps",
    "OffsetRefinementHead": "offsets",
    "PartAffinityFieldsHead": "pafs",
    "SingleInstanceConfmapsHead": "confmaps",
}
NOT_TRAINABLE = ("moving_mean", "moving_variance")


def built(case: dict[str, Any]) -> Any:
    config = poise.ModelConfig.from_data(case["config"])
    skeleton = poise.Skeleton(
        parts=tuple(case["parts"]), edges=tuple(tuple(edge) for edge in case["edges"])
    )
    return poise.build(config, tuple(case["image"]), skeleton, case["classes"])


def arrays_of(case: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Weights by layer, ``model_2/conv0``, and role, as the original filled them."""
    canonical = reference_weights.canonical_names(
        path.partition("/")[2] or path for path in case["layers"]
    )
    return {
        path: {
            role: reference_weights.value(
                canonical[path.partition("/")[2] or path],
                role,
                tuple(shape),
                gain=case["gain"],
            )
            for role, shape in roles.items()
        }
        for path, roles in case["layers"].items()
    }


def write_like_sleap(file: Path, case: dict[str, Any]) -> None:
    import h5py

    arrays = arrays_of(case)
    nested = next(path.partition("/")[0] for path in arrays if path.startswith("model_"))
    inner = {
        f"{path.partition('/')[2]}/{role}:0": array
        for path, roles in arrays.items()
        if path.startswith(f"{nested}/")
        for role, array in roles.items()
    }
    heads = [path for path in arrays if not path.startswith(f"{nested}/")]
    ordered = sorted(inner, key=lambda name: name.endswith(tuple(f"{r}:0" for r in NOT_TRAINABLE)))
    with h5py.File(file, "w") as opened:
        gray = {"class_name": "Lambda", "config": {"name": "ensure_rgb", "function": ["x"]}}
        opened.attrs["model_config"] = json.dumps({"config": {"layers": [gray]}})
        group = opened.create_group("model_weights")
        group.attrs["keras_version"] = "2.7.0"
        write_names(group, "layer_names", ["input", "ensure_rgb", nested, *heads])
        for layer in ("input", "ensure_rgb"):
            write_names(group.create_group(layer), "weight_names", [])
        fill(group.create_group(nested), {name: inner[name] for name in ordered})
        for head in heads:
            weights = {f"{head}/{role}:0": array for role, array in arrays[head].items()}
            fill(group.create_group(head), weights)


def fill(group: Any, weights: dict[str, Any]) -> None:
    write_names(group, "weight_names", list(weights))
    for name, array in weights.items():
        group.create_dataset(name, data=array)


def write_names(group: Any, attribute: str, names: list[str]) -> None:
    """Names as Keras 2 writes them: a list that is too long for one attribute in pieces."""
    encoded = np.array([name.encode() for name in names], dtype="S" if names else "S1")
    pieces = max(1, -(-encoded.nbytes // 60_000))
    if pieces == 1:
        group.attrs[attribute] = encoded
    for number, piece in enumerate(np.array_split(encoded, pieces) if pieces > 1 else ()):
        group.attrs[f"{attribute}{number}"] = piece


def compare(model: Any, case: dict[str, Any], whole: dict[str, Any] | None = None) -> None:
    import keras

    shape = tuple(case["image"])
    outputs = model(reference_weights.images(shape, batch=case["batch"]))
    assert {OUTPUT_NAMES[name] for name in case["outputs"]} == outputs.keys()
    for name, expected in case["outputs"].items():
        output = keras.ops.convert_to_numpy(outputs[OUTPUT_NAMES[name]])
        assert list(output.shape) == expected["shape"]
        sampled = output.reshape(-1)[np.linspace(0, output.size - 1, 64).astype(int)]
        assert np.abs(sampled - expected["samples"]).max() <= 1e-4 * expected["largest"]
        if whole is not None:
            assert np.abs(output - whole[name]).max() <= 1e-4 * expected["largest"]


SLOW = ("vgg16", "seresnet18")


@pytest.mark.parametrize(
    "name", [pytest.param(case, marks=[pytest.mark.slow] if case in SLOW else []) for case in CASES]
)
def test_a_file_that_sleap_wrote_gives_its_numbers(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    write_like_sleap(tmp_path / "best_model.h5", case)

    model = built(case)
    report = poise.load_weights(model, tmp_path / "best_model.h5")

    assert report.ok
    assert report.replaced == ("ensure_rgb",)
    assert model.count_params() == case["parameters"]
    compare(model, case)


def test_kernels_of_groups_are_reported_as_put_together(tmp_path: Path) -> None:
    case = CASES["resnext50"]
    write_like_sleap(tmp_path / "best_model.h5", case)

    report = poise.load_weights(built(case), tmp_path / "best_model.h5")

    assert "16 grouped kernels were merged from 512 small ones" in report.notes
    assert (
        "model_2/conv2d … model_2/conv2d_31",
        "stage1_unit1_conv2",
    ) in report.renamed


def test_a_group_that_is_missing_is_no_reason_to_load_the_others(tmp_path: Path) -> None:
    case = CASES["resnext50"]
    less = {path: roles for path, roles in case["layers"].items() if path != "model_2/conv2d_7"}
    write_like_sleap(tmp_path / "best_model.h5", {**case, "layers": less})
    model = built(case)
    before = [np.asarray(weight) for weight in model.weights[:8]]

    with pytest.raises(
        poise.WeightsError, match="must be kernels of one size, got 32 layers that are not"
    ):
        poise.load_weights(model, tmp_path / "best_model.h5")

    for weight, array in zip(model.weights[:8], before, strict=True):
        np.testing.assert_array_equal(np.asarray(weight), array)


@pytest.mark.slow
def test_every_golden_file_gives_sleaps_numbers(golden: Path, tmp_path: Path) -> None:
    import keras

    for folder in sorted(
        path for path in (golden / "pretrained_encoder").iterdir() if path.is_dir()
    ):
        case = from_golden(folder)
        write_like_sleap(tmp_path / "best_model.h5", case)
        model = built(case)
        assert poise.load_weights(model, tmp_path / "best_model.h5").ok, folder.name
        assert model.count_params() == case["parameters"], folder.name
        with np.load(folder / "outputs.npz") as whole:
            compare(model, case, dict(whole))
        keras.backend.clear_session()


def from_golden(folder: Path) -> dict[str, Any]:
    meta, tables, config = (
        json.loads((folder / f"{name}.json").read_text())
        for name in ("meta", "tables", "config_updated")
    )
    layers: dict[str, dict[str, Any]] = {}
    for _, role, shape, _, _, path in tables["weights"]:
        layers.setdefault(path, {})[role] = shape
    with np.load(folder / "outputs.npz") as arrays:
        outputs = {
            name: {
                "shape": list(array.shape),
                "largest": float(np.abs(array).max()),
                "samples": array.reshape(-1)[np.linspace(0, array.size - 1, 64).astype(int)],
            }
            for name, array in arrays.items()
        }
    return {
        "config": config,
        "image": meta["input_shape"],
        "batch": meta["batch"],
        "parameters": meta["params_total"],
        "gain": meta["recipe"]["gain"],
        "parts": meta["part_names"],
        "edges": meta["edge_names"],
        "classes": meta["tracks"],
        "layers": layers,
        "outputs": outputs,
    }


@pytest.mark.parametrize(
    "name",
    [
        "centroid",
        *(pytest.param(case, marks=pytest.mark.slow) for case in ("bottomup", "single", "topdown")),
    ],
)
def test_a_profile_that_sleap_ships_builds_and_trains_offline(
    name: str, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POISE_OFFLINE", "1")
    job = poise.read_sleap(shared / "sleap" / "profiles" / f"pretrained.{name}.json")
    skeleton = poise.Skeleton(parts=("head", "tail"), edges=(("head", "tail"),))
    model = poise.build(job.config, (64, 64, 1), skeleton)
    targets = {
        output: np.zeros((1, *tensor.shape[1:]), "float32")
        for output, tensor in model.output.items()
    }

    losses = dict.fromkeys(targets, "mean_squared_error")
    # Tracing a step takes ten times as long as the step.
    model.compile(optimizer="adam", loss=losses, run_eagerly=True)
    loss = model.train_on_batch(np.ones((1, 64, 64, 1), "float32"), targets)

    assert "ensure_rgb" in {layer.name for layer in model.layers}
    assert "normalize" not in {layer.name for layer in model.layers}
    assert np.isfinite(np.asarray(loss)).all()
    assert "images_not_normalized" in str(job.report)

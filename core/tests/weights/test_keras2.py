"""The layout of Keras 2, written by hand and read back."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poise.weights import open_weights
from poise.weights.keras2 import place
from poise.weights.load_report import LoadReport

names = st.text(string.ascii_lowercase + string.digits + "_", min_size=1, max_size=8)
roles = st.sampled_from(["kernel", "bias", "gamma", "beta", "moving_mean", "depthwise_kernel"])
shapes = st.lists(st.integers(0, 3), max_size=4).map(tuple)
leaves = st.dictionaries(roles, shapes, max_size=4)
# A nested model is one level in this layout, however deep it was.
trees = st.dictionaries(names, leaves | st.dictionaries(names, leaves, max_size=3), max_size=5)


@given(trees, st.booleans(), st.booleans(), st.sampled_from([None, 1, 2]))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_written_is_read_back(
    write_keras2: Callable[..., Path],
    tree: dict[str, Any],
    whole: bool,
    as_bytes: bool,
    chunk: int | None,
) -> None:
    random = np.random.default_rng(0)
    layers: dict[str, dict[str, np.ndarray]] = {}
    expected = {}
    for layer, content in tree.items():
        layers[layer] = {}
        nested = any(isinstance(value, dict) for value in content.values())
        inner_layers = content if nested else {layer: content}
        for inner, weights in inner_layers.items():
            path = (layer,) if inner == layer else (layer, inner)
            for role, shape in weights.items():
                array = random.normal(size=shape).astype("float32")
                layers[layer][f"{inner}/{role}:0"] = array
                expected[path, role] = array
    path = write_keras2(layers, whole=whole, as_bytes=as_bytes, chunk=chunk)
    with open_weights(path) as file:
        assert file.named
        assert not file.notes
        records = {(record.layer, record.role): record for record in file.records}
        assert list(records) == list(expected)
        for key, array in expected.items():
            assert records[key].shape == array.shape
            np.testing.assert_array_equal(records[key].read(), array)


@pytest.mark.parametrize(
    ("layer", "weight", "expected"),
    [
        ("conv", "conv/kernel:0", (("conv",), "kernel")),
        ("conv", "conv/kernel", (("conv",), "kernel")),
        ("model_1", "conv1/kernel:0", (("model_1", "conv1"), "kernel")),
        ("conv1/bn", "conv1/bn/moving_mean:0", (("conv1/bn",), "moving_mean")),
        ("model_1", "conv1/bn/gamma:0", (("model_1", "conv1/bn"), "gamma")),
        ("conv", "functional_1/conv/kernel:0", (("conv",), "kernel")),
        ("two_way", "two_way/forward/cell/kernel:0", (("two_way", "forward/cell"), "kernel")),
        ("block1_conv1", "block1_conv1_W_1:0", (("block1_conv1",), "block1_conv1_W_1")),
        ("top_level_model_weights", "scale:0", ((), "scale")),
    ],
)
def test_a_weight_belongs_to_the_layer_before_its_last_slash(
    layer: str, weight: str, expected: tuple[tuple[str, ...], str]
) -> None:
    assert place(layer, weight) == expected


UNLISTED = [
    "array",
    "extra/array",
    "optimizer_weights/array",
    "model_weights/array",
    "model_weights/extra/array",
    "model_weights/optimizer_weights/array",
    "model_weights/conv/array",
    "model_weights/conv/conv/array:0",
    "model_weights/conv/conv/deeper/array",
    "model_weights/top_level_model_weights/array",
]


@pytest.mark.parametrize("place", UNLISTED)
def test_an_array_that_no_list_names_is_reported(
    write_keras2: Callable[..., Path], h5py: Any, place: str
) -> None:
    path = write_keras2({"conv": {"conv/kernel:0": np.ones(1)}})
    with h5py.File(path, "a") as file:
        top = file["model_weights"].create_group("top_level_model_weights")
        top.attrs["weight_names"] = np.array([], "S1")
        optimizer = file.create_group("optimizer_weights")
        optimizer.attrs["weight_names"] = [b"Adam/iter:0"]
        optimizer["Adam/iter:0"] = 7
        file[place] = np.ones(1)
    with open_weights(path) as opened:
        assert opened.unlisted == (place,)
        assert opened.ignored == {"optimizer": 1}
        assert [record.name for record in opened.records] == ["conv/kernel"]


def test_a_link_that_is_not_followed_is_reported(
    write_keras2: Callable[..., Path], h5py: Any
) -> None:
    path = write_keras2({"conv": {"conv/kernel:0": np.ones(1)}})
    with h5py.File(path, "a") as file:
        file["model_weights/conv/other"] = h5py.ExternalLink("other.h5", "/kernel")
    with open_weights(path) as opened:
        assert opened.unlisted == ("model_weights/conv/other (a link)",)


def test_the_report_of_a_load_names_arrays_that_no_list_names() -> None:
    report = LoadReport(source="a.h5", format="HDF5", total=1, unlisted=("zzz/kernel",))

    assert "in the file, but in no list of it: 1: zzz/kernel" in str(report)
    assert report.as_dict()["unlisted"] == ["zzz/kernel"]
    assert report.ok


def test_the_optimizers_arrays_are_counted(write_keras2: Callable[..., Path], h5py: Any) -> None:
    path = write_keras2({"conv": {"conv/kernel:0": np.ones(1)}})
    with h5py.File(path, "a") as file:
        file["optimizer_weights/Adam/conv/kernel/m:0"] = np.ones(1)
        file["optimizer_weights/Adam/iter:0"] = 7
    with open_weights(path) as opened:
        assert opened.ignored == {"optimizer": 2}
        assert [record.name for record in opened.records] == ["conv/kernel"]


MODELS = {
    "minimal_instance.UNet.bottomup": "MultiInstanceConfmapsHead_0",
    "minimal_instance.UNet.centered_instance": "CenteredInstanceConfmapsHead_0",
    "minimal_instance.UNet.centroid": "CentroidConfmapsHead_0",
    "minimal_robot.UNet.single_instance": "SingleInstanceConfmapsHead_0",
}


@pytest.mark.parametrize("model", MODELS)
def test_every_array_of_a_model_that_sleap_trained_is_listed(
    model: str, shared: Path, h5py: Any
) -> None:
    path = shared / "sleap" / "models" / model
    if not path.is_dir():
        pytest.skip(f"needs {path}")
    with h5py.File(path / "best_model.h5") as file:
        arrays: list[str] = []
        file["model_weights"].visititems(
            lambda name, member: arrays.append(name) if isinstance(member, h5py.Dataset) else None
        )
    with open_weights(path) as opened:
        assert len(opened.records) == len(arrays) > 0
        layers = {record.layer for record in opened.records}
        assert (MODELS[model],) in layers
        assert {record.role for record in opened.records} == {"kernel", "bias"}
        assert all(record.read().shape == record.shape for record in opened.records)
        assert opened.ignored["optimizer"] > 2 * len(arrays)
        assert opened.format == "HDF5 of Keras 2.4.0, whole model"


@pytest.mark.parametrize("case", ["unet/default_f8", "unet/interp", "unet/stem2"])
def test_the_originals_files_hold_what_its_tables_list(case: str, golden: Path, h5py: Any) -> None:
    folder = golden / case
    table = json.loads((folder / "tables.json").read_text())["weights"]
    files = [path for path in (folder / "weights.h5", folder / "model.h5") if path.exists()]
    assert files
    for path in files:
        with open_weights(path) as opened:
            assert [
                [*record.layer, record.role, list(record.shape)] for record in opened.records
            ] == [row[:3] for row in table]

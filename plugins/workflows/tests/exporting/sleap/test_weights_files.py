"""``best_model.h5``, opened with nothing but h5py."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import pytest

from poise_workflows.exporting.sleap.graphs import INPUT, Layer, Network, Source, Weight
from poise_workflows.exporting.sleap.weights_files import MOST, write_weights_file

ARRAY = np.arange(6, dtype="float32").reshape(2, 3)


def network(count: int = 1, name: str = "conv") -> Network:
    layers = {"input": Layer(class_name=INPUT, name="input")}
    for index in range(count):
        weight = Weight(
            layer=f"{name}{index}", role="kernel", is_trainable=True, read=partial(np.copy, ARRAY)
        )
        layers[weight.layer] = Layer(
            class_name="Conv2D",
            name=weight.layer,
            sources=(Source(list(layers)[-1]),),
            weights=(weight,),
        )
    return Network("net", layers, (Source(list(layers)[-1]),))


def test_arrays_lie_under_layer_and_name(tmp_path: Path) -> None:
    write_weights_file(network(), tmp_path / "best_model.h5")

    with h5py.File(tmp_path / "best_model.h5") as file:
        group = file["model_weights"]
        assert list(group.attrs["layer_names"]) == [b"input", b"conv0"]
        assert list(group["input"].attrs["weight_names"]) == []
        assert list(group["conv0"].attrs["weight_names"]) == [b"conv0/kernel:0"]
        np.testing.assert_array_equal(group["conv0/conv0/kernel:0"][()], ARRAY)
        config = json.loads(file.attrs["model_config"])
    assert config["class_name"] == "Functional"
    assert config["config"]["output_layers"] == [["conv0", 0, 0]]


def test_a_list_that_hdf5_has_no_room_for_is_split_as_keras_does(tmp_path: Path) -> None:
    long = network(40, name="x" * 4_000)
    write_weights_file(long, tmp_path / "best_model.h5")

    with h5py.File(tmp_path / "best_model.h5") as file:
        attrs = file["model_weights"].attrs
        pieces = sorted(name for name in attrs if name.startswith("layer_names"))
        assert pieces == ["layer_names0", "layer_names1", "layer_names2"]
        assert all(attrs[piece].nbytes <= MOST for piece in pieces)
        assert [name.decode() for piece in pieces for name in attrs[piece]] == list(long.layers)


def test_a_file_whose_writing_fails_leaves_the_former_one(tmp_path: Path) -> None:
    path = tmp_path / "best_model.h5"
    write_weights_file(network(), path)
    before = path.read_bytes()
    broken = network(2)

    def fail() -> None:
        raise KeyboardInterrupt

    object.__setattr__(broken.layers["conv1"].weights[0], "read", fail)
    with pytest.raises(KeyboardInterrupt):
        write_weights_file(broken, path)

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]

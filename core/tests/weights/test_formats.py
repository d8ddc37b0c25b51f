"""Finding, recognizing and opening files; nothing in them is trusted."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise.errors import WeightsError
from poise.weights import find_weights, open_weights


def refusal(path: Path) -> str:
    with pytest.raises(WeightsError) as caught, open_weights(path):
        pass
    assert caught.value.report is None
    assert len(str(caught.value).splitlines()) <= 12
    return str(caught.value)


def test_importing_loads_neither_keras_nor_h5py() -> None:
    code = "import poise.weights, sys; print(sorted({'keras', 'h5py', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folders_best_model_is_found_among_others(tmp_path: Path) -> None:
    for name in ("latest_model.h5", "best_model.h5", "training_config.json"):
        (tmp_path / name).touch()
    assert find_weights(tmp_path) == tmp_path / "best_model.h5"


def test_a_folders_only_weights_are_found_whatever_their_name(tmp_path: Path) -> None:
    (tmp_path / "mouse.keras").touch()
    (tmp_path / "notes.txt").touch()
    assert find_weights(str(tmp_path)) == tmp_path / "mouse.keras"


def test_several_weights_files_without_a_best_one_are_listed(tmp_path: Path) -> None:
    for name in ("b.h5", "a.weights.h5"):
        (tmp_path / name).touch()
    assert refusal(tmp_path) == (
        f"{tmp_path}: holds several weights files; pass one of a.weights.h5, b.h5"
    )


def test_the_error_on_a_folder_without_weights_says_what_poise_looked_for(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: holds no weights file (*.h5, *.hdf5, *.keras)"


def test_the_error_on_a_missing_file_lists_the_weights_beside_it(tmp_path: Path) -> None:
    (tmp_path / "best_model.h5").touch()
    missing = tmp_path / "best.h5"
    assert refusal(missing) == f"{missing}: no such file; weights in that folder: best_model.h5"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file; give the model's .h5 or .keras file"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
            "a git-lfs pointer; fetch the file itself",
        ),
        (b"<!DOCTYPE html><html></html>", "a web page, not the file; download the raw file"),
        (pickle.dumps({"a": 1}), "a pickle, which can run code and is never read"),
        (b'{"metadata": {}}', "JSON (weights that are split over several files are not read)"),
    ],
)
def test_a_file_that_is_not_weights_is_identified(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "best_model.h5"
    path.write_bytes(content)
    assert refusal(path).startswith(f"{path}: must be weights of Keras, got {message}")


@pytest.mark.parametrize("content", [b"hello", b"\x89HDF\r\n\x1a\n" + bytes(64)])
def test_a_file_of_other_or_damaged_bytes_is_refused(
    tmp_path: Path, content: bytes, h5py: Any
) -> None:
    path = tmp_path / "best_model.h5"
    path.write_bytes(content)
    assert "must be HDF5 or a .keras archive, got another or a truncated file" in refusal(path)


def test_a_truncated_file_is_refused(write_keras2: Callable[..., Path], tmp_path: Path) -> None:
    path = write_keras2({"conv": {"conv/kernel:0": np.ones((64, 64))}})
    path.write_bytes(path.read_bytes()[:-8192])
    assert "truncated" in refusal(path)


def test_the_error_on_hdf5_without_weights_lists_its_groups(tmp_path: Path, h5py: Any) -> None:
    path = tmp_path / "labels.h5"
    with h5py.File(path, "w") as file:
        file["frames"] = [1]
        file["instances"] = [1]
    assert refusal(path) == (
        f"{path}: must be HDF5 weights of Keras (with layer_names or layers), got frames, instances"
    )


def test_the_error_on_a_zip_file_lists_its_members(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/notes.txt", b"")
    assert "must be a .keras archive with model.weights.h5 and config.json" in refusal(path)
    assert "archive/notes.txt" in refusal(path)


def test_a_zip_file_of_pytorch_is_named(tmp_path: Path) -> None:
    path = tmp_path / "best.ckpt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    assert refusal(path).startswith(f"{path}: must be weights of Keras, got weights of PyTorch")


def test_labels_are_named_where_weights_belong(tmp_path: Path, h5py: Any) -> None:
    path = tmp_path / "flies.slp"
    with h5py.File(path, "w") as file:
        file["videos_json"] = [1]
    assert refusal(path).startswith(f"{path}: must be weights of Keras, got labels of SLEAP (.slp)")


@pytest.mark.parametrize("beside", [[], ["old/best_model.h5", "labels.h5"]])
@pytest.mark.parametrize("top", ["", "flies/"])
def test_a_zipped_folder_is_opened_as_the_folder_is(
    write_keras2: Callable[..., Path], tmp_path: Path, top: str, beside: list[str]
) -> None:
    path = write_keras2({"conv": {"conv/kernel:0": np.ones((2, 3))}})
    file = tmp_path / "flies.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(path, f"{top}best_model.h5")
        for name in beside:
            archive.writestr(name if not top else name.replace("old/", "flies/old/"), b"")

    with open_weights(file) as opened:
        assert [(record.name, record.shape) for record in opened.records] == [
            ("conv/kernel", (2, 3))
        ]
        assert opened.source == file
        assert opened.notes == (f"read from {top}best_model.h5",)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ("a.h5", "b.h5"),
            "holds several weights files: a.h5, b.h5; unpack it and pass one of them",
        ),
        (
            ("a/best_model.h5", "b/best_model.h5"),
            "holds several weights files: a/best_model.h5, b/best_model.h5",
        ),
        (
            ("a/b/best_model.h5",),
            "or a zipped model folder with weights (.h5, .hdf5, .keras), got a zip",
        ),
        ((), "got a zip archive with nothing"),
    ],
)
def test_an_archive_without_the_one_weights_file_says_what_it_holds(
    tmp_path: Path, names: tuple[str, ...], message: str
) -> None:
    path = tmp_path / "some.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    assert message in refusal(path)


def test_an_archive_inside_of_an_archive_is_to_be_unpacked(tmp_path: Path) -> None:
    inner, path = tmp_path / "best_model.keras", tmp_path / "some.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("config.json", "{}")
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, inner.name)
    assert refusal(path) == (
        f"{path}: best_model.keras is an archive inside of the archive; unpack the outer one"
    )


def test_an_archive_that_would_fill_the_disk_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(2**24))
    assert "bytes, got 16777216" in refusal(path)


def test_an_archive_with_a_damaged_configuration_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{")
        archive.writestr("model.weights.h5", b"")
    assert refusal(path).startswith(f"{path}:config.json: not JSON")


def test_links_to_other_files_are_not_followed(tmp_path: Path, h5py: Any) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["kernel:0"] = [1.0]
    path = tmp_path / "best_model.h5"
    for link in (h5py.ExternalLink("secret.h5", "/kernel:0"), h5py.SoftLink("/conv")):
        with h5py.File(path, "w") as file:
            file.attrs["layer_names"] = ["conv"]
            group = file.create_group("conv")
            group.attrs["weight_names"] = ["kernel:0"]
            group["kernel:0"] = link
        assert "'kernel:0' is a link to elsewhere" in refusal(path)


def test_arrays_stored_in_other_files_are_not_read(tmp_path: Path, h5py: Any) -> None:
    (tmp_path / "secret.bin").write_bytes(bytes(16))
    path = tmp_path / "best_model.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = ["conv"]
        group = file.create_group("conv")
        group.attrs["weight_names"] = ["kernel:0"]
        group.create_dataset(
            "kernel:0", (4,), "f4", external=[(str(tmp_path / "secret.bin"), 0, 16)]
        )
    assert "its values are in another file, which is not read" in refusal(path)


def test_arrays_of_anything_but_numbers_are_refused(tmp_path: Path, h5py: Any) -> None:
    path = tmp_path / "best_model.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = ["conv"]
        group = file.create_group("conv")
        group.attrs["weight_names"] = ["conv/kernel:0"]
        group["conv/kernel:0"] = ["text"]
    assert refusal(path) == (f"{path}/conv/conv/kernel:0: must hold numbers, got object")


def test_a_layer_that_is_listed_but_missing_is_named(tmp_path: Path, h5py: Any) -> None:
    path = tmp_path / "best_model.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = ["conv"]
    assert refusal(path) == f"{path}/: 'conv' is listed but missing"


def test_a_group_inside_itself_is_refused(tmp_path: Path, h5py: Any) -> None:
    path = tmp_path / "m.weights.h5"
    with h5py.File(path, "w") as file:
        layer = file.create_group("layers/conv2d")
        layer["layers"] = file["layers"]
    assert "layers/conv2d/layers/conv2d: the same group appears twice" in refusal(path)


def test_lambda_layers_of_the_saved_model_are_listed_and_left_alone(
    write_keras2: Callable[..., Path],
) -> None:
    nested = {"class_name": "Lambda", "config": {"name": "inner", "function": ["4wEAAAA=", None]}}
    config = {
        "class_name": "Functional",
        "config": {
            "layers": [
                {"class_name": "Lambda", "config": {"name": "tile_channels"}},
                {"class_name": "Functional", "config": {"layers": [nested]}},
                {"class_name": "Conv2D", "config": {"name": "conv"}},
            ]
        },
    }
    path = write_keras2(
        {"conv": {"conv/kernel:0": np.ones(1)}}, attributes={"model_config": json.dumps(config)}
    )
    with open_weights(path) as file:
        assert file.replaced == ("tile_channels", "inner")

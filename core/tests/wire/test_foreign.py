"""What is given instead of a configuration, labels or weights is recognized by its content."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise
from poise.wire.foreign import NEEDED, Purpose, foreign_file, foreign_keys, refuse_foreign

YAML = {
    "sleap-nn (SLEAP 1.5 and newer)": "data_config: {}\nmodel_config: {}\ntrainer_config: {}\n",
    "Lightning Pose": "data:\n  image_resize_dims: {}\ntraining: {}\nmodel: {}\nlosses: {}\n",
    "DeepLabCut": "    # Project definitions\nTask: reach\nscorer: me\nbodyparts:\n- a\n",
    "Ultralytics": "path: flies\nkpt_shape: [17, 3]\nnames:\n  0: fly\n",
}
"""Program → the beginning of a configuration that it reads."""


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("training_config.json"))
    return stream.getvalue()


BYTES = {
    "an empty file": b" \n",
    "a git-lfs pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
    "a git-annex pointer": b"/annex/objects/SHA256E-s1--0.json\n",
    "a web page": b"\n<!DocType html><html></html>",
    "a pickle": pickle.dumps({"model": {}}),
    "text in UTF-16": '{"model": {}}'.encode("utf-16"),
    "text in UTF-16 without a mark": '{"model": {}}'.encode("utf-16-be"),
    "text in UTF-32": '{"model": {}}'.encode("utf-32"),
    "a gzip archive": gzip.compress(b"{}", mtime=0),
    "a bzip2 archive": bz2.compress(b"{}"),
    "an xz archive": lzma.compress(b"{}"),
    "a tar archive": _tar(),
    "a PNG image": b"\x89PNG\r\n\x1a\n",
    "a video (MP4)": b"\0\0\0\x20ftypisom",
    "labels of DeepLabCut": b"scorer,me,me\nbodyparts,nose,nose\n",
}
"""What a file is → its bytes."""


@pytest.mark.parametrize("noun", BYTES)
def test_a_file_is_named_by_its_bytes_whatever_its_ending(noun: str, tmp_path: Path) -> None:
    path = tmp_path / "training_config.json"
    path.write_bytes(BYTES[noun])

    with pytest.raises(poise.ConfigError) as error:
        poise.read(path)

    (fault,) = error.value.faults
    assert f", got {noun.removesuffix(' without a mark')}" in fault.what
    assert "; " in fault.what
    assert (error.value.heading, fault.path) == (str(path), "")


@pytest.mark.parametrize("program", YAML)
@pytest.mark.parametrize("ending", [".yaml", ".yml", ".json"])
def test_a_configuration_of_another_program_is_named(
    program: str, ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"config{ending}"
    path.write_text(YAML[program], encoding="utf-8")

    with pytest.raises(poise.ConfigError) as error:
        poise.read(path)

    (fault,) = error.value.faults
    assert "got a configuration" in fault.what
    assert program in fault.what
    assert "as a configuration of Poise" in fault.what


def test_it_is_named_even_if_it_is_too_large_or_no_valid_yaml(tmp_path: Path) -> None:
    path = tmp_path / "training_config.yaml"
    text = YAML["sleap-nn (SLEAP 1.5 and newer)"]
    path.write_text(text + "\ndata_config: {\n" + "# much\n" * 50_000, encoding="utf-8")

    with pytest.raises(poise.ConfigError, match="got a configuration that sleap-nn"):
        poise.read(path)


@pytest.mark.parametrize(
    ("data", "noun"),
    [
        ({"images": [], "annotations": [], "categories": []}, "annotations of COCO"),
        ({"videos": [], "labels": [], "skeletons": [], "nodes": []}, "labels of SLEAP in JSON"),
        ({"class_name": "Functional", "config": {}}, "the architecture of a model of Keras"),
        ({"nodes": [], "links": [], "graph": {}, "directed": True}, "a skeleton of SLEAP"),
        ({"size": [4, 4], "parts": ["a"], "instances": []}, "points"),
    ],
)
def test_json_that_is_no_configuration_is_named(data: Any, noun: str, tmp_path: Path) -> None:
    path = tmp_path / "some.json"
    path.write_text(json.dumps(data), encoding="utf-8")

    with pytest.raises(poise.ConfigError, match=f", got {noun}; "):
        poise.read(path)


def test_a_folder_of_another_program_is_named_by_the_file_in_it(tmp_path: Path) -> None:
    text = YAML["sleap-nn (SLEAP 1.5 and newer)"]
    (tmp_path / "training_config.yaml").write_text(text, encoding="utf-8")

    what = "got training_config.yaml, a configuration that sleap-nn"
    with pytest.raises(poise.ConfigError, match=what) as error:
        poise.read(tmp_path)
    assert str(error.value).count(str(tmp_path)) == 1
    with pytest.raises(poise.BundleError, match=what):
        poise.load(tmp_path)


def test_a_zipped_folder_of_another_program_is_named(tmp_path: Path) -> None:
    path = tmp_path / "flies.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("flies/training_config.yaml", YAML["sleap-nn (SLEAP 1.5 and newer)"])
        archive.writestr("flies/best.ckpt", b"")

    with pytest.raises(
        poise.ConfigError, match=r"got flies/training_config\.yaml, a configuration"
    ):
        poise.read(path)


OWN = {"a.yml": "backbone: {}\nheads: {}\n", "b.yaml": YAML["DeepLabCut"]}
"""Two YAML files, of which only the second is of another program."""


def test_an_own_file_before_that_of_another_program_hides_nothing(tmp_path: Path) -> None:
    for name, text in OWN.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "flies.zip", "w") as archive:
        for name, text in OWN.items():
            archive.writestr(name, text)

    for path in (tmp_path, tmp_path / "flies.zip"):
        with pytest.raises(poise.ConfigError, match=r"got b\.yaml, a configuration of DeepLabCut"):
            poise.read(path)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_yaml_that_cannot_be_opened_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to(tmp_path / "a.yaml")

    with pytest.raises(poise.ConfigError, match=r"give its path: a\.yaml"):
        poise.read(tmp_path)
    (tmp_path / "b.yml").write_text(YAML["DeepLabCut"], encoding="utf-8")
    with pytest.raises(poise.ConfigError, match=r"got b\.yml, a configuration of DeepLabCut"):
        poise.read(tmp_path)


def test_a_folder_without_a_job_names_every_configuration_in_it(tmp_path: Path) -> None:
    for name in ("a.json", "b.yml", "c.yaml", "d.txt"):
        (tmp_path / name).write_text("backbone: {}\nheads: {}\n", encoding="utf-8")

    with pytest.raises(poise.ConfigError, match=r"give its path: a\.json, b\.yml, c\.yaml$"):
        poise.read(tmp_path)


ARCHIVES = {
    "a model of Keras (.keras)": ("metadata.json", "config.json", "model.weights.h5"),
    "weights of PyTorch": ("best/data.pkl", "best/data/0"),
    "a TensorFlow SavedModel": ("flies/saved_model.pb",),
    "arrays of NumPy (.npz)": ("a.npy", "b.npy"),
}
"""What a zip archive is → its members."""


@pytest.mark.parametrize("noun", ARCHIVES)
def test_an_archive_is_named_by_its_members(noun: str, tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ARCHIVES[noun]:
            archive.writestr(name, b"")

    with pytest.raises(poise.ConfigError) as error:
        poise.read(path)

    assert f", got {noun}" in str(error.value)


def hdf5(path: Path, *names: str) -> Path:
    h5py = pytest.importorskip("h5py", reason="writing HDF5 needs h5py")
    with h5py.File(path, "w") as file:
        for name in names:
            file[name] = np.zeros(2_000_000, "u1")  # more than a configuration may have
    return path


@pytest.mark.parametrize(
    ("name", "noun", "fix"),
    [
        ("videos_json", "labels of SLEAP (.slp)", "give a training_config.json, its folder"),
        ("model_weights", "weights of Keras (HDF5)", "give the training_config.json beside it"),
        ("layers", "weights of Keras (HDF5)", "give the training_config.json beside it"),
        ("else", "an HDF5 file with neither", "give a training_config.json, its folder"),
    ],
)
@pytest.mark.parametrize("read", [poise.read, poise.read_sleap, poise.ModelConfig.load])
def test_hdf5_is_named_by_what_it_holds(
    read: Callable[[Path], Any], name: str, noun: str, fix: str, tmp_path: Path
) -> None:
    path = hdf5(tmp_path / "best_model.h5", name, "more", "most")

    with pytest.raises(poise.ConfigError) as error:
        read(path)

    assert f", got {noun}" in str(error.value)
    assert f"; {fix}" in str(error.value)


def test_a_damaged_hdf5_file_is_named(tmp_path: Path) -> None:
    path = hdf5(tmp_path / "best_model.h5", "layers")
    path.write_bytes(path.read_bytes()[:600])

    with pytest.raises(poise.ConfigError, match="got a damaged HDF5 file; copy it again"):
        poise.read(path)


def test_a_file_where_a_model_folder_belongs_is_named(tmp_path: Path) -> None:
    path = hdf5(tmp_path / "best_model.h5", "layers")

    with pytest.raises(poise.BundleError) as error:
        poise.load(path)

    assert str(error.value) == (
        f"{path}: must be a model folder of Poise, got weights of Keras (HDF5); "
        "poise.load_weights(model, path) reads weights into a model"
    )


@pytest.mark.parametrize("purpose", NEEDED)
def test_nothing_is_refused_for_the_purpose_that_it_serves(
    purpose: Purpose, tmp_path: Path
) -> None:
    files = {
        "configuration": tmp_path / "model.yaml",
        "labels": hdf5(tmp_path / "flies.slp", "videos_json"),
        "weights": hdf5(tmp_path / "best_model.h5", "layers"),
    }
    files["configuration"].write_text("backbone: {}\nheads: {}\n", encoding="utf-8")

    for serves, path in files.items():
        if serves == purpose:
            refuse_foreign(path, purpose)
        else:
            with pytest.raises(poise.ConfigError, match=NEEDED[purpose][0]):
                refuse_foreign(path, purpose)


@pytest.mark.parametrize(
    ("text", "serves"),
    [
        ("{}", ""),
        ("hello", ""),
        ("model:x", ""),
        ("model :\n  unet: 1\n", "configuration"),
        ("# model:", ""),
    ],
)
def test_what_nobody_recognizes_is_left_to_its_reader(
    text: str, serves: str, tmp_path: Path
) -> None:
    path = tmp_path / "some.json"
    path.write_text(text, encoding="utf-8")

    foreign = foreign_file(path)

    assert (foreign.serves if foreign else "") == serves
    assert foreign_file(tmp_path) is None
    assert foreign_file(tmp_path / "nowhere") is None


@pytest.mark.parametrize("keys", [[], ["backbone"], ["edition", 3], ["data"], ["parts", "size"]])
def test_few_keys_name_nothing(keys: list[object]) -> None:
    assert foreign_keys(keys) is None

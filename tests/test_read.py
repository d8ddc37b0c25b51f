"""``poise.read`` of every kind of path gives one reading, and ``build`` its model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import poise

MODELS = (
    "min_tracks_2node.UNet.bottomup_multiclass",
    "minimal_instance.UNet.bottomup",
    "minimal_instance.UNet.centered_instance",
    "minimal_instance.UNet.centroid",
    "minimal_robot.UNet.single_instance",
)
PROFILES = (
    "baseline.centroid",
    "baseline_large_rf.bottomup",
    "baseline_large_rf.single",
    "baseline_large_rf.topdown",
    "baseline_medium_rf.bottomup",
    "baseline_medium_rf.single",
    "baseline_medium_rf.topdown",
    "pretrained.bottomup",
    "pretrained.centroid",
    "pretrained.single",
    "pretrained.topdown",
)
JOB_FILES = ("training_config.json", "initial_config.json")
OWN = ("folder", "poise.json", "zip", "zip with a folder", "config.json", "config.yaml")
SKELETON = poise.Skeleton(["head", "tail"], [("head", "tail")])


def models_of(shared: Path) -> Path:
    return shared / "sleap" / "models"


def zipped(folder: Path, place: Path, *, with_name: bool) -> Path:
    root, base = (folder.parent, folder.name) if with_name else (folder, ".")
    return Path(shutil.make_archive(str(place / "model"), "zip", root, base))


def assert_reads_as_sleap(reading: poise.Reading, path: Path) -> None:
    job = poise.read_sleap(path)
    for name in attrs.fields_dict(poise.SleapJob):
        if name != "source":
            assert getattr(reading, name) == getattr(job, name), name
    assert reading.input_scaling == job.preprocessing.input_scaling
    assert reading.image == (None, None, None)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_folder_of_sleap_is_read(shared: Path, name: str) -> None:
    folder = models_of(shared) / name

    reading = poise.read(folder)

    assert_reads_as_sleap(reading, folder)
    assert reading.source == folder / "training_config.json"
    assert reading.weights == folder / "best_model.h5"


@pytest.mark.parametrize("file", JOB_FILES)
@pytest.mark.parametrize("name", MODELS)
def test_a_job_file_of_a_model_folder_is_read(shared: Path, name: str, file: str) -> None:
    folder = models_of(shared) / name

    reading = poise.read(folder / file)

    assert_reads_as_sleap(reading, folder / file)
    assert reading.weights == folder / "best_model.h5"


@pytest.mark.parametrize("with_name", [True, False])
@pytest.mark.parametrize("name", MODELS)
def test_a_zipped_model_folder_of_sleap_is_read(
    shared: Path, tmp_path: Path, name: str, with_name: bool
) -> None:
    folder = models_of(shared) / name
    file = zipped(folder, tmp_path, with_name=with_name)

    reading = poise.read(file)

    assert_reads_as_sleap(reading, folder)
    assert reading.source == file / (name if with_name else "") / "training_config.json"
    assert reading.weights == file


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_read(shared: Path, name: str) -> None:
    file = shared / "sleap" / "profiles" / f"{name}.json"

    reading = poise.read(file)

    assert_reads_as_sleap(reading, file)
    assert (reading.source, reading.weights, reading.skeleton) == (file, None, None)


def test_the_tables_have_every_file(shared: Path) -> None:
    assert sorted(folder.name for folder in models_of(shared).iterdir()) == sorted(MODELS)
    profiles = (shared / "sleap" / "profiles").glob("*.json")
    assert sorted(file.stem for file in profiles) == sorted(PROFILES)


@pytest.fixture
def own(keras: Any) -> Any:
    config = poise.ModelConfig(
        backbone=poise.UNetConfig(filters=2, max_stride=4, output_stride=2),
        heads=poise.SingleInstanceConfmapsHeadConfig(output_stride=2),
    )
    return poise.build(config, (16, 24, 1), SKELETON)


@pytest.fixture
def path_of(own: Any, tmp_path: Path) -> Callable[[str], Path]:
    """The paths of a small model, in each kind of file that Poise writes."""
    folder = poise.save(own, tmp_path / "saved")
    config = poise.ModelConfig.load(folder / "config.json")
    config.save(tmp_path / "config.yaml")
    shutil.copy(folder / "config.json", tmp_path)

    def path(kind: str) -> Path:
        if kind.startswith("zip"):
            return zipped(folder, tmp_path, with_name=kind != "zip")
        return {"folder": folder, "poise.json": folder / kind}.get(kind, tmp_path / kind)

    return path


@pytest.mark.parametrize("kind", OWN)
def test_what_poise_wrote_is_read_and_built(
    own: Any, path_of: Callable[[str], Path], kind: str
) -> None:
    path = path_of(kind)
    is_saved = not kind.startswith("config")

    reading = poise.read(path)
    built = reading.build((16, 24, 1), skeleton=None if is_saved else SKELETON)

    assert reading.config == poise.ModelConfig.load(path_of("config.json"))
    assert reading.skeleton == (SKELETON if is_saved else None)
    assert reading.image == ((16, 24, 1) if is_saved else (None, None, None))
    weights = {"folder": path / "model.weights.h5", "poise.json": path.parent / "model.weights.h5"}
    assert reading.weights == weights.get(kind, path if is_saved else None)
    if is_saved:
        assert_same_weights(built, own)
        assert_same_weights(reading.build(), own)


@pytest.mark.parametrize("kind", ["folder", "job file", "zip"])
def test_a_trained_model_is_built_with_the_weights_that_load_weights_gives(
    shared: Path, tmp_path: Path, keras: Any, kind: str
) -> None:
    folder = models_of(shared) / "minimal_instance.UNet.centroid"
    path = {
        "folder": folder,
        "job file": folder / "training_config.json",
        "zip": zipped(folder, tmp_path, with_name=True),
    }[kind]
    job = poise.read_sleap(folder)
    expected = poise.build(job.config, (None, None, 1), job.skeleton, job.classes)
    poise.load_weights(expected, folder)

    built = poise.read(path).build()

    assert built.input_shape == (None, None, None, 1)
    assert_same_weights(built, expected)


def test_a_profile_is_built_for_the_image_and_skeleton_that_are_named(
    shared: Path, keras: Any
) -> None:
    reading = poise.read(shared / "sleap" / "profiles" / "baseline_medium_rf.single.json")

    with pytest.raises(poise.BuildError, match="no parts are named"):
        reading.build((64, 64, 1))
    model = reading.build((64, 64, 1), skeleton=SKELETON)

    assert model.output["confmaps"].shape == (None, 32, 32, 2)


def test_a_bare_configuration_of_sleap_is_read_as_sleap_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    config = poise.ModelConfig(
        backbone=poise.UNetConfig(), heads=poise.CentroidsHeadConfig(), edition="sleap-1.4"
    )
    sections = config.to_data()
    sections["backbone"]["unet"]["max_stride"] = 24
    file.write_text(json.dumps(sections), encoding="utf-8")

    reading = poise.read(file)

    assert_reads_as_sleap(reading, file)
    assert reading.config.backbone.unet.max_stride == 16


def assert_same_weights(model: Any, other: Any) -> None:
    for array, expected in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(array, expected)

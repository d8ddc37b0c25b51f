"""What Poise writes for SLEAP 1.4 is what SLEAP wrote: structure, names, attributes, numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise
from poise.cli import main
from poise_workflows.exporting.sleap.folders import write_sleap_folder
from poise_workflows.exporting.sleap.running import run_folder
from poise_workflows.pipelines.members import read_member
from sleap_exports import (
    ENCODERS,
    LARGE,
    LARGE_ENCODERS,
    SMALL,
    STEMS,
    images_for,
    largest_difference,
    maps_of,
    of_sleap,
    with_a_stem,
    with_an_encoder,
)

pytestmark = pytest.mark.usefixtures("keras")

FOLDERS = (
    "minimal_instance.UNet.bottomup",
    "minimal_instance.UNet.centered_instance",
    "minimal_instance.UNet.centroid",
    "minimal_robot.UNet.single_instance",
    "min_tracks_2node.UNet.bottomup_multiclass",
)
IMAGES = {
    "minimal_instance.UNet.bottomup": (384, 384, 1),
    "minimal_instance.UNet.centered_instance": (96, 96, 1),
    "minimal_instance.UNet.centroid": (384, 384, 1),
    "minimal_robot.UNet.single_instance": (160, 280, 3),
    "min_tracks_2node.UNet.bottomup_multiclass": (512, 512, 1),
}
"""Folder → the images that SLEAP trained it with, which no configuration says."""

FOR_TRAINING = ("optimizer_weights", "training_config")
"""What SLEAP keeps to go on with training, which Poise does not read: a group, an attribute."""

RENAMED = {"delete_viz_images": "keep_viz_images"}
"""Key of an older version → its opposite in SLEAP 1.4."""


@pytest.fixture(params=FOLDERS)
def original(request: pytest.FixtureRequest, shared: Path) -> Path:
    return shared / "sleap" / "models" / request.param


@pytest.fixture
def export(original: Path, tmp_path: Path) -> Path:
    """The folder after SLEAP → Poise → SLEAP, written from what Poise saved alone."""
    poise.save(poise.read(original).build(IMAGES[original.name]), tmp_path / "saved")
    folder = tmp_path / original.name
    folder.mkdir()
    write_sleap_folder(poise.load(tmp_path / "saved"), folder)
    return folder


def named_as_in_sleap_1_4(text: str) -> str:
    """SLEAP's older files number the layers of heads, of which there is only number 0."""
    return text.replace("Head_0", "Head")


def contents_of(file: Path) -> dict[str, Any]:
    """Path of every group and array in an HDF5 file → its attributes and its values."""
    import h5py

    contents: dict[str, Any] = {}

    def visit(name: str, item: Any) -> None:
        facts = {key: np.asarray(value).tolist() for key, value in item.attrs.items()}
        array = item[()] if isinstance(item, h5py.Dataset) else None
        contents[named_as_in_sleap_1_4(name)] = (facts, array)

    with h5py.File(file) as opened:
        visit("/", opened)
        opened.visititems(visit)
    return contents


def test_the_weights_file_has_the_groups_attributes_and_numbers_of_the_original(
    original: Path, export: Path
) -> None:
    theirs = contents_of(original / "best_model.h5")
    written = contents_of(export / "best_model.h5")

    kept = {name: item for name, item in theirs.items() if not name.startswith(FOR_TRAINING[0])}
    assert set(written) == set(kept)
    for name, (facts, array) in kept.items():
        facts = {key: value for key, value in facts.items() if key not in FOR_TRAINING}
        assert set(written[name][0]) == set(facts), name
        for key, value in facts.items():
            if key == "model_config":
                continue  # compared below
            assert str(written[name][0][key]) == named_as_in_sleap_1_4(str(value)), (name, key)
        if array is not None:
            assert written[name][1].dtype == array.dtype
            np.testing.assert_array_equal(written[name][1], array, err_msg=name)


def test_the_network_is_described_as_in_the_original(original: Path, export: Path) -> None:
    theirs, written = (
        contents_of(folder / "best_model.h5")["/"][0]["model_config"]
        for folder in (original, export)
    )

    assert written == named_as_in_sleap_1_4(theirs)


def leaves_of(data: Any, path: str = "") -> dict[str, Any]:
    if isinstance(data, dict) and data:
        return {
            name: leaf
            for key, value in data.items()
            for name, leaf in leaves_of(value, f"{path}.{key}").items()
        }
    return {path.lstrip("."): data}


def test_every_value_of_the_job_comes_back(original: Path, export: Path) -> None:
    name = "training_config.json"
    theirs = leaves_of(json.loads((original / name).read_text(encoding="utf-8")))
    written = leaves_of(json.loads((export / name).read_text(encoding="utf-8")))

    for path, value in theirs.items():
        parent, _, key = path.rpartition(".")
        if key in RENAMED:
            assert written[f"{parent}.{RENAMED[key]}"] is not value
        elif value is not None or path in written:  # null became the section that it stood for
            assert written[path] == value, path


def test_poise_reads_the_same_from_the_export(original: Path, export: Path) -> None:
    before, after = poise.read(original), poise.read(export)

    assert after.config == before.config
    assert after.config.edition == "sleap-1.4"
    assert after.skeleton == before.skeleton
    assert after.job == before.job
    model = before.build(IMAGES[original.name])
    images = images_for(model, batch=1)
    assert largest_difference(
        maps_of(model, images), maps_of(after.build(IMAGES[original.name]), images)
    ) == pytest.approx(0, abs=1e-7)


def test_images_of_any_size_are_open_in_the_export(shared: Path, tmp_path: Path) -> None:
    """A folder of SLEAP does not say how large its images were; SLEAP opens the size itself."""
    write_sleap_folder(poise.read(shared / "sleap" / "models" / FOLDERS[3]).build(), tmp_path)

    config = json.loads(contents_of(tmp_path / "best_model.h5")["/"][0]["model_config"])
    assert config["config"]["layers"][0]["config"]["batch_input_shape"] == [None, None, None, 3]
    assert not any("pad" in layer["name"] for layer in config["config"]["layers"])


def test_the_command_writes_a_folder_that_poise_predicts_with_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = of_sleap("heads/multi_2_4_offset")
    poise.save(model, "saved")

    assert main(["export", "saved", "--format", "sleap", "-o", "out"]) == 0

    said = capsys.readouterr().out
    assert "format    sleap" in said
    assert "proof     differs by" in said
    manifest = json.loads(Path("out", "manifest.json").read_text(encoding="utf-8"))
    assert max(each["part"] for each in manifest["proof"]["outputs"].values()) < 1e-5
    images = images_for(model)
    member = read_member(Path("out"))
    again = member.reading.build(images.shape[1:])
    assert largest_difference(maps_of(model, images), maps_of(again, images)) < 1e-6


def made(name: str) -> Any:
    if name in STEMS:
        return with_a_stem(name)
    if name in ENCODERS | LARGE_ENCODERS:
        return with_an_encoder(name, *(ENCODERS | LARGE_ENCODERS)[name])
    return of_sleap(name)


EVERY = [
    *(*SMALL, *STEMS, "mobilenetv2"),
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in (*LARGE, *list(ENCODERS)[1:], *LARGE_ENCODERS)
    ),
]


@pytest.mark.parametrize("name", EVERY)
def test_an_export_computes_the_maps_of_its_model_and_is_read_back(
    name: str, tmp_path: Path
) -> None:
    model = made(name)
    images = images_for(model)
    expected = maps_of(model, images)

    assert write_sleap_folder(model, tmp_path) == ()

    assert largest_difference(expected, run_folder(tmp_path, images)) < 1e-5
    again = poise.read(tmp_path)
    assert again.config == poise.building.record.record_of(model).resolution.config
    assert largest_difference(expected, maps_of(again.build(images.shape[1:]), images)) < 1e-6

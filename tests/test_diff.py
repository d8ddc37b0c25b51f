"""What differs between real model folders, and between a folder and its export."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import h5py
import numpy as np
import pytest

import poise_workflows
from poise.cli import main
from poise.weights import open_weights
from poise_workflows import Diff, diff
from poise_workflows.differing.arrays import compare_arrays
from poise_workflows.differing.pairs import read_pair

FOLDERS = {
    "classes": "min_tracks_2node.UNet.bottomup_multiclass",
    "bottomup": "minimal_instance.UNet.bottomup",
    "centered": "minimal_instance.UNet.centered_instance",
    "centroid": "minimal_instance.UNet.centroid",
    "robot": "minimal_robot.UNet.single_instance",
}

BACKBONES: dict[str, dict[str, Any]] = {
    "classes": {"max_stride": 16, "output_stride": 2, "filters": 8, "filters_rate": 1.5,
                "up_interpolate": True},
    "bottomup": {"max_stride": 8, "output_stride": 2, "filters": 16, "filters_rate": 1.5,
                 "up_interpolate": False},
    "centered": {"max_stride": 8, "output_stride": 2, "filters": 16, "filters_rate": 1.5,
                 "up_interpolate": False},
    "centroid": {"max_stride": 8, "output_stride": 4, "filters": 16, "filters_rate": 1.5,
                 "up_interpolate": False},
    "robot": {"max_stride": 4, "output_stride": 4, "filters": 8, "filters_rate": 2.0,
              "up_interpolate": True},
}  # fmt: skip
"""What the five files say of their U-Nets; all else is equal."""

PAIRS = [pytest.param(*pair, id="-".join(pair)) for pair in itertools.combinations(FOLDERS, 2)]


@pytest.fixture
def models(shared: Path) -> Path:
    return shared / "sleap" / "models"


def arrays_in(folder: Path) -> dict[str, np.ndarray]:
    """Layer and role → array, read by h5py alone."""
    arrays = {}
    with h5py.File(folder / "best_model.h5") as file:
        weights = file["model_weights"]
        for layer in weights.attrs["layer_names"]:
            layer_name = layer if isinstance(layer, str) else layer.decode()
            for name in weights[layer_name].attrs["weight_names"]:
                text = name if isinstance(name, str) else name.decode()
                role = text.rpartition("/")[2].partition(":")[0]
                arrays[f"{layer_name}/{role}"] = np.asarray(weights[layer_name][text])
    return arrays


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_the_fields_of_backbones_that_differ_are_those_that_the_files_say(
    models: Path, a: str, b: str
) -> None:
    fields = read_pair(models / FOLDERS[a], models / FOLDERS[b]).fields.fields

    start = "model.backbone.unet."
    changed = {each.path: (each.a, each.b) for each in fields if each.path.startswith(start)}
    assert changed == {
        f"{start}{name}": (value, BACKBONES[b][name])
        for name, value in BACKBONES[a].items()
        if value != BACKBONES[b][name]
    }
    heads = {each.path.split(".")[2]: each.only for each in fields if ".heads." in each.path}
    assert set(heads.values()) == {"a", "b"}  # every folder has another head type
    skeletons = {each.path for each in fields if each.path.startswith("skeleton")}
    assert skeletons == ({"skeleton.parts", "skeleton.edges"} if a == "classes" else set())


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_the_arrays_that_differ_are_those_that_the_files_have(models: Path, a: str, b: str) -> None:
    first, second = models / FOLDERS[a], models / FOLDERS[b]
    in_a, in_b = arrays_in(first), arrays_in(second)
    pair = read_pair(first, second)

    compared = {each.name: each for each in compare_arrays(pair.a, pair.b, 0.0).differences}

    both = in_a.keys() & in_b.keys()
    assert {name for name, each in compared.items() if each.b is None} == in_a.keys() - both
    assert {name for name, each in compared.items() if each.a is None} == in_b.keys() - both
    for name in both:
        same_shape = in_a[name].shape == in_b[name].shape
        if same_shape and (in_a[name] == in_b[name]).all():
            assert name not in compared
        elif same_shape:
            apart = np.abs(in_a[name].astype(float) - in_b[name].astype(float))
            assert compared[name].largest == apart.max()
            assert compared[name].count == (apart > 0).sum()
        else:
            assert (compared[name].a, compared[name].b) == (in_a[name].shape, in_b[name].shape)


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_the_layers_that_differ_are_told_with_their_shapes(models: Path, a: str, b: str) -> None:
    first, second = models / FOLDERS[a], models / FOLDERS[b]
    result = diff(first, second)

    differing = {each.name: each for each in result.layers}
    # The files number the only stack; since version 1.2.1, models do not.
    in_a, in_b = (
        {name.replace("Head_0/", "Head/"): array for name, array in arrays_in(each).items()}
        for each in (first, second)
    )
    layers_a, layers_b = ({name.partition("/")[0] for name in each} for each in (in_a, in_b))
    only = {name: each.only for name, each in differing.items() if each.only}
    assert {name for name in layers_a - layers_b if only.get(name) != "a"} == set()
    assert {name for name in layers_b - layers_a if only.get(name) != "b"} == set()
    for name in layers_a & layers_b:
        kernels = [list(each[f"{name}/kernel"].shape) for each in (in_a, in_b)]
        if kernels[0] != kernels[1]:
            told = differing[name].facts["weights"]
            assert [shapes["kernel"] for shapes in told] == kernels
        else:
            assert name not in differing
    assert result.compared_layers > 0


def test_a_folder_equals_itself_and_a_zip_of_itself(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = models / FOLDERS["centroid"]
    archive = shutil.make_archive(str(tmp_path / "centroid"), "zip", folder)

    assert main(["diff", str(folder), archive]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "equal, with 26 arrays"


@pytest.fixture
def changed(models: Path, tmp_path: Path) -> Path:
    """A copy of a folder in which one number of one array is larger by a half."""
    folder = tmp_path / "changed"
    shutil.copytree(models / FOLDERS["centroid"], folder)
    with h5py.File(folder / "best_model.h5", "r+") as file:
        kernel = file["model_weights/stack0_enc0_conv0/stack0_enc0_conv0/kernel:0"]
        kernel[1, 2, 0, 3] = np.float32(0.25)
        file["model_weights/stack0_enc0_conv0/stack0_enc0_conv0/bias:0"][5] = np.nan
    return folder


def with_quarter(models: Path, tmp_path: Path, value: float) -> Path:
    """The same folder with a known number in the place that ``changed`` changes."""
    folder = tmp_path / "known"
    shutil.copytree(models / FOLDERS["centroid"], folder)
    with h5py.File(folder / "best_model.h5", "r+") as file:
        kernel = file["model_weights/stack0_enc0_conv0/stack0_enc0_conv0/kernel:0"]
        kernel[...] = np.clip(kernel[...], -0.5, 0.5)
        kernel[1, 2, 0, 3] = np.float32(value)
    return folder


def test_one_number_that_changes_by_a_known_amount_is_told_exactly(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = with_quarter(models, tmp_path / "a", 0.25)
    b = with_quarter(models, tmp_path / "b", 1.0)

    assert main(["diff", str(a), str(b)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "different: 1 array",
        f"  A  {a}",
        f"  B  {b}",
        "",
        "arrays, of 26 in both:",
        "  stack0_enc0_conv0/kernel  1 of 144 numbers, by up to 0.75, 0.75 of the largest",
    ]
    assert main(["diff", str(a), str(b), "--tolerance", "0.75"]) == 0
    assert "equal, with 26 arrays within 0.75" in capsys.readouterr().out


def test_nan_in_one_of_them_is_told(models: Path, changed: Path) -> None:
    result = diff(models / FOLDERS["centroid"], changed, tolerance=10)

    (bias,) = result.arrays
    assert (bias.name, bias.count, bias.nan) == ("stack0_enc0_conv0/bias", 1, 1)


@pytest.mark.usefixtures("keras")
def test_arrays_without_names_are_told_apart_by_the_model(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = read_pair(models / FOLDERS["centroid"], models / FOLDERS["bottomup"])
    with_names = compare_arrays(pair.a, pair.b, 0.0).differences

    @contextmanager
    def without_names(path: Path) -> Iterator[Any]:
        with open_weights(path) as file:
            yield attrs.evolve(file, named=False)

    monkeypatch.setattr("poise_workflows.differing.arrays.open_weights", without_names)
    result = compare_arrays(pair.a, pair.b, 0.0).differences

    plain = {each.name.replace("Head_0/", "Head/"): each.largest for each in with_names}
    assert {each.name: each.largest for each in result} == plain


def exported(model: Path, output: Path, kind: str) -> Path:
    assert main(["export", str(model), "--format", kind, "-o", str(output)]) == 0
    return output


@pytest.mark.usefixtures("keras")
def test_an_export_for_sleap_has_the_arrays_of_its_folder(models: Path, tmp_path: Path) -> None:
    folder = models / FOLDERS["centroid"]
    export = exported(folder, tmp_path / "back", "sleap")

    result: Diff = diff(folder, export)

    assert result.arrays == ()
    assert result.compared_arrays == 26
    assert result.layers == ()
    assert [each.path for each in result.fields if each.path.startswith("model.")] == []


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("kind", ["onnx", "saved_model"])
def test_other_exports_cannot_be_compared(
    models: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if kind == "onnx":
        pytest.importorskip("onnxruntime")
    folder = models / FOLDERS["centroid"]
    export = exported(folder, tmp_path / "export", kind)
    capsys.readouterr()

    assert main(["diff", str(folder), str(export)]) == 2
    assert str(export) in capsys.readouterr().err


def test_a_profile_is_compared_with_its_copy_by_its_name(tmp_path: Path) -> None:
    profiles = Path(poise_workflows.__file__).parent / "training" / "profiles"
    copy = tmp_path / "mine.yaml"
    text = (profiles / "baseline.centroid.yaml").read_text(encoding="utf-8")
    copy.write_text(text.replace("epochs: 200", "epochs: 20"), encoding="utf-8")

    result = diff("baseline.centroid", copy)

    assert [(each.path, each.a, each.b) for each in result.fields] == [
        ("optimization.epochs", 200, 20)
    ]


def test_arrays_of_one_side_alone_are_no_difference_but_are_told(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = models / FOLDERS["centroid"]
    shutil.copy(folder / "training_config.json", tmp_path / "job.json")

    assert main(["diff", str(folder), str(tmp_path / "job.json"), "--json"]) == 0

    data = json.loads(capsys.readouterr().out)
    assert data["fields"] == []
    assert data["notes"] == [f"arrays are not compared: {folder} alone has weights"]

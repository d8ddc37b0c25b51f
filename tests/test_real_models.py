"""The main job: read a model folder of SLEAP, build it, load its weights, match its numbers.

Trained weights are not in the repository: these tests need the folder of SLEAP files.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise
from poise.cli import main

pytestmark = pytest.mark.usefixtures("keras")

FOLDERS = [
    "minimal_instance.UNet.bottomup",
    "minimal_instance.UNet.centered_instance",
    "minimal_instance.UNet.centroid",
    "minimal_robot.UNet.single_instance",
]

OUTPUT_NAMES = {
    "SingleInstanceConfmapsHead_0": "confmaps",
    "CentroidConfmapsHead_0": "confmaps",
    "CenteredInstanceConfmapsHead_0": "confmaps",
    "MultiInstanceConfmapsHead_0": "confmaps",
    "PartAffinityFieldsHead_0": "pafs",
    "OffsetRefinementHead_0": "offsets",
}


@pytest.fixture(params=FOLDERS)
def folder(request: pytest.FixtureRequest, shared: Path) -> Path:
    return shared / "sleap" / "models" / request.param


@pytest.fixture
def trained(folder: Path, golden: Path) -> dict[str, Any]:
    """The preprocessed input and the original's outputs for one model folder."""
    case = golden / "trained" / folder.name
    meta = json.loads((case / "meta.json").read_text(encoding="utf-8"))
    image = np.load(case / "input.npz")
    return {
        "meta": meta,
        "input": image[image.files[0]],
        "outputs": dict(np.load(case / "outputs.npz")),
    }


def built(folder: Path, image: tuple[int, ...]) -> Any:
    job = poise.read_sleap(folder)
    return poise.build(job.config, image, job.skeleton, job.classes)


def assert_gives_the_originals_numbers(model: Any, trained: dict[str, Any]) -> None:
    from keras import ops

    outputs = model(trained["input"], training=False)
    assert {OUTPUT_NAMES[name] for name in trained["outputs"]} == set(outputs)
    for name, expected in trained["outputs"].items():
        predicted = ops.convert_to_numpy(outputs[OUTPUT_NAMES[name]])
        np.testing.assert_allclose(predicted, expected, rtol=0, atol=5e-5, err_msg=name)


def test_the_weights_are_those_that_the_numbers_were_made_with(
    folder: Path, trained: dict[str, Any]
) -> None:
    digest = hashlib.sha256((folder / "best_model.h5").read_bytes()).hexdigest()
    assert digest == trained["meta"]["h5_sha256"]


def test_a_model_folder_is_read_built_filled_and_gives_the_originals_numbers(
    folder: Path, trained: dict[str, Any]
) -> None:
    model = built(folder, trained["input"].shape[1:])
    report = poise.load_weights(model, folder)
    assert not report.missing
    assert not report.unexpected
    assert not report.mismatched
    assert len(report.matched) == len(model.weights)
    assert model.count_params() == trained["meta"]["params"]
    assert_gives_the_originals_numbers(model, trained)


def test_a_saved_model_folder_gives_the_same_numbers_when_it_is_loaded(
    folder: Path, trained: dict[str, Any], tmp_path: Path
) -> None:
    model = built(folder, trained["input"].shape[1:])
    poise.load_weights(model, folder)
    poise.save(model, tmp_path / "out")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_gives_the_originals_numbers(poise.load(tmp_path / "out"), trained)


def test_the_command_line_takes_a_model_folder_to_one_of_poise(
    folder: Path, trained: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, height, width, channels = trained["input"].shape
    image = f"{height},{width},{channels}"
    assert main(["build", str(folder), "--image", image, "-o", str(tmp_path / "out")]) == 0
    assert f"{trained['meta']['params']:,}" in capsys.readouterr().out
    assert_gives_the_originals_numbers(poise.load(tmp_path / "out"), trained)


def test_weights_of_another_model_are_refused_with_all_differences(shared: Path) -> None:
    models = shared / "sleap" / "models"
    model = built(models / "minimal_robot.UNet.single_instance", (64, 64, 3))
    before = [np.array(weight) for weight in model.get_weights()]
    with pytest.raises(poise.WeightsError) as caught:
        poise.load_weights(model, models / "minimal_instance.UNet.centroid")
    report = caught.value.report
    assert "SingleInstanceConfmapsHead/kernel" in str(report.missing)
    assert "CentroidConfmapsHead_0" in str(report.unexpected)
    assert "stack0_enc0_conv0/kernel" in str(report.mismatched)
    after = model.get_weights()
    assert all(np.array_equal(old, new) for old, new in zip(before, after, strict=True))

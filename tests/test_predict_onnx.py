"""Predict with ONNX Runtime instead of Keras: the same animals, also where there is no backend."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
import seeing
from five_pipelines import FIGURES, PIPELINES, frames, models
from poise.cli import main

pytestmark = pytest.mark.usefixtures("keras")

for _name in ("onnx", "onnxruntime", "tf2onnx"):
    pytest.importorskip(_name, reason="of poise-workflows[onnx]")

WITHIN_PIXELS = 0.01
WITHIN_SCORES = 1e-4

BLOCKED = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"keras", "tensorflow", "jax", "torch"}:
            raise ModuleNotFoundError(f"{name} is not installed", name=name)

sys.meta_path.insert(0, Blocker())
"""
"""What makes a process one of a machine without Keras and its backends."""


@pytest.fixture(scope="module", autouse=True)
def on_tensorflow(keras: Any) -> None:
    if keras.backend.backend() != "tensorflow":
        pytest.skip("Poise writes ONNX from TensorFlow")


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def exports(paths: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each model as an export."""
    folder = tmp_path_factory.mktemp("exports")
    return {
        key: poise_workflows.export(path, folder / key, format="onnx").folder
        for key, path in paths.items()
    }


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seeing.write_video(seeing.dots(12, 96), tmp_path_factory.mktemp("video") / "dots.mp4")


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_pipeline_of_exports_finds_the_same_animals(
    pipeline: str, paths: dict[str, Path], exports: dict[str, Path]
) -> None:
    keys = PIPELINES[pipeline]
    expected = poise_workflows.load([paths[key] for key in keys], batch_size=2)
    predictor = poise_workflows.load([exports[key] for key in keys], batch_size=2, runtime="onnx")

    here, there = predictor.predict_frames(frames()), expected.predict_frames(frames())

    assert predictor.pipeline.skeleton == expected.pipeline.skeleton
    assert predictor.pipeline.class_names == expected.pipeline.class_names
    assert here.counts.tolist() == there.counts.tolist()
    np.testing.assert_allclose(here.points, there.points, rtol=0, atol=WITHIN_PIXELS)
    np.testing.assert_allclose(here.point_scores, there.point_scores, rtol=0, atol=WITHIN_SCORES)
    assert here.counts.sum() == sum(
        len(frame["points"]) for frame in json.loads(FIGURES.read_text("utf-8"))[pipeline]
    )


def test_a_machine_without_keras_predicts_a_video(
    paths: dict[str, Path], exports: dict[str, Path], video: Path, tmp_path: Path
) -> None:
    import sleap_io

    words = ["predict", str(video), "-m", str(exports["multi_instance"]), "--runtime", "onnx"]
    code = f"{BLOCKED}from poise.cli import main\nsys.exit(main(sys.argv[1:]))"
    there = tmp_path / "keras.slp"

    done = subprocess.run(
        [sys.executable, "-c", code, *words, "-o", str(tmp_path / "onnx.slp")],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert "onnxruntime" in done.stdout
    assert main(["predict", str(video), "-m", str(paths["multi_instance"]), "-o", str(there)]) == 0
    of_onnx, of_keras = (
        sleap_io.load_slp(str(path), open_videos=False) for path in (tmp_path / "onnx.slp", there)
    )
    assert len(of_onnx) == len(of_keras) == 12
    for frame, other in zip(of_onnx, of_keras, strict=True):
        assert len(frame) == len(other)
        for animal, twin in zip(frame, other, strict=True):
            np.testing.assert_allclose(animal.numpy(), twin.numpy(), rtol=0, atol=WITHIN_PIXELS)


def test_an_export_runs_in_a_process_that_has_onnxruntime_and_numpy_alone(
    exports: dict[str, Path], tmp_path: Path
) -> None:
    code = (
        "import sys, json, numpy, onnxruntime\n"
        "session = onnxruntime.InferenceSession(sys.argv[1])\n"
        "(image,) = session.get_inputs()\n"
        "images = numpy.random.default_rng(5).random((2, 40, 48, 1), dtype='float32')\n"
        "outputs = session.run(None, {image.name: images})\n"
        "print(json.dumps([image.name, [list(array.shape) for array in outputs]]))\n"
        "heavy = {'keras', 'tensorflow', 'poise', 'onnx', 'tf2onnx'}\n"
        "sys.exit(sorted(heavy & set(sys.modules)) or 0)"
    )
    file = exports["multi_instance"] / "model.onnx"
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, cwd=tmp_path
    )

    assert done.returncode == 0, done.stderr
    name, shapes = json.loads(done.stdout)
    assert name == "image"
    assert [shape[0] for shape in shapes] == [2, 2]


def test_the_journal_knows_the_runtime_and_goes_on_with_no_other(
    paths: dict[str, Path], exports: dict[str, Path], video: Path, tmp_path: Path
) -> None:
    from poise_workflows.journal.reading import journal_of, read_journal

    out = tmp_path / "out.slp"
    poise_workflows.predict(video, exports["multi_instance"], out, runtime="onnx", progress="none")

    recorded = read_journal(journal_of(out))
    assert recorded.description["options"]["runtime"] == "onnx"
    with pytest.raises(poise_workflows.JournalError, match="runtime"):
        poise_workflows.predict(video, paths["multi_instance"], out, progress="none")
    again = poise_workflows.predict(
        video, exports["multi_instance"], out, runtime="onnx", progress="none"
    )
    assert again[0].was_finished


def test_a_run_of_keras_says_nothing_of_runtimes(
    paths: dict[str, Path], video: Path, tmp_path: Path
) -> None:
    from poise_workflows.journal.reading import journal_of, read_journal

    poise_workflows.predict(video, paths["multi_instance"], tmp_path / "out.slp", progress="none")

    recorded = read_journal(journal_of(tmp_path / "out.slp"))
    assert "runtime" not in recorded.description["options"]


def test_frames_of_another_size_than_the_export_has_are_refused(
    paths: dict[str, Path], video: Path, tmp_path: Path
) -> None:
    fixed = poise_workflows.export(
        paths["multi_instance"], tmp_path / "fixed", format="onnx", image=(64, 64), batch=1
    )

    with pytest.raises(poise_workflows.ModelsError) as error:
        poise_workflows.predict(
            video, fixed.folder, tmp_path / "out.slp", runtime="onnx", progress="none"
        )

    assert "takes images of 64 × 64 pixels, got 96 × 96" in str(error.value)
    assert "--image any" in str(error.value)
    assert not (tmp_path / "out.slp").exists()


def test_an_export_of_a_fixed_size_and_batch_predicts_frames_of_that_size(
    paths: dict[str, Path], video: Path, tmp_path: Path
) -> None:
    fixed = poise_workflows.export(
        paths["multi_instance"], tmp_path / "fixed", format="onnx", image=(96, 96), batch=5
    )
    expected = poise_workflows.load(paths["multi_instance"])
    images = np.stack(list(seeing.dots(12, 96)))[..., None]

    here = poise_workflows.load(fixed.folder, runtime="onnx").predict_frames(images)
    chosen = poise_workflows.load(fixed.folder, runtime="auto")  # tries images of that size

    assert chosen.options.runtime != "keras"
    there = expected.predict_frames(images)
    assert here.counts.tolist() == there.counts.tolist()
    np.testing.assert_allclose(here.points, there.points, rtol=0, atol=WITHIN_PIXELS)


@pytest.mark.parametrize(
    ("models_of", "options", "message"),
    [
        ("exports", {}, "must be a model, got .*, an export for another runtime"),
        (
            "exports",
            {"runtime": "onx"},
            "must be one of keras, auto, .*onnx, .*got 'onx' @ runtime",
        ),
        (
            "exports",
            {"runtime": "onnx", "precision": "float16"},
            "must be float32 for an export, got 'float16'; keras .* @ precision",
        ),
    ],
)
def test_a_wrong_call_says_what_to_do(
    models_of: str, options: Any, message: str, paths: Any, exports: Any
) -> None:
    chosen = {"models": paths, "exports": exports}[models_of]["multi_instance"]

    with pytest.raises((poise_workflows.ModelsError, poise_workflows.OptionsError), match=message):
        poise_workflows.load(chosen, **options)


def test_an_export_of_another_format_is_not_run_by_onnx(
    paths: dict[str, Path], tmp_path: Path
) -> None:
    other = poise_workflows.export(
        paths["multi_instance"], tmp_path / "saved", format="saved_model"
    )

    with pytest.raises(poise_workflows.ModelsError, match=r"of the format onnx, got .*saved_model"):
        poise_workflows.load(other.folder, runtime="onnx")


def test_a_gpu_that_onnx_runtime_does_not_have_is_refused(
    exports: dict[str, Path], video: Path, tmp_path: Path
) -> None:
    import onnxruntime

    if {"CUDAExecutionProvider", "DmlExecutionProvider"} & set(
        onnxruntime.get_available_providers()
    ):
        pytest.skip("ONNX Runtime here has one")
    with pytest.raises(poise_workflows.OptionsError, match="must be a GPU that ONNX Runtime can"):
        poise_workflows.predict(
            video,
            exports["multi_instance"],
            tmp_path / "out.slp",
            runtime="onnx",
            device="gpu:0",
            progress="none",
        )

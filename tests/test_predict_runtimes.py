"""Predict a model in other runtimes than Keras: Poise exports it first, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
import seeing
from five_pipelines import frames, models
from poise_workflows.pipelines import cached_exports

pytestmark = pytest.mark.usefixtures("keras")

for _name in ("onnx", "onnxruntime", "tf2onnx"):
    pytest.importorskip(_name, reason="of poise-workflows[onnx]")

WITHIN_PIXELS = 0.01
OPENVINO = "openvino"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POISE_CACHE_DIR", str(cache))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models(tmp_path_factory.mktemp("models"))["multi_instance"]


@pytest.mark.backends
def test_a_model_has_the_same_animals_in_every_runtime_and_is_exported_once(
    model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = poise_workflows.load(model, batch_size=2).predict_frames(frames())
    names = ["onnx", "auto"]
    if cached_exports.version_of(OPENVINO):
        names.insert(1, OPENVINO)

    for name in names:
        predictor = poise_workflows.load(model, batch_size=2, runtime=name)
        animals = predictor.predict_frames(frames())

        assert animals.counts.tolist() == expected.counts.tolist(), name
        np.testing.assert_allclose(animals.points, expected.points, rtol=0, atol=WITHIN_PIXELS)
        # OpenVINO reads the export for ONNX Runtime.
        assert [each.suffix for each in (cache / "exports").iterdir()] == [".onnx"]
        monkeypatch.setattr(cached_exports.subprocess, "run", None)

    trials = {trial.runtime: trial for trial in predictor.choice.trials}  # type: ignore[union-attr]
    for name in names[:-1]:
        assert trials[name].refused == ""
        assert trials[name].difference is not None
        assert trials[name].difference < 1e-4


def test_batches_of_every_number_have_the_same_maps_in_openvino(tmp_path: Path) -> None:
    """Crops come in any number; OpenVINO computes in batches that it has compiled."""
    pytest.importorskip(OPENVINO, reason="of poise-workflows[openvino]")
    export = Path(__file__).resolve().parent / "data" / "exported"
    from poise_workflows.pipelines.runtimes import runtime_of

    images = np.random.default_rng(3).random((7, 24, 32, 1), dtype=np.float32)
    whole: Any = runtime_of("onnx").open(export, "cpu").run(images)  # type: ignore[misc]
    session: Any = runtime_of(OPENVINO).open(export, "cpu")  # type: ignore[misc]

    for count in (1, 7, 3, 2, 5, 6):
        outputs = session.run(images[:count])

        assert {name: len(array) for name, array in outputs.items()} == dict.fromkeys(whole, count)
        for name, array in outputs.items():
            np.testing.assert_allclose(array, whole[name][:count], atol=1e-5)

    assert sorted(shape[0] for shape in session._compiled) == [1, 2, 4, 7]


def test_openvino_computes_in_float32_whatever_the_processor_has() -> None:
    openvino = pytest.importorskip(OPENVINO, reason="of poise-workflows[openvino]")
    from poise_workflows.pipelines.runtimes import runtime_of

    export = Path(__file__).resolve().parent / "data" / "exported"
    session: Any = runtime_of(OPENVINO).open(export, "cpu")  # type: ignore[misc]
    session.run(np.zeros((1, 24, 32, 1), np.float32))

    (compiled,) = session._compiled.values()
    assert compiled.get_property("INFERENCE_PRECISION_HINT") == openvino.Type.f32


def test_a_gpu_that_openvino_does_not_have_is_refused(tmp_path: Path) -> None:
    openvino = pytest.importorskip(OPENVINO, reason="of poise-workflows[openvino]")
    if any("GPU" in name for name in openvino.Core().available_devices):
        pytest.skip("OpenVINO here has one")
    export = Path(__file__).resolve().parent / "data" / "exported"

    video = seeing.write_video(seeing.dots(2, 32), tmp_path / "dots.mp4")

    with pytest.raises(poise_workflows.OptionsError, match="must be a GPU that OpenVINO can use"):
        poise_workflows.predict(video, export, runtime=OPENVINO, device="gpu:0", progress="none")


def test_a_cached_export_is_of_the_model_as_it_is_now(model: Path, tmp_path: Path) -> None:
    from poise_workflows.pipelines.members import read_member
    from poise_workflows.pipelines.runtimes import runtimes

    writer, member = runtimes()["onnx"], read_member(model)
    name = cached_exports._name_of(writer, member)
    assert cached_exports._name_of(writer, member) == name
    weights = member.reading.weights
    assert weights is not None
    content = weights.read_bytes()

    try:
        weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert cached_exports._name_of(writer, member) != name
    finally:
        weights.write_bytes(content)

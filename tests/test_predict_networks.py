"""Networks while they predict: what is compiled, what a batch has, what they compute in.

The models are U-Nets that see bright dots, so that every stage has something to do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
import seeing
from poise_workflows.journal.errors import JournalError
from poise_workflows.pipelines.networks import Network

pytestmark = pytest.mark.usefixtures("keras")

SMALL = {"filters": 4, "filters_rate": 1.0, "max_stride": 4}
PIPELINES = {
    "single": ["single_instance"],
    "top-down": ["centroid", "centered_instance"],
    "top-down with identities": ["centroid", "multi_class_topdown"],
    "bottom-up": ["multi_instance"],
    "bottom-up with identities": ["multi_class_bottomup"],
}

WITHIN_PIXELS = {"float16": 0.01, "bfloat16": 0.05}
"""How far a point moves at most: values have 11 bits in float16, and 8 in bfloat16."""


@pytest.fixture
def models(tmp_path: Path) -> Callable[[str], list[Path]]:
    """``models(pipeline)`` saves its models."""
    return lambda pipeline: [
        seeing.save_model(head, tmp_path / head, **SMALL) for head in PIPELINES[pipeline]
    ]


def frames(count: int) -> Any:
    return np.stack(list(seeing.dots(count, 96)))[..., None]


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_second_call_compiles_nothing(
    pipeline: str, models: Any, keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if keras.backend.backend() == "torch":
        pytest.skip("PyTorch compiles nothing")
    traced: list[str] = []
    compile_one = Network._compile

    def counted(self: Network, *of: Any) -> Any:
        function = compile_one(self, *of)
        call = function.call

        def traced_call(*inputs: Any, **more: Any) -> Any:
            traced.append(self.model.name)
            return call(*inputs, **more)

        function.call = traced_call
        return function

    monkeypatch.setattr(Network, "_compile", counted)
    predictor = poise_workflows.load(models(pipeline), batch_size=3)
    predictor.predict(frames(4))
    before = len(traced)

    labels = predictor.predict(frames(8))

    assert len(labels) == 8
    assert before > 0
    assert traced[before:] == []


def test_crops_of_several_frames_share_a_batch(
    models: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    predict = Network._predict

    def counted(self: Network, images: Any) -> Any:
        counts.append(len(images))
        return predict(self, images)

    predictor = poise_workflows.load(models("top-down"), batch_size=4)
    monkeypatch.setattr(Network, "_predict", counted)

    animals = predictor.predict_frames(frames(3))

    assert animals.counts.tolist() == [2, 2, 2]
    assert counts == [3, 4, 2]


@pytest.mark.parametrize("precision", WITHIN_PIXELS)
@pytest.mark.parametrize("pipeline", ["bottom-up", "top-down"])
def test_points_of_half_precision_are_close_to_those_of_float32(
    pipeline: str, precision: str, models: Any
) -> None:
    paths = models(pipeline)
    whole = poise_workflows.load(paths).predict_frames(frames(4))

    half = poise_workflows.load(paths, precision=precision).predict_frames(frames(4))

    assert half.counts.tolist() == whole.counts.tolist() == [2] * 4
    np.testing.assert_allclose(half.points, whole.points, atol=WITHIN_PIXELS[precision])
    assert not np.array_equal(half.point_scores, whole.point_scores)


def test_the_precision_is_recorded_and_another_one_is_another_run(
    models: Any, tmp_path: Path
) -> None:
    import sleap_io

    video = seeing.write_video(seeing.dots(3, 96), tmp_path / "dots.mp4")
    paths = models("single")

    (result,) = poise_workflows.predict(video, paths, precision="bfloat16", progress="none")

    origin = sleap_io.load_slp(str(result.output), open_videos=False).provenance
    assert origin["args"]["precision"] == "bfloat16"
    with pytest.raises(JournalError, match=r"'bfloat16', as in the journal"):
        poise_workflows.predict(video, paths, progress="none")


def test_an_unknown_precision_is_refused(models: Any) -> None:
    with pytest.raises(ValueError, match=r"must be one of float32, float16, bfloat16, got 'half'"):
        poise_workflows.load(models("single"), precision="half")

"""The five pipelines find the same on every backend.

Small models with initial weights, whose answers are in the repository. That trained models give
SLEAP's points on every backend is tested with the other runs of SLEAP's command, in
``test_predict``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
from five_pipelines import FIGURES, PIPELINES, frames, models

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]

WITHIN_PIXELS = 0.05
WITHIN_SCORES = 1e-3


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def figures() -> dict[str, list[dict[str, Any]]]:
    return dict(json.loads(FIGURES.read_text(encoding="utf-8")))


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_pipeline_finds_the_same_animals_on_every_backend(
    pipeline: str, paths: dict[str, Path], figures: dict[str, Any]
) -> None:
    predictor = poise_workflows.load([paths[key] for key in PIPELINES[pipeline]], batch_size=2)

    animals = predictor.predict_frames(frames())

    expected = figures[pipeline]
    assert animals.counts.tolist() == [len(frame["points"]) for frame in expected]
    for index, frame in enumerate(expected):
        here = animals.in_image(index)
        points = np.array(frame["points"], np.float64)
        np.testing.assert_allclose(here.points[0], points, rtol=0, atol=WITHIN_PIXELS)
        np.testing.assert_allclose(
            here.instance_scores[0], frame["scores"], rtol=0, atol=WITHIN_SCORES
        )
        classes = None if here.classes is None else here.classes[0].tolist()
        assert classes == frame.get("classes")


def test_the_figures_tell_the_pipelines_apart(figures: dict[str, Any]) -> None:
    counts = {name: sum(len(f["points"]) for f in figure) for name, figure in figures.items()}
    classes = {
        name: {c for frame in figure for c in frame.get("classes", [])}
        for name, figure in figures.items()
    }

    assert list(figures) == list(PIPELINES)
    assert counts["single"] == len(frames())
    assert all(count >= len(frames()) for count in counts.values())
    assert classes["identities of parts"] == classes["identities of crops"] == {0, 1}


def test_a_run_of_files_finds_what_frames_in_memory_have(
    paths: dict[str, Path], figures: dict[str, Any], tmp_path: Path
) -> None:
    import sleap_io
    from PIL import Image

    folder = tmp_path / "frames"
    folder.mkdir()
    for number, frame in enumerate(frames()):
        Image.fromarray(frame[..., 0]).save(folder / f"{number}.png")
    keys = PIPELINES["identities of crops"]

    (result,) = poise_workflows.predict(
        folder, [paths[key] for key in keys], tmp_path / "out.slp", progress="none"
    )

    labels = sleap_io.load_slp(str(result.output), open_videos=False)
    for found, frame in zip(labels, figures["identities of crops"], strict=True):
        points = np.array([animal.numpy() for animal in found.instances])
        expected = np.array(frame["points"], np.float64)
        np.testing.assert_allclose(points, expected, rtol=0, atol=WITHIN_PIXELS)

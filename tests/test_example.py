"""The example of the README: a clip whose true points are known, and a model that finds them."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from poise import ModelConfig


@pytest.fixture
def example(workspace: Path) -> Path:
    return workspace / "docs" / "examples" / "flies"


@pytest.fixture
def make_clip(example: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The script that renders the clip."""
    spec = importlib.util.spec_from_file_location("make_clip", example / "make_clip.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "make_clip", module)
    spec.loader.exec_module(module)
    return module


def test_the_example_is_small(example: Path) -> None:
    assert sum(file.stat().st_size for file in example.rglob("*")) <= 1_000_000


def test_the_clip_shows_what_its_script_renders(example: Path, make_clip: Any) -> None:
    import av

    rng = np.random.default_rng(0)
    with av.open(str(example / "flies.mp4")) as file:
        images = [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]
    assert len(images) == make_clip.FRAMES
    for number in (0, 30, 59):
        rendered = make_clip.image_of(make_clip.flies_at(number), rng).astype(float)
        assert abs(images[number] - rendered).mean() < 6  # noise and compression


def test_the_script_writes_a_clip_that_can_be_read(make_clip: Any, tmp_path: Path) -> None:
    from poise_workflows.frames.videos import open_video

    make_clip.write_clip(tmp_path / "flies.mp4")

    video = open_video(tmp_path / "flies.mp4")
    assert (video.count, video.height, video.width, video.channels) == (60, 192, 192, 1)


@pytest.mark.usefixtures("keras")
def test_the_model_is_of_the_configuration_that_its_script_trains(
    example: Path, make_clip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(example))
    spec = importlib.util.spec_from_file_location("train_flies", example / "train.py")
    assert spec is not None
    assert spec.loader is not None
    train: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(train)
    saved = json.loads((example / "model" / "config.json").read_text("utf-8"))
    images, points = train.examples(np.random.default_rng(0), 4)

    assert ModelConfig.from_data(saved) == ModelConfig.from_data(train.CONFIG)
    assert images.shape == (4, train.SIZE, train.SIZE, 1)
    assert np.isfinite(points).any()


@pytest.mark.usefixtures("keras")
def test_the_model_finds_the_flies_where_they_are(example: Path, make_clip: Any) -> None:
    import poise_workflows

    labels = poise_workflows.load(example / "model").predict(example / "flies.mp4")

    distances = []
    for frame in labels:
        animals = np.array([animal.numpy() for animal in frame.instances])
        truth = make_clip.points_of(make_clip.flies_at(frame.frame_idx))
        assert len(animals) == len(truth) == 2
        order = [np.linalg.norm(animals - fly, axis=-1).mean(axis=-1).argmin() for fly in truth]
        assert sorted(order) == [0, 1]
        distances.append(np.linalg.norm(animals[order] - truth, axis=-1))
    assert labels[0].instances[0].skeleton.node_names == make_clip.PARTS
    assert np.shape(distances) == (60, 2, 5)
    assert np.median(distances) < 0.5
    assert np.max(distances) < 1.5

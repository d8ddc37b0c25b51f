"""Models that are loaded once, and predict what is in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
from poise_workflows.prediction.options import OptionsError

IMAGES = np.zeros((5, 20, 60, 1), np.uint8)
for number, image in enumerate(IMAGES):
    image[6 + number, 4 + 3 * number] = 255
POINTS = [[4 + 3 * number, 6 + number] for number in range(5)]


@pytest.fixture
def predictor(model: Path) -> Any:
    return poise_workflows.load(model, batch_size=2)


def test_frames_in_memory_are_predicted(predictor: Any) -> None:
    animals = predictor.predict_frames(IMAGES)

    assert animals.points[:, 0, 0].tolist() == POINTS


def test_frames_without_an_axis_of_channels_are_gray(predictor: Any) -> None:
    assert predictor.predict_frames(IMAGES[..., 0]).points[:, 0, 0].tolist() == POINTS


def test_colored_frames_become_gray_for_a_gray_model(predictor: Any) -> None:
    animals = predictor.predict_frames(np.repeat(IMAGES, 3, axis=-1))

    assert animals.points[:, 0, 0].tolist() == POINTS


def test_labels_of_an_array_and_of_a_folder_have_the_same_points(
    predictor: Any, frames: Callable[..., Path]
) -> None:
    of_array, of_folder = predictor.predict(IMAGES), predictor.predict(frames(count=5))

    assert [frame.instances[0].numpy()[0].tolist() for frame in of_array] == POINTS
    assert [frame.instances[0].numpy()[0].tolist() for frame in of_folder] == POINTS


def test_a_stream_gives_frames_one_by_one(predictor: Any) -> None:
    stream = predictor.stream(IMAGES, frames="1-3")

    pairs = [(number, animals.points[0, 0, 0].tolist()) for number, animals in stream]

    assert pairs == [(number, POINTS[number]) for number in (1, 2, 3)]


def test_an_abandoned_stream_ends(predictor: Any) -> None:
    stream = predictor.stream(IMAGES)

    assert next(stream)[0] == 0
    stream.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batchsize": 2}, "must be an option, got 'batchsize'; did you mean 'batch_size'"),
        ({"batch_size": 0}, "must be a whole number from 1, got 0"),
        ({"max_edge_length_ratio": -1}, "must be a number of at least 0, got -1"),
    ],
)
def test_wrong_options_are_refused(model: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionsError, match=message):
        poise_workflows.load(model, **options)


def test_what_is_no_source_is_refused(predictor: Any) -> None:
    with pytest.raises(OptionsError, match=r"must be a path, a sleap_io[.]Video, .* got int"):
        predictor.predict(7)

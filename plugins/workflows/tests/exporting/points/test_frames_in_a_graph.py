"""Frames and crops within a graph are those that prediction prepares on the host."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise_workflows.frames import preparation
from poise_workflows.frames.preparation import SizeMatch
from poise_workflows.pipelines.crops import cut_crops

pytestmark = pytest.mark.usefixtures("keras")

FRAMES = np.random.default_rng(0).integers(0, 256, (2, 41, 50, 3), np.uint8)


def as_array(tensor: Any) -> Any:
    import keras

    return keras.ops.convert_to_numpy(tensor)


def as_tensor(array: Any) -> Any:
    import keras

    return keras.ops.convert_to_tensor(array, "float32")


@pytest.mark.parametrize("size", [(41, 50), (20, 25), (60, 77), (1, 3)])
def test_they_are_resized_and_truncated(size: tuple[int, int]) -> None:
    from poise_workflows.exporting.points.frames import resized

    expected = [preparation.resized(frame, size) for frame in FRAMES]

    np.testing.assert_array_equal(as_array(resized(as_tensor(FRAMES), size)), expected)


@pytest.mark.parametrize("target", [(41, 50), (30, 30), (64, 64), (100, 51)])
def test_they_become_as_large_as_the_model_expects(target: tuple[int, int]) -> None:
    from poise_workflows.exporting.points.frames import matched

    match = SizeMatch((41, 50), target)
    expected = [match.image(frame) for frame in FRAMES]

    np.testing.assert_array_equal(as_array(matched(as_tensor(FRAMES), match)), expected)


@pytest.mark.parametrize(("of", "channels"), [(3, 1), (1, 3), (3, 3), (1, 1), (2, 3)])
def test_they_have_as_many_channels_as_the_model_sees(of: int, channels: int) -> None:
    from poise_workflows.exporting.points.frames import with_channels

    frames = FRAMES[..., :of]
    expected = [preparation.with_channels(frame, channels) for frame in frames]

    seen = as_array(with_channels(as_tensor(frames), channels))

    np.testing.assert_array_equal(seen, expected)


@pytest.mark.parametrize("as_sleap", [False, True])
@pytest.mark.parametrize("side", [1, 7, 12])
def test_crops_are_cut_between_pixels(side: int, as_sleap: bool) -> None:
    from poise_workflows.exporting.points.layers import Crops

    rng = np.random.default_rng(side)
    centers = rng.uniform(-4, 55, (2, 9, 2)).astype(np.float32)
    centers[:, 0] = 1e9  # farther away than any pixel
    image, places = np.repeat([0, 1], 9), centers.reshape(-1, 2)

    crops = as_array(Crops(side, as_sleap=as_sleap)(as_tensor(FRAMES), as_tensor(centers)))

    expected = cut_crops(FRAMES, image, np.clip(places, -99, 99), side, as_sleap=as_sleap)
    assert (crops == expected).mean() > 0.999  # rounding may truncate to the next lower value
    np.testing.assert_allclose(crops, expected, atol=1)


def test_a_center_that_is_not_there_still_gives_a_crop() -> None:
    from poise_workflows.exporting.points.layers import Crops

    crops = Crops(4, as_sleap=False)(as_tensor(FRAMES), as_tensor(np.full((2, 3, 2), np.nan)))

    assert crops.shape == (6, 4, 4, 3)
    assert np.isfinite(as_array(crops)).all()

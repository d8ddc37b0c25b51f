from __future__ import annotations

import re
import sys
from typing import Any

import numpy as np
import pytest

from poise import ConfigError
from poise.editions import EDITIONS, edition
from poise_workflows.tracking.flow.shifting import Flow, flow_of

POINTS = np.array([[40.0, 30.0], [60.5, 42.25], [np.nan, 20.0], [25.0, 70.0]])


class Camera:
    """Takes the place of OpenCV: notes which points it is asked to look for."""

    TERM_CRITERIA_EPS, TERM_CRITERIA_COUNT = 2, 1

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def calcOpticalFlowPyrLK(  # noqa: N802 -- OpenCV's name
        self, start: Any, end: Any, points: Any, *_: Any, **options: Any
    ) -> Any:
        self.asked.append((points[:, 0].tolist(), options))
        return points, np.ones((len(points), 1), np.uint8), None


@pytest.fixture
def texture() -> np.ndarray:
    """Smooth random spots, ``(100, 120, 1)``."""
    rng = np.random.default_rng(5)
    spots = np.kron(rng.integers(0, 255, (25, 30)), np.ones((4, 4)))
    for axis in (0, 1):
        spots = sum(np.roll(spots, shift, axis) for shift in range(-2, 3)) / 5
    return spots.astype(np.uint8)[..., None]


@pytest.mark.parametrize("scale", [1.0, 0.5])
@pytest.mark.parametrize("motion", [(0, 0), (3, -2), (-6, 4)])
def test_points_of_a_shifted_image_are_found_where_they_have_gone(
    motion: tuple[int, int], scale: float, texture: np.ndarray
) -> None:
    pytest.importorskip("cv2")
    flow = flow_of(scale=scale)
    start = flow.prepare(texture)
    end = flow.prepare(np.roll(texture, motion, axis=(1, 0)))

    shifted = flow.shift(POINTS, start, end)

    np.testing.assert_allclose(shifted[[0, 1, 3]], POINTS[[0, 1, 3]] + motion, rtol=0, atol=0.2)
    assert np.isnan(shifted[2]).all()


def test_points_are_not_found_beside_the_image(texture: np.ndarray) -> None:
    pytest.importorskip("cv2")
    flow = flow_of()
    image = flow.prepare(texture)

    assert np.isnan(flow.shift(np.array([[500.0, 500.0]]), image, image)).all()


def test_points_are_not_found_in_an_image_of_another_size(texture: np.ndarray) -> None:
    """As where edition sleap-1.4 goes on from one video to the next."""
    pytest.importorskip("cv2")
    flow = flow_of()

    shifted = flow.shift(POINTS, flow.prepare(texture), flow.prepare(texture[:-1]))

    assert np.isnan(shifted).all()


def test_images_may_be_smaller_than_the_window() -> None:
    pytest.importorskip("cv2")
    flow = flow_of()
    image = flow.prepare(np.zeros((5, 7, 1), np.uint8))

    assert flow.shift(np.array([[2.0, 2.0]]), image, image).shape == (1, 2)


def test_points_keep_their_axes_and_none_are_no_problem(texture: np.ndarray) -> None:
    pytest.importorskip("cv2")
    flow = flow_of()
    image = flow.prepare(texture)

    assert flow.shift(np.zeros((0, 3, 2)), image, image).shape == (0, 3, 2)
    assert np.isnan(flow.shift(np.full((2, 3, 2), np.nan), image, image)).all()
    np.testing.assert_allclose(flow.shift(POINTS[None, :2], image, image), POINTS[None, :2])


def test_the_search_has_the_window_and_the_levels_of_the_options() -> None:
    camera = Camera()
    image = np.zeros((9, 9), np.uint8)

    Flow(cv2=camera, window=15, levels=2).shift(POINTS, image, image)

    ((_, options),) = camera.asked
    assert options == {"winSize": (15, 15), "maxLevel": 2, "criteria": (3, 30, 0.01)}


@pytest.mark.parametrize("name", EDITIONS)
def test_what_optical_flow_returns_is_mapped_back_as_it_was_sent(name: str) -> None:
    pytest.importorskip("cv2")
    with edition(name):
        offset = flow_of(scale=0.25).offset
    image = np.zeros((9, 9), np.uint8)
    flow = Flow(cv2=Camera(), scale=0.25, offset=offset)

    np.testing.assert_allclose(flow.shift(POINTS[:2], image, image), POINTS[:2])


def test_without_opencv_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)

    fix = re.escape('pip install "poise-workflows[flow]"')
    with pytest.raises(ConfigError, match=rf"needs OpenCV: .*\n  fix: {fix}"):
        flow_of()

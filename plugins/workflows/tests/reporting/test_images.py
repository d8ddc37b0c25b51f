"""Pictures as text show the right pixels, and are small."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poise_workflows.reporting.images import LARGEST, MOST_CELLS, map_uri, picture_uri, window_of


def opened(uri: str) -> Any:
    kind, _, text = uri.partition(";base64,")
    assert kind in ("data:image/jpeg", "data:image/png")
    return Image.open(io.BytesIO(base64.b64decode(text)))


def test_a_window_holds_every_labeled_part_and_stays_within_the_image() -> None:
    truth = np.array([[[300.0, 40], [np.nan, np.nan]], [[420, 130], [360, 90]]])

    left, top, width, height = window_of(truth, (512, 640))

    assert left < 300
    assert left + width > 420
    assert top < 40
    assert top + height > 130
    assert width < 640
    assert (left >= 0, top >= 0, left + width <= 640, top + height <= 512) == (True,) * 4


@pytest.mark.parametrize("truth", [np.zeros((0, 2, 2)), np.full((1, 2, 2), np.nan)])
def test_an_image_without_labels_is_shown_whole(truth: Any) -> None:
    assert window_of(truth, (30, 50)) == (0, 0, 50, 30)


def test_a_picture_shows_its_window() -> None:
    image = np.zeros((40, 60, 3))
    image[10:20, 30:50, 0] = 1

    picture = opened(picture_uri(image, (30, 10, 20, 10)))

    assert picture.size == (20, 10)
    assert np.asarray(picture).mean(axis=(0, 1)) == pytest.approx([254, 0, 0], abs=3)


def test_a_large_picture_is_made_smaller() -> None:
    picture = opened(picture_uri(np.ones((1000, 2000, 1)), (0, 0, 2000, 1000)))

    assert picture.size == (LARGEST, LARGEST // 2)


def test_a_map_lies_where_its_cells_are() -> None:
    values = np.zeros((10, 10, 2))
    values[6, 7, 1] = -1  # at the pixel (28, 24) of a map of stride 4

    uri, (left, top, width, height) = map_uri(values, 4, (20, 20, 16, 16), 1.0)

    picture = np.asarray(opened(uri).convert("L"))
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    step = width / picture.shape[1]
    assert left + (column + 0.5) * step == 28
    assert top + (row + 0.5) * height / picture.shape[0] == 24
    assert left <= 20
    assert left + width >= 36


def test_a_large_map_keeps_its_peaks() -> None:
    values = np.zeros((700, 500, 1))
    values[333, 444] = 1

    uri, place = map_uri(values, 2, (0, 0, 1000, 1400), 1.0)

    picture = np.asarray(opened(uri).convert("L"))
    assert max(picture.shape) <= MOST_CELLS
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    step = place[2] / picture.shape[1]
    assert abs(place[0] + (column + 0.5) * step - 888) <= step
    assert abs(place[1] + (row + 0.5) * step - 666) <= step
    assert len(uri) < 3_000


def test_values_that_are_no_numbers_are_dark() -> None:
    uri, _ = map_uri(np.full((4, 4, 1), np.nan), 1, (0, 0, 4, 4), 1.0)

    assert np.asarray(opened(uri)).max() == 0

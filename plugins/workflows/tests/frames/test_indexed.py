"""Arrays in memory, and what all sources share whose frames are stored one by one."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise_workflows.frames.indexed import open_array, open_indexed
from poise_workflows.frames.sources import Provenance, SourceError

COLORED = np.arange(5 * 4 * 6 * 3).reshape(5, 4, 6, 3).astype(np.uint8)


def test_an_array_is_a_source() -> None:
    source = open_array(COLORED)

    assert (source.count, source.height, source.width, source.channels) == (5, 4, 6, 3)
    assert source.last_readable() == 4
    assert source.provenance.color_matrix is None
    frames = list(source.read([3, 0, 3]))
    assert [frame.number for frame in frames] == [3, 0, 3]
    np.testing.assert_array_equal(frames[0].image, COLORED[3])


def test_gray_images_may_lack_the_last_axis() -> None:
    source = open_array(COLORED[..., 0])

    assert source.channels == 1
    np.testing.assert_array_equal(next(source.read([1])).image, COLORED[1, ..., :1])


def test_floats_from_0_to_1_stay_floats() -> None:
    source = open_array(COLORED / 255)

    image = next(source.read([2])).image

    assert image is not None
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, COLORED[2] / 255, atol=1e-7)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (COLORED[0, 0], "with 1 or 3 channels, got the shape (6, 3)"),
        (COLORED[..., :2], "with 1 or 3 channels, got the shape (5, 4, 6, 2)"),
        (COLORED[:0], "must hold images, got array without any"),
        (COLORED.astype(np.uint16), "got uint16; convert the images to 8 bits"),
        (COLORED.astype(float), "must be floats from 0 to 1, got 0 to 71"),
    ],
)
def test_what_no_network_takes_is_refused(images: Any, message: str) -> None:
    with pytest.raises(SourceError) as error:
        open_array(images)

    assert message in str(error.value)


def test_the_last_readable_frame_is_searched_from_the_end() -> None:
    def load(number: int) -> Any:
        if number in (1, 3, 4):
            raise OSError("torn")
        return COLORED[number]

    source = open_indexed(
        Path("torn"), 5, lambda: nullcontext(load), Provenance(reader="a", version="1")
    )

    assert source.last_readable() == 2
    assert [frame.image is None for frame in source.read(range(5))] == [0, 1, 0, 1, 1]

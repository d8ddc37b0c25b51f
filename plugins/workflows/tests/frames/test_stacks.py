"""Stacks of images in one TIFF file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from poise_workflows.frames.sources import SourceError
from poise_workflows.frames.stacks import open_stack

GRAY = np.arange(5 * 8 * 6).reshape(5, 8, 6).astype(np.uint8)
COLORED = np.stack([GRAY, GRAY + 1, GRAY + 2], axis=-1)


@pytest.mark.parametrize(
    ("pixels", "options", "shape"),
    [
        (GRAY, {"photometric": "minisblack"}, (5, 8, 6, 1)),
        (GRAY, {"photometric": "minisblack", "compression": "zlib"}, (5, 8, 6, 1)),
        (COLORED, {"photometric": "rgb"}, (5, 8, 6, 3)),
        (COLORED, {"photometric": "rgb", "compression": "zlib"}, (5, 8, 6, 3)),
        (COLORED[0], {"photometric": "rgb"}, (1, 8, 6, 3)),
        (GRAY[0], {"photometric": "minisblack"}, (1, 8, 6, 1)),
        (GRAY, {"imagej": True, "metadata": {"axes": "TYX"}}, (5, 8, 6, 1)),
    ],
)
def test_a_stack_is_read_image_by_image(
    tmp_path: Path, pixels: Any, options: dict[str, Any], shape: tuple[int, ...]
) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels, **options)

    source = open_stack(path)

    assert (source.count, source.height, source.width, source.channels) == shape
    expected = pixels.reshape(shape)
    order = [*range(shape[0] - 1, -1, -1)]
    images = [frame.image for frame in source.read(order)]
    np.testing.assert_array_equal(images, expected[order])
    assert tuple(source.video().shape) == shape


def test_a_stack_of_further_axes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((2, 3, 8, 6), np.uint8), imagej=True, metadata={"axes": "TCYX"})

    with pytest.raises(SourceError, match=r"got the axes TCYX of \(2, 3, 8, 6\); save one channel"):
        open_stack(path)


def test_deep_stacks_and_other_files_are_refused(tmp_path: Path) -> None:
    deep, other = tmp_path / "deep.tif", tmp_path / "other.tif"
    tifffile.imwrite(deep, GRAY.astype(np.uint16))
    other.write_bytes(b"no TIFF")

    with pytest.raises(SourceError, match="got uint16; convert the images to 8 bits"):
        open_stack(deep)
    with pytest.raises(SourceError, match=r"must be a TIFF file, got other.tif \(TiffFileError"):
        open_stack(other)

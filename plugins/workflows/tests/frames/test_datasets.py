"""Datasets of images in HDF5 files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from poise_workflows.frames.datasets import open_dataset
from poise_workflows.frames.sources import SourceError

IMAGES = np.arange(4 * 8 * 6 * 3).reshape(4, 8, 6, 3).astype(np.uint8)


def save(path: Path, **datasets: Any) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file[name] = values
    return path


@pytest.mark.parametrize(
    ("values", "input_format", "expected"),
    [
        (IMAGES, "channels_last", IMAGES),
        (IMAGES.transpose(0, 3, 2, 1), "channels_first", IMAGES),
        (IMAGES[..., :1], "channels_last", IMAGES[..., :1]),
    ],
)
def test_the_only_dataset_of_images_is_read(
    tmp_path: Path, values: Any, input_format: Any, expected: Any
) -> None:
    source = open_dataset(
        save(tmp_path / "a.h5", box=values, times=np.arange(4)), input_format=input_format
    )

    assert (source.count, source.height, source.width, source.channels) == expected.shape
    images = [frame.image for frame in source.read([3, 1])]
    np.testing.assert_array_equal(images, expected[[3, 1]])
    assert source.title == "a.h5, dataset box"


def test_a_named_dataset_may_be_gray_and_lie_in_a_group(tmp_path: Path) -> None:
    path = save(tmp_path / "a.h5", **{"cam/left": IMAGES[..., 0], "cam/right": IMAGES})

    source = open_dataset(path, "/cam/left")

    assert (source.count, source.channels) == (4, 1)
    np.testing.assert_array_equal(next(source.read([2])).image, IMAGES[2, ..., :1])


def test_sleap_io_reads_the_same_images_from_the_video_of_the_result(tmp_path: Path) -> None:
    source = open_dataset(save(tmp_path / "a.h5", box=IMAGES))

    video = source.video()
    video.open()

    np.testing.assert_array_equal(video[2], IMAGES[2])


def test_a_file_opens_although_another_program_holds_its_lock(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    path = save(tmp_path / "a.h5", box=IMAGES)
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError):
            h5py.File(path, "r", locking=True)

        assert open_dataset(path).count == 4


@pytest.mark.parametrize(
    ("datasets", "options", "message"),
    [
        (
            {"a": IMAGES, "b": IMAGES},
            {},
            "one dataset of images, got 2 in a.h5: a, b; pass dataset=",
        ),
        (
            {"a": IMAGES[0]},
            {},
            "one dataset of images, got 0 in a.h5: none",
        ),
        ({"box": IMAGES}, {"dataset": "bux"}, "got 'bux'; did you mean 'box'?"),
        (
            {"a": IMAGES.transpose(0, 3, 2, 1)},
            {},
            "with 1 or 3 channels, got the shape (4, 3, 6, 8); pass the other input_format=",
        ),
        ({"a": IMAGES.astype(np.int32)}, {}, "got int32; convert the images to 8 bits"),
        ({"a": IMAGES[:0]}, {}, "must hold images, got a.h5 without any"),
    ],
)
def test_what_is_no_dataset_of_images_is_refused(
    tmp_path: Path, datasets: dict[str, Any], options: dict[str, str], message: str
) -> None:
    path = save(tmp_path / "a.h5", **datasets)

    with pytest.raises(SourceError) as error:
        open_dataset(path, **options)

    assert message in str(error.value)


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    path.write_bytes(b"no HDF5")

    with pytest.raises(SourceError, match=r"must be an HDF5 file, got a.h5 \(OSError"):
        open_dataset(path)

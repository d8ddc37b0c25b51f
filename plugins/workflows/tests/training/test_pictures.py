"""Images are decoded once, and kept in memory or in a file: the training sees the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poise_workflows import train
from poise_workflows.training import pictures as module
from poise_workflows.training import running
from poise_workflows.training.pictures import fits, kept_images, open_videos, read_pictures
from poise_workflows.training.sets import read_sets
from small_labels import SIZE, job, write_job, write_labels


def videos_of(labels: Path) -> Any:
    return open_videos(
        read_sets(labels, 0.2, None, has_identities=lambda skeleton: False, by="frame", seed=0)
    )


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    return write_labels(tmp_path / "flies.slp", [0, 2, 3, 5])


def test_images_on_disk_are_those_in_memory(labels: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    videos = videos_of(labels)

    memory, disk = read_pictures(videos), read_pictures(videos, tmp_path / "cache")

    assert memory.keys() == disk.keys()
    assert [key.frame for key in memory] == [0, 2, 3, 5]
    for key, image in memory.items():
        assert isinstance(disk[key], np.memmap)
        assert disk[key].dtype == image.dtype == np.uint8
        np.testing.assert_array_equal(disk[key], image)
        stored = np.asarray(Image.open(tmp_path / "flies" / f"{key.frame}.png"))
        np.testing.assert_array_equal(image[..., 0], stored)


def test_bytes_are_those_of_the_images_that_are_labeled(labels: Path) -> None:
    videos = videos_of(labels)

    assert videos.bytes == 4 * SIZE[0] * SIZE[1]
    assert videos.bytes == sum(image.nbytes for image in read_pictures(videos).values())


def test_images_fit_if_they_leave_half_of_the_free_memory(
    labels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    videos = videos_of(labels)

    for free, answer in ((2 * videos.bytes, True), (2 * videos.bytes - 1, False)):
        monkeypatch.setattr(module, "free_memory", lambda free=free: free)
        assert fits(videos) is answer


@pytest.mark.usefixtures("keras", "learning")
def test_images_that_do_not_fit_are_kept_on_disk_to_the_same_losses(
    labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_job(tmp_path / "job.json", job())
    kept: list[bool] = []

    def read(videos: Any, folder: Path | None) -> Any:
        kept.append(folder is None)
        return read_pictures(videos, folder)

    monkeypatch.setattr("poise_workflows.training.fitting.read_pictures", read)
    monkeypatch.setattr(running, "fits", lambda videos: False)

    logs = [
        (train(config, labels, tmp_path / each, cache=each).folder / "log.csv").read_text()
        for each in ("memory", "auto")
    ]

    assert logs[0] == logs[1]
    assert kept == [True, False]
    assert not list((tmp_path / "auto").glob("images-*"))


@pytest.mark.parametrize("is_needed", [True, False])
def test_a_cache_is_gone_with_its_run_and_so_is_one_of_a_killed_process(
    tmp_path: Path, is_needed: bool
) -> None:
    (tmp_path / "images-old").mkdir()
    (tmp_path / "images-old" / "video-0.npy").touch()

    with kept_images(tmp_path, is_needed=is_needed) as folder:
        assert list(tmp_path.iterdir()) == ([folder] if is_needed else [])

    assert list(tmp_path.iterdir()) == []


def test_labeled_frames_that_cannot_be_read_are_refused_together(
    labels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    videos = videos_of(labels)
    for number in (2, 5):
        (labels.parent / "flies" / f"{number}.png").write_bytes(b"no image")

    with pytest.raises(ValueError, match="got 2 labeled frames that cannot be read") as error:
        read_pictures(videos)

    assert "frame 2" in str(error.value)
    assert "frame 5" in str(error.value)

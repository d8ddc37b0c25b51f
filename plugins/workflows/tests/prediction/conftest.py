"""Folders of images in which a bright dot moves, and a model that finds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

SIZE = 20, 60


def place(number: int) -> tuple[int, int]:
    """Where the dot of a frame is, x then y."""
    return 4 + 3 * number, 6 + number


@pytest.fixture
def frames(tmp_path: Path) -> Callable[..., Path]:
    """``frames(name, count)`` writes a folder of images."""

    def write(name: str = "flies", count: int = 7) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for number in range(count):
            image = np.zeros(SIZE, np.uint8)
            x, y = place(number)
            image[y, x] = 255
            Image.fromarray(image).save(folder / f"{number}.png")
        return folder

    return write


@pytest.fixture
def model(made_up: None, save_model: Callable[..., Path]) -> Path:
    """A model of gray images that finds the brightest pixel."""
    return save_model("model", (None, None, 1))


@pytest.fixture
def poses() -> Callable[[Path], Any]:
    """``poses(path)`` reads what a result has: frames, points, scores."""
    import sleap_io

    def read(path: Path) -> Any:
        labels = sleap_io.load_slp(str(path), open_videos=False)
        animals = [animal for frame in labels for animal in frame.instances]
        return {
            "frames": [(str(f.video.filename), int(f.frame_idx), len(f)) for f in labels],
            "points": [animal.numpy().tolist() for animal in animals],
            "scores": [float(animal.score) for animal in animals],
            "point_scores": [animal.points["score"].tolist() for animal in animals],
        }

    return read


@pytest.fixture
def write_video(tmp_path: Path) -> Callable[..., Path]:
    """``write_video(name, size, count, times)`` writes a video with the frames of ``frames``.

    ``times`` are the milliseconds at which they are shown; by default, 40 each.
    """

    def write(
        name: str = "flies.mkv",
        size: tuple[int, int] = SIZE,
        count: int = 7,
        times: Sequence[int] | None = None,
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream: Any = container.add_stream("ffv1", rate=25)  # keeps every value
            stream.height, stream.width, stream.pix_fmt = *size, "gray"
            stream.codec_context.time_base = Fraction(1, 1000)
            for number in range(count):
                image = np.zeros(size, np.uint8)
                x, y = place(number)
                image[y, x] = 255
                frame = av.VideoFrame.from_ndarray(image, format="gray")
                frame.pts = 40 * number if times is None else times[number]
                frame.time_base = Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return write

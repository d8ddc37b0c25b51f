"""A gray video, and a ``.slp`` file with two animals in some of its frames."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import sleap_io

SIZE = 48, 80
COUNT = 12
GRAY = 90


def write_film(path: Path, count: int = COUNT, size: tuple[int, int] = SIZE, fps: int = 20) -> Path:
    """A video whose frames are gray everywhere."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=fps)
        stream.height, stream.width = size
        stream.pix_fmt = "yuv420p"
        image = np.full((*size, 3), GRAY, np.uint8)
        for _ in range(count):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(image)))
        file.mux(stream.encode())
    return path


def points_of(number: int) -> Any:
    """``(animals, parts, 2)``: where the parts of a frame are; the last one is missing."""
    first = np.array([[10.0 + number, 12], [20 + number, 12], [np.nan, np.nan]])
    return np.stack([first, first + [30, 20]])


@pytest.fixture
def poses(tmp_path: Path) -> Callable[..., Path]:
    """``poses()`` writes ``flies.mp4`` and ``flies.slp``."""

    def write(
        numbers: range = range(2, 8), videos: tuple[str, ...] = ("flies",), tracks: int = 0
    ) -> Path:
        skeleton = sleap_io.Skeleton(["head", "thorax", "tail"], edges=[("head", "thorax")])
        named = [sleap_io.Track(f"fly {index}") for index in range(tracks)]
        frames = []
        for name in videos:
            film = write_film(tmp_path / f"{name}.mp4")
            video = sleap_io.Video(str(film), open_backend=False)
            for number in numbers:
                animals = [
                    sleap_io.PredictedInstance.from_numpy(
                        points, skeleton=skeleton, score=1, track=named[row] if named else None
                    )
                    for row, points in enumerate(points_of(number))
                ]
                # The first frame of the file has no animal.
                frames.append(
                    sleap_io.LabeledFrame(
                        video=video,
                        frame_idx=number,
                        instances=animals if number > numbers[0] else [],
                    )
                )
        path = tmp_path / "flies.slp"
        sleap_io.Labels(frames, tracks=named).save(str(path), verbose=False)
        return path

    return write


@pytest.fixture
def images_of() -> Callable[[Path], Any]:
    """``images_of(path)``: the frames of a video, ``(N, H, W, 3)``, decoded without Poise."""

    def decode(path: Path) -> Any:
        with av.open(str(path)) as file:
            return np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)])

    return decode

"""Render the clip of flies, whose true points are known: ``python make_clip.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

HERE = Path(__file__).parent
PARTS = ["head", "thorax", "abdomen", "wingL", "wingR"]
EDGES = [("thorax", "head"), ("thorax", "abdomen"), ("thorax", "wingL"), ("thorax", "wingR")]
SHAPE = np.array([[15.0, 0.0], [0.0, 0.0], [-17.0, 0.0], [-17.0, -11.0], [-17.0, 11.0]])
"""Positions of the parts of a fly that faces right, in pixels relative to its thorax."""

SIZE = 192
FRAMES = 60
FPS = 30

Fly = tuple[float, float, float]
"""x, y and direction, in radians."""


def flies_at(frame: int) -> list[Fly]:
    """The two flies of a frame of the clip. They walk on curves, and face where they go."""
    flies = []
    for phase, radius, turns in ((0.0, 66.0, 1), (2.6, 18.0, -1)):
        turn = turns * (2 * np.pi * frame / FRAMES / 1.5) + phase
        x = 96 + radius * np.cos(turn)
        y = 96 + radius * np.sin(turn) * 0.9
        ahead = np.arctan2(turns * np.cos(turn) * 0.9, -turns * np.sin(turn))
        flies.append((float(x), float(y), float(ahead)))
    return flies


def points_of(flies: list[Fly]) -> Array:
    """Points ``(flies, parts, 2)`` in pixels, x then y."""
    points = []
    for x, y, angle in flies:
        ahead = np.array([np.cos(angle), np.sin(angle)])
        aside = np.array([-ahead[1], ahead[0]])
        points.append(np.array([x, y]) + SHAPE[:, :1] * ahead + SHAPE[:, 1:] * aside)
    return np.array(points, dtype=np.float32)


def image_of(flies: list[Fly], rng: np.random.Generator, size: int = SIZE) -> Array:
    """An image ``(size, size)``, uint8: dark flies on light, noisy ground."""
    y, x = np.mgrid[:size, :size].astype(float)
    image = np.full((size, size), 205.0)
    for across, down, angle in flies:
        cosine, sine = np.cos(angle), np.sin(angle)
        along = (x - across) * cosine + (y - down) * sine
        beside = (y - down) * cosine - (x - across) * sine
        for place, length, width, dark in ((-10, 15, 5, 95), (0, 7, 6, 150), (13, 5, 5, 130)):
            image -= dark * _disk((along - place) / length, beside / width)
        for side in (-1, 1):
            tilted = beside * side - 5 + 0.45 * (along + 4)
            image -= 45 * _disk((along + 9) / 13, tilted / 4)
    return (image + rng.normal(0, 4, image.shape)).clip(0, 255).astype(np.uint8)


def _disk(across: Array, down: Array) -> Array:
    """1 inside the unit disk, with an edge that is about a pixel wide."""
    return 1 / (1 + np.exp(12 * (np.hypot(across, down) - 1)))


def write_clip(path: Path) -> None:
    """Write the clip as H.264."""
    import av

    rng = np.random.default_rng(0)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=FPS, options={"crf": "23", "preset": "slow"})
        stream.width = stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for number in range(FRAMES):
            image = image_of(flies_at(number), rng)
            frame = av.VideoFrame.from_ndarray(np.repeat(image[..., None], 3, axis=-1))
            file.mux(stream.encode(frame))
        file.mux(stream.encode())


if __name__ == "__main__":
    write_clip(HERE / "flies.mp4")

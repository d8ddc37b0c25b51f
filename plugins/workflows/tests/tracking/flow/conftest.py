"""Films of textured animals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest

from poise_workflows.tracking.contract import Sight

HEIGHT, WIDTH = 120, 160


@pytest.fixture(scope="session")
def film() -> Callable[..., list[Sight]]:
    """``film(count, …)``: frames of two textured animals of four parts that move.

    ``speed``: pixels a frame; ``channels``: of the images; ``gap``: numbers of the frames are
    multiples of it. Each fifth frame lacks an animal, each eleventh both.
    """
    rng = np.random.default_rng(11)
    textures = [np.kron(rng.integers(80, 255, (10, 10)), np.ones((3, 3))) for _ in range(2)]

    def frames(count: int, speed: int = 2, channels: int = 1, gap: int = 1) -> list[Sight]:
        return [frame(n, speed, channels, gap) for n in range(count)]

    def frame(n: int, speed: int, channels: int, gap: int) -> Sight:
        corners = np.array([[10 + speed * n % 100, 15], [110 - speed * n % 100, 75]])
        image = np.zeros((HEIGHT, WIDTH, channels), np.uint8)
        for (x, y), texture in zip(corners, textures, strict=True):
            image[y : y + 30, x : x + 30] = texture[..., None]
        points = corners[:, None] + [[5.0, 5.0], [20.0, 8.0], [12.0, 18.0], [22.0, 24.0]]
        kept = [] if n % 11 == 10 else [0] if n % 5 == 4 else [0, 1][:: (-1) ** n]
        return Sight(
            number=n * gap,
            points=points[kept].reshape(-1, 4, 2),
            point_scores=np.ones((len(kept), 4)),
            scores=np.ones(len(kept)),
            is_predicted=np.ones(len(kept), bool),
            image=image,
        )

    return frames


@pytest.fixture(scope="session")
def images_of() -> Callable[[list[Sight]], Callable[[int], Any]]:
    """The images of frames by their numbers."""

    def by_number(frames: list[Sight]) -> Callable[[int], Any]:
        return {frame.number: frame.image for frame in frames}.__getitem__

    return by_number


@pytest.fixture(scope="session")
def unnumbered() -> Callable[[list[Sight]], list[Sight]]:
    """The same frames without numbers."""

    def without(frames: list[Sight]) -> list[Sight]:
        return [attrs.evolve(frame, number=None) for frame in frames]

    return without

"""The made-up animals of the zoo: labeled images of three scenes, as ``.pkg.slp`` files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import sleap_io
from PIL import Image

FLIES = Path(__file__).parents[2] / "docs" / "examples" / "flies"
sys.path.append(str(FLIES))

from make_clip import EDGES, PARTS, Fly, image_of, points_of  # noqa: E402 - beside the clip

SIDE, MARGIN = 128, 20
"""Of the images, and how far a thorax is from their edges, in pixels."""
APART, CROSSING = 38, (6, 16)
"""How far animals are apart, in pixels: so that they do not touch, and so that they overlap."""

Random = np.random.Generator


def single(random: Random) -> list[Fly]:
    """A fly anywhere."""
    return [_anywhere(random)]


def several(random: Random) -> list[Fly]:
    """Three flies that do not touch."""
    flies: list[Fly] = []
    while len(flies) < 3:
        fly = _anywhere(random)
        if all(np.hypot(fly[0] - x, fly[1] - y) > APART for x, y, _ in flies):
            flies.append(fly)
    return flies


def crossing(random: Random) -> list[Fly]:
    """Two flies, one of which walks over the other, and a third one apart."""
    first, third = several(random)[:2]
    far, way = random.uniform(*CROSSING), random.uniform(-np.pi, np.pi)
    angle = first[2] + random.uniform(np.pi / 4, 3 * np.pi / 4)
    x, y = first[0] + far * np.cos(way), first[1] + far * np.sin(way)
    return [first, (float(x), float(y), float(angle)), third]


SCENES: dict[str, Callable[[Random], list[Fly]]] = {
    "single": single,
    "several": several,
    "crossing": crossing,
}


def _anywhere(random: Random) -> Fly:
    x, y = random.uniform(MARGIN, SIDE - MARGIN, 2)
    return float(x), float(y), float(random.uniform(-np.pi, np.pi))


def write_scene(path: Path, scene: str, count: int, seed: int) -> Path:
    """Write labels with their images inside.

    Args:
        path: a new ``.pkg.slp``.
        scene: its name.
        count: how many images.
        seed: decides where animals are.
    """
    random = np.random.default_rng(seed)
    frames = [SCENES[scene](random) for _ in range(count)]
    path = path.absolute()
    with TemporaryDirectory() as folder, chdir(folder):
        files = [f"{number:03}.png" for number in range(count)]
        for file, flies in zip(files, frames, strict=True):
            Image.fromarray(image_of(flies, random, SIDE)).save(file)
        _labels(files, frames).save(str(path), embed="user", verbose=False)
    return path


def _labels(files: list[str], frames: list[list[Fly]]) -> Any:
    skeleton = sleap_io.Skeleton(PARTS, EDGES, symmetries=[("wingL", "wingR")], name="fly")
    video = sleap_io.Video.from_filename(files)
    return sleap_io.Labels(
        [
            sleap_io.LabeledFrame(
                video=video,
                frame_idx=number,
                instances=[
                    sleap_io.Instance.from_numpy(animal, skeleton=skeleton)
                    for animal in points_of(flies)
                ],
            )
            for number, flies in enumerate(frames)
        ]
    )

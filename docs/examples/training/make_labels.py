"""Render the labeled flies of the tutorial on training: ``python make_labels.py``.

A fly in each image, anywhere and facing anywhere; its true points are the labels.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import sleap_io
from PIL import Image

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "flies"))

from make_clip import EDGES, PARTS, Array, Fly, image_of, points_of  # noqa: E402 - beside the clip

SIZE, MARGIN = 64, 22
"""Of the images, and how far the thorax is from their edges, in pixels."""
PACKAGES = {"flies.pkg.slp": (1, 60), "held_out.pkg.slp": (2, 20)}
"""File → seed, and how many images it has."""


def flies(rng: np.random.Generator, count: int) -> tuple[list[Array], list[Array]]:
    """Images ``(H, W)``, uint8, and the points ``(parts, 2)`` of their fly, in pixels."""
    images, points = [], []
    for _ in range(count):
        x, y = rng.uniform(MARGIN, SIZE - MARGIN, 2)
        fly: Fly = (float(x), float(y), float(rng.uniform(-np.pi, np.pi)))
        images.append(image_of([fly], rng, SIZE))
        points.append(points_of([fly])[0])
    return images, points


def labels_of(files: list[Path], points: list[Array]) -> Any:
    """Labels of image files, as a person makes them in SLEAP."""
    skeleton = sleap_io.Skeleton(PARTS, EDGES, symmetries=[("wingL", "wingR")], name="fly")
    video = sleap_io.Video.from_filename([str(file) for file in files])
    return sleap_io.Labels(
        [
            sleap_io.LabeledFrame(
                video=video,
                frame_idx=number,
                instances=[sleap_io.Instance.from_numpy(animal, skeleton=skeleton)],
            )
            for number, animal in enumerate(points)
        ]
    )


def write_package(path: Path, seed: int, count: int) -> None:
    """Write labels with their images inside."""
    images, points = flies(np.random.default_rng(seed), count)
    path = path.absolute()
    with TemporaryDirectory() as folder, chdir(folder):  # the package names its images
        files = [Path(f"{number:03}.png") for number in range(count)]
        for file, image in zip(files, images, strict=True):
            Image.fromarray(image).save(file)
        labels = labels_of(files, points)
        labels.save(path.name, embed="user", verbose=False)  # it names itself, too
        shutil.move(path.name, path)


if __name__ == "__main__":
    for name, (seed, count) in PACKAGES.items():
        write_package(HERE / name, seed, count)

"""The frames on which an export is proven: real ones, or made-up ones that are not blank."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import attrs
import numpy as np

from poise.errors import Fault
from poise.messages import argument_path
from poise_workflows.exporting.contract import Array, Subject
from poise_workflows.exporting.errors import ExportError
from poise_workflows.frames.opening import open_sources
from poise_workflows.frames.preparation import resized, with_channels
from poise_workflows.frames.selections import Selection

COUNT = 8
"""How many frames an export is proven on."""

MADE_UP = "made up"
SHORTEST = 64
"""Shortest side of made-up images of any size, in pixels."""


@attrs.frozen(kw_only=True, eq=False)
class Pictures:
    """Frames of a proof.

    Attributes:
        stacks: arrays ``(N, H, W, C)``, of several sizes if the export takes any.
        origin: where they are from, for the manifest.
    """

    stacks: tuple[Array, ...]
    origin: str


def pictures_of(subject: Subject, multiple: int, minimum: int, frames: Path | None) -> Pictures:
    """The frames on which an export is proven.

    Args:
        subject: what is exported.
        multiple: the sides that the network takes are multiples of this many pixels.
        minimum: the shortest side that it takes, in pixels.
        frames: a video or labels; ``None`` for made-up frames.

    Raises:
        SourceError: the frames cannot be read.
        ExportError: none of them can.
    """
    if frames is None:
        sizes = list(_sizes(subject, multiple, minimum))
        stacks = [
            made_up(COUNT // len(sizes), (*size, subject.image[2]), subject.dtype, seed=seed)
            for seed, size in enumerate(sizes)
        ]
        return Pictures(stacks=tuple(stacks), origin=MADE_UP)
    images = [_fitted(image, subject, multiple, minimum) for image in _read(frames)]
    return Pictures(stacks=(np.stack(images),), origin=frames.name)


def made_up(count: int, shape: tuple[int, int, int], dtype: str, *, seed: int = 0) -> Array:
    """Images of blobs of many sizes with noise, each another one.

    Args:
        count: how many.
        shape: height, width, channels.
        dtype: ``"uint8"``, or ``"float32"`` for values from 0 to 1.
        seed: decides them.
    """
    draw, (height, width, channels) = np.random.default_rng(seed), shape
    rows, columns = np.indices((height, width), np.float32)
    images = np.full((count, height, width, channels), 0.2, np.float32)
    for image in images:
        for _ in range(12):
            center = draw.random(2) * (height, width)
            spread = draw.uniform(0.02, 0.2) * min(height, width) + 0.5
            away = (rows - center[0]) ** 2 + (columns - center[1]) ** 2
            bright = draw.uniform(-0.4, 0.8, channels).astype(np.float32)
            image += np.exp(-away / (2 * spread**2))[..., None].astype(np.float32) * bright
    images += draw.normal(0, 0.05, images.shape).astype(np.float32)
    images = images.clip(0, 1)
    return (images * 255).astype(np.uint8) if dtype == "uint8" else images


def _sizes(subject: Subject, multiple: int, minimum: int) -> Iterator[tuple[int, int]]:
    """The size of an export; two sizes if it takes any, of which one must be padded."""
    height, width, _ = subject.image
    least = -(-max(SHORTEST, minimum) // multiple) * multiple
    yield height or least, width or least + multiple
    if height is None or width is None:
        yield height or least + multiple + 1, width or least + 1


def _read(path: Path) -> Iterator[Array]:
    """Up to eight frames, spread over all that can be read."""
    selections = open_sources([path])
    count = 0
    for image in _spread(selections[0]):
        count += 1
        yield image
    if not count:
        what = f"must hold frames that can be read, got none in {path}"
        raise ExportError([Fault(what, argument_path("frames"))])


def _spread(selection: Selection) -> Iterator[Array]:
    total = len(selection)
    for start in dict.fromkeys(np.linspace(0, total - 1, min(COUNT, total)).astype(int).tolist()):
        with closing(selection.read(start)) as frames:
            image = next((frame.image for _, frame in frames if frame.image is not None), None)
        if image is not None:
            yield image


def _fitted(image: Array, subject: Subject, multiple: int, minimum: int) -> Array:
    """A frame as the export takes it: its channels, its size, its numbers.

    Frames are cut or padded around their middle, where crops are cut, too.
    """
    height, width, channels = subject.image
    image = with_channels(image, channels)
    if subject.dtype == "float32":
        scaling = subject.reading.input_scaling
        if scaling != 1:
            sides = (max(1, int(side * scaling)) for side in image.shape[:2])
            rows, columns = sides
            image = resized(image, (rows, columns))
        image = image.astype(np.float32) / (1 if image.dtype.kind == "f" else 255)
    elif image.dtype.kind == "f":
        image = (image * 255).astype(np.uint8)
    for axis, side in enumerate((height, width)):
        whole = -(-max(image.shape[axis], minimum) // multiple) * multiple
        image = _of_length(image, axis, side or whole)
    return image


def _of_length(image: Array, axis: int, length: int) -> Array:
    spare = image.shape[axis] - length
    if spare > 0:
        start = spare // 2
        return image.take(range(start, start + length), axis)
    before = -spare // 2
    around = [(0, 0)] * image.ndim
    around[axis] = (before, -spare - before)
    return np.pad(image, around)

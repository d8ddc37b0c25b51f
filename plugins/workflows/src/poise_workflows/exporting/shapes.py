"""The size of images and the number of them that an export takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from poise import Reading, resolve
from poise.building.sizes import nearest_sizes
from poise.errors import BuildError, Fault
from poise.messages import argument_path, short_repr
from poise.specs.heads import HeadSpec
from poise_workflows.exporting.errors import refused

ANY = "any"
Size = tuple[int | None, int | None]


def size_of(image: Any) -> Size | None:
    """Height and width as the user gave them, ``"96,128"`` or ``(96, 128)``.

    Returns:
        The size; ``(None, None)`` for any; ``None`` if the models decide.

    Raises:
        ExportError: it is neither.
    """
    if image is None:
        return None
    if image == ANY:
        return None, None
    sides = image.split(",") if isinstance(image, str) else image
    if isinstance(sides, list | tuple) and len(sides) == 2:
        whole = [_whole(side) for side in sides]
        if None not in whole:
            return whole[0], whole[1]
    what = "must be height and width in pixels, as 96,128, or any"
    raise refused(f"{what}, got {short_repr(image)}", "image")


def batch_of(batch: Any) -> int | None:
    """How many images a call takes; ``None`` for any number.

    Raises:
        ExportError: it is no such number.
    """
    if batch is None or batch == ANY:
        return None
    number = _whole(batch)
    if number is None:
        raise refused(f"must be a whole number from 1, or any, got {short_repr(batch)}", "batch")
    return number


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else None


def fault_of_size(reading: Reading, size: Size) -> Iterator[Fault]:
    """Sides that the network cannot take, with the nearest that it can."""
    try:
        resolution = resolve(reading.config, reading.skeleton, reading.classes)
    except BuildError as error:
        yield from error.faults
        return
    smallest = resolution.backbone.minimum_size
    section = resolution.config.backbone.which_oneof()
    minimum = smallest(section) if smallest else 1
    for name, side in zip(("height", "width"), size, strict=True):
        if side is None or (side % resolution.max_stride == 0 and side >= minimum):
            continue
        near = " or ".join(map(str, nearest_sizes(side, resolution.max_stride, minimum)))
        what = f"{name} must be a multiple of {resolution.max_stride} pixels"
        least = f" and at least {minimum}" if minimum > 1 else ""
        yield Fault(f"{what}{least}, got {side}; use {near}", argument_path("image"))


def own_size(reading: Reading, head: HeadSpec) -> Size:
    """The size for which a model is known to be: that of its crops, or of its images."""
    if head.stage == "crop" and reading.cropping.crop_size:
        return reading.cropping.crop_size, reading.cropping.crop_size
    return reading.image[0], reading.image[1]


def usable_size(reading: Reading, head: HeadSpec) -> Size:
    """The same; any size if the network cannot take that one, since it would have to pad."""
    size = own_size(reading, head)
    return (None, None) if any(fault_of_size(reading, size)) else size

"""Image sizes: which fit a backbone, and which would."""

from __future__ import annotations

from typing import Any

from poise.errors import BuildError, Fault
from poise.specs import Image


def checked_image(image: Any) -> Image:
    """``image`` as ``(height, width, channels)``, or an error that says what is wrong.

    Args:
        image: height and width in pixels, ``None`` where any will do, and channels.

    Raises:
        BuildError: it is not three numbers, or one of them is not positive.
    """
    if not isinstance(image, tuple | list) or len(image) != 3:
        what = f"must be (height, width, channels), found {image!r}"
        raise BuildError([Fault(what, "image")])
    faults = []
    for name, size in zip(("height", "width", "channels"), image, strict=True):
        if size is None and name != "channels":
            continue
        if type(size) is not int or size < 1:
            also = "" if name == "channels" else " (or None for any)"
            what = f"{name} must be a positive integer{also}, found {size!r}"
            faults.append(Fault(what, "image"))
    if faults:
        raise BuildError(faults)
    height, width, channels = image
    return (height, width, channels)


def refuse_misfit(image: Image, multiple: int, minimum: int = 1) -> None:
    """Refuse an image that a backbone cannot halve often enough.

    Args:
        image: height, width, channels; ``None`` sizes pass.
        multiple: what height and width must be multiples of, in pixels.
        minimum: what they must not be below, in pixels.

    Raises:
        BuildError: names the multiple and the nearest sizes that fit.
    """
    faults = []
    for name, size in zip(("height", "width"), image[:2], strict=True):
        if size is None:
            continue
        if size % multiple:
            near = " or ".join(map(str, nearest_sizes(size, multiple)))
            what = f"{name} {size} is no multiple of {multiple}; {near} would fit"
            faults.append(Fault(f"{what}, or pass auto_pad=True", "image"))
        elif size < minimum:
            what = f"{name} {size} is below the smallest that this backbone takes, {minimum}"
            faults.append(Fault(what, "image"))
    if faults:
        raise BuildError(faults, "the image does not fit the backbone" if len(faults) > 1 else "")


def nearest_sizes(size: int, multiple: int) -> list[int]:
    """The multiples next below (unless that is zero) and next above ``size``."""
    below = size // multiple * multiple
    return [one for one in (below, below + multiple) if one > 0]

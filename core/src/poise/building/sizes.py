"""Image sizes: which fit a backbone, and which would."""

from __future__ import annotations

from numbers import Integral
from typing import Any, cast

from poise.errors import BuildError, Fault
from poise.messages import shown
from poise.specs import Image

LARGEST = 2**31 - 1
"""Pixels, or channels, beyond which no backend counts."""


def checked_image(image: Any) -> Image:
    """``image`` as ``(height, width, channels)``, or an error that says what is wrong.

    Args:
        image: height and width in pixels, ``None`` where any will do, and channels.

    Raises:
        BuildError: it is not three numbers, or one of them is not positive, or larger than
            any image.
    """
    if not isinstance(image, tuple | list) or len(image) != 3:
        what = f"must be (height, width, channels), got {shown(image)}"
        raise BuildError([Fault(what, "image")])
    faults = []
    for name, size in zip(("height", "width", "channels"), image, strict=True):
        if size is None and name != "channels":
            continue
        # Integral, for NumPy's integers.
        whole = isinstance(size, Integral) and not isinstance(size, bool)
        pixels = int(cast(int, size)) if whole else 0
        if not 1 <= pixels <= LARGEST:
            also = "" if name == "channels" else " (or None for any)"
            least = "a positive integer" if pixels < 1 else f"at most {LARGEST}"
            what = f"{name} must be {least}{also}, got {shown(size)}"
            faults.append(Fault(what, "image"))
    if faults:
        raise BuildError(faults, "no image" if len(faults) > 1 else "")
    height, width, channels = (None if size is None else int(size) for size in image)
    return (height, width, cast(int, channels))


def check_image_size(
    image: Image, multiple: int, minimum: int = 1, *, padded: bool = False
) -> None:
    """Refuse an image that a backbone cannot halve often enough.

    Args:
        image: height, width, channels; ``None`` sizes pass.
        multiple: what height and width must be multiples of, in pixels.
        minimum: what they must not be below, in pixels.
        padded: whether the model pads to the multiple by itself.

    Raises:
        BuildError: names the multiple and the nearest sizes that fit.
    """
    faults = []
    for name, size in zip(("height", "width"), image[:2], strict=True):
        if size is None:
            continue
        near = nearest_sizes(size, multiple, minimum)
        if size % multiple and not padded:
            use = f"use {' or '.join(map(str, near))}, or pass auto_pad=True"
            what = f"{name} must be a multiple of {multiple}, got {size}; {use}"
            faults.append(Fault(what, "image"))
        elif -(-size // multiple) * multiple < minimum:
            least = f"{name} must be at least {minimum} for this backbone"
            what = f"{least}, got {size}; use {near[-1]}"
            faults.append(Fault(what, "image"))
    if faults:
        raise BuildError(faults, "the image does not fit the backbone" if len(faults) > 1 else "")


def nearest_sizes(size: int, multiple: int, minimum: int = 1) -> list[int]:
    """The multiples next below and next above ``size`` that are not below ``minimum``."""
    below = size // multiple * multiple
    smallest = -(-max(minimum, 1) // multiple) * multiple
    return sorted({one for one in (below, below + multiple) if one >= smallest} or {smallest})

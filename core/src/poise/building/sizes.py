"""Image sizes: those that fit a backbone, and the nearest ones that do."""

from __future__ import annotations

from typing import Any, cast

from poise.errors import BuildError, Fault
from poise.messages import argument, argument_path, short_repr
from poise.scalars import is_integer
from poise.specs import Image

LARGEST = 2**31 - 1
"""The largest number of pixels or channels that every backend can represent."""


def checked_image(image: Any) -> Image:
    """Return ``image`` as ``(height, width, channels)``.

    Args:
        image: height and width in pixels, ``None`` for any, and channels.

    Raises:
        BuildError: ``image`` is not three numbers, or one is not positive or is too large.
    """
    if not isinstance(image, tuple | list) or len(image) != 3:
        what = f"must be (height, width, channels), got {short_repr(image)}"
        raise BuildError([Fault(what, argument_path("image"))])
    faults = []
    for name, size in zip(("height", "width", "channels"), image, strict=True):
        if size is None and name != "channels":
            continue
        pixels = int(size) if is_integer(size) else 0
        if not 1 <= pixels <= LARGEST:
            also = "" if name == "channels" else " (or None for any)"
            least = "a positive integer" if pixels < 1 else f"at most {LARGEST}"
            what = f"{name} must be {least}{also}, got {short_repr(size)}"
            faults.append(Fault(what, argument_path("image")))
    if faults:
        raise BuildError(faults, "no image" if len(faults) > 1 else "")
    height, width, channels = (None if size is None else int(size) for size in image)
    return (height, width, cast(int, channels))


def check_image_size(
    image: Image, multiple: int, minimum: int = 1, *, padded: bool = False
) -> None:
    """Check that height and width are multiples of the backbone's stride and large enough.

    Args:
        image: height, width, channels; ``None`` passes.
        multiple: height and width must be multiples of this, in pixels.
        minimum: the smallest height and width, in pixels.
        padded: whether the model pads to the multiple by itself.

    Raises:
        BuildError: a size is wrong. The error names the multiple and the nearest valid sizes.
    """
    faults = []
    if multiple > LARGEST:
        what = f"multiples of the backbone's maximum stride must be at most {LARGEST}"
        raise BuildError([Fault(f"{what}, got {short_repr(multiple)}", argument_path("image"))])
    for name, size in zip(("height", "width"), image[:2], strict=True):
        if size is None:
            continue
        near = nearest_sizes(size, multiple, minimum)
        if size % multiple and not padded:
            use = f"use {' or '.join(map(str, near))}, or pass {argument('auto_pad', value='True')}"
            what = f"{name} must be a multiple of {multiple}, got {size}; {use}"
            faults.append(Fault(what, argument_path("image")))
        elif -(-size // multiple) * multiple < minimum:
            least = f"{name} must be at least {minimum} for this backbone"
            what = f"{least}, got {size}; use {near[-1]}"
            faults.append(Fault(what, argument_path("image")))
    if faults:
        raise BuildError(faults, "the image does not fit the backbone" if len(faults) > 1 else "")


def nearest_sizes(size: int, multiple: int, minimum: int = 1) -> list[int]:
    """The nearest multiples below and above ``size`` that are at least ``minimum``."""
    below = size // multiple * multiple
    smallest = -(-max(minimum, 1) // multiple) * multiple
    return sorted({near for near in (below, below + multiple) if near >= smallest} or {smallest})

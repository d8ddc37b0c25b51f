"""Images in files, one frame each, read by Pillow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO

import numpy as np
import PIL
from PIL import Image

from poise.errors import Fault
from poise.files import open_file
from poise.messages import described
from poise_workflows.frames.indexed import IndexedSource, open_indexed
from poise_workflows.frames.limits import check_source, refuse_pixels, too_large
from poise_workflows.frames.sources import Array, Provenance, SourceError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"})

_FORMATS = ("PNG", "JPEG", "BMP", "DIB", "TIFF", "GIF", "WEBP", "PPM")
"""Formats of pictures, whatever their file is called. Pillow has others run a program, as EPS."""

_GRAY = frozenset({"1", "L", "LA"})
_DEEP = ("I", "F")  # modes of 16 and 32 bits begin with these


def open_images(path: Path, files: Sequence[Path]) -> IndexedSource:
    """Open images of one size as the frames of one video.

    Args:
        path: the folder, or the only file.
        files: the images, in the order of the frames.

    Raises:
        SourceError: an image cannot be read, or differs from the first in size, or in being gray
            or in color. The error lists every such image.
    """
    files = tuple(files)
    faults = _faults(files)
    if faults:
        raise SourceError(faults)
    names = [str(file) for file in files]
    return open_indexed(
        path,
        len(files),
        lambda: nullcontext(lambda number: load_image(files[number])),
        Provenance(reader="Pillow", version=PIL.__version__),
        backend="ImageVideo",
        stored={"filename": names[0], "filenames": names} if names else {},
        filename=names,
    )


def load_image(file: Path) -> Array:
    """An image, ``(H, W, 1)`` or ``(H, W, 3)``, uint8; transparency is left out."""
    with _picture(file) as image:
        mode = "L" if image.mode in _GRAY else "RGB"
        pixels = np.asarray(image.convert(mode))
    return pixels.reshape(*pixels.shape[:2], -1)


@contextmanager
def _picture(file: Path) -> Iterator[Image.Image]:
    """An opened picture that is no larger than a frame may be; not decoded yet."""
    check_source(file)
    with open_file(file) as stream, picture_of(stream, file) as image:
        yield image


@contextmanager
def picture_of(stream: IO[bytes], file: Path) -> Iterator[Image.Image]:
    """A picture that is no larger than a frame may be; not decoded yet.

    Args:
        stream: its bytes.
        file: their file, for messages.

    Raises:
        SourceError: it is larger.
        Exception: it is none. Pillow raises errors of many classes.
    """
    try:
        image = Image.open(stream, formats=_FORMATS)
    except Image.DecompressionBombError as error:
        pixels = re.search(r"\d+", str(error))
        raise too_large(f"{int(pixels[0]):,}" if pixels else "more", file) from None
    with image:
        refuse_pixels((image.height, image.width), file)
        yield image


def _faults(files: Sequence[Path]) -> list[Fault]:
    """What is wrong with the images, by their headers alone."""
    faults: list[Fault] = []
    first = None
    for file in files:
        try:
            size, is_gray = _header(file)
        except SourceError as error:
            faults += error.faults
            continue
        except Exception as error:  # noqa: BLE001  # Pillow raises errors of many classes
            what = f"must be a readable image, got {file.name} ({described(error)})"
            faults.append(Fault(what, str(file)))
            continue
        first = first or (file, size, is_gray)
        if (size, is_gray) != first[1:]:
            what = (
                f"must be {_as_text(*first[1:])} as {first[0].name}, got {_as_text(size, is_gray)}"
            )
            faults.append(Fault(what, str(file)))
    return faults


def _header(file: Path) -> tuple[tuple[int, int], bool]:
    """Width and height, and whether the image is gray."""
    with _picture(file) as image:
        if image.mode.startswith(_DEEP):
            raise ValueError(f"mode {image.mode} has more than 8 bits; convert it to 8 bits")
        if getattr(image, "n_frames", 1) > 1:
            raise ValueError("it holds several images; name the file itself as a source")
        return image.size, image.mode in _GRAY


def _as_text(size: tuple[int, int], is_gray: bool) -> str:
    return f"{size[1]} × {size[0]} pixels {'in gray' if is_gray else 'in color'}"

"""Sources whose frames are stored one by one: images, datasets, stacks, arrays."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from poise.errors import Fault
from poise.messages import described
from poise_workflows.frames.results import result_video
from poise_workflows.frames.sources import (
    Array,
    Frame,
    Provenance,
    SourceError,
    channels_of,
    read_each,
)

Load = Callable[[int], Array]
"""Gives the image ``(H, W, C)`` of a number; may raise anything."""


@attrs.frozen(eq=False, kw_only=True)
class IndexedSource:
    """A :class:`~poise_workflows.frames.sources.Source` that loads each frame for itself.

    Attributes:
        opened: opens what holds the frames for one reading.
        backend: the class of sleap-io that reads such sources.
        stored: what sleap-io stores of this kind of video.
        filename: what sleap-io takes for the file, where it is not ``path``.
        original: the ``sleap_io.Video`` of a label file that this is; results refer to it.
    """

    path: Path
    title: str
    count: int
    height: int
    width: int
    channels: int
    provenance: Provenance
    opened: Callable[[], AbstractContextManager[Load]]
    backend: str = ""
    stored: dict[str, Any] = attrs.field(factory=dict)
    filename: Any = None
    original: Any = None
    notes: tuple[str, ...] = ()

    def read(self, numbers: Iterable[int]) -> Generator[Frame, None, None]:
        with self.opened() as load:
            yield from read_each(numbers, (self.height, self.width), self.channels, load)

    def last_readable(self) -> int:
        frames = self.read(range(self.count - 1, -1, -1))
        return next((frame.number for frame in frames if frame.image is not None), -1)

    def video(self) -> Any:
        if self.original is not None:
            return self.original
        return result_video(self, self.backend, self.stored, self.filename)


def open_indexed(
    path: Path,
    count: int,
    opened: Callable[[], AbstractContextManager[Load]],
    provenance: Provenance,
    *,
    first: int = 0,
    **fields: Any,
) -> IndexedSource:
    """Open a source, and read a frame to learn its size and channels.

    Args:
        path: the file or folder.
        count: how many frames it has.
        opened: opens what holds the frames.
        provenance: how its frames become arrays.
        first: number of the frame to read.
        fields: further fields of :class:`IndexedSource`.

    Raises:
        SourceError: there is no frame, or the first cannot be read, or its values cannot be used.
    """
    if not count:
        raise SourceError([Fault(f"must hold images, got {path.name} without any", str(path))])
    try:
        with opened() as load:
            image = load(first)
    except Exception as error:  # noqa: BLE001  # a codec, a disk: whatever it is, the user must know
        what = f"must be readable, got {path.name} ({described(error)}); convert it to PNG images"
        raise SourceError([Fault(what, str(path))]) from None
    check_values(path, image)
    height, width = image.shape[:2]
    fields = {"channels": channels_of(image), "title": path.name, **fields}
    return IndexedSource(
        path=path,
        count=count,
        height=height,
        width=width,
        opened=opened,
        provenance=provenance,
        **fields,
    )


def open_array(images: Array, path: Path | None = None) -> IndexedSource:
    """A source of images in memory.

    Args:
        images: ``(N, H, W, C)`` or ``(N, H, W)``; uint8, or floats from 0 to 1.
        path: what results call them.

    Raises:
        SourceError: the array has another shape, or other values.
    """
    path = path or Path("array")
    images = as_batch(images, path)
    provenance = Provenance(reader="NumPy", version=np.__version__)
    return open_indexed(
        path,
        len(images),
        lambda: nullcontext(lambda number: as_usable(images[number])),
        provenance,
        backend="MediaVideo",
    )


def as_batch(images: Array, path: Path, channels: tuple[int, ...] = (1, 3)) -> Array:
    """Images in memory as ``(N, H, W, C)``.

    Args:
        images: ``(N, H, W, C)`` or ``(N, H, W)``.
        path: what messages call them.
        channels: how many an image may have.

    Raises:
        SourceError: the array has another shape, or other channels.
    """
    if images.ndim == 3 and images.shape[-1] > max(channels):
        images = images[..., None]
    if images.ndim == 4 and images.shape[-1] in channels:
        return images
    counts = " or ".join(map(str, sorted(set(channels))))
    what = f"must be images (N, H, W, C) with {counts} channels, got the shape {images.shape}"
    fix = "; pass images[None] for one image" if images.ndim < 4 else ""
    raise SourceError([Fault(f"{what}{fix}", str(path))])


def as_usable(image: Array) -> Array:
    """Floats as float32; other types as they are."""
    return image.astype(np.float32) if image.dtype.kind == "f" else image


def check_values(path: Path, image: Array) -> None:
    """Refuse values of which nobody knows what white is.

    Raises:
        SourceError: they are neither uint8 nor floats from 0 to 1.
    """
    if image.dtype.kind == "f":
        if image.size and (np.nanmin(image) < 0 or np.nanmax(image) > 1):
            got = f"{np.nanmin(image):g} to {np.nanmax(image):g}"
            raise SourceError([Fault(f"must be floats from 0 to 1, got {got}", str(path))])
    elif image.dtype != np.uint8:
        fix = "convert the images to 8 bits"
        what = f"must be images of 8 bits (uint8) or floats from 0 to 1, got {image.dtype}; {fix}"
        raise SourceError([Fault(what, str(path))])

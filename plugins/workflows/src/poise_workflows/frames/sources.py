"""What a workflow reads: a source of frames, and a frame, which may be unreadable.

A source is one video: a file, a list of images, a dataset, a stack. Its frames have numbers from
0 to ``count - 1``. A frame that cannot be read is a value that says why: one bad frame ends no run.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from poise.errors import FaultsError
from poise.messages import described

Array = npt.NDArray[Any]


class SourceError(FaultsError, ValueError):
    """Sources cannot be read, or lack the frames that were asked for.

    The path of each fault is the source, or the name of the argument.
    """


@attrs.frozen(eq=False)
class Frame:
    """A frame of a source.

    Attributes:
        number: of the frame in its source, counted from 0.
        image: ``(H, W, C)``, uint8 from 0 to 255, or float32 from 0 to 1 where an HDF5 dataset
            holds floats; ``None`` if the frame cannot be read.
        reason: why there is no image, or what is wrong with it; else empty.
    """

    number: int
    image: Array | None
    reason: str = ""


@attrs.frozen(kw_only=True)
class Provenance:
    """How frames become arrays. It decides their values, so results record it.

    Attributes:
        reader: name of the library.
        version: its version.
        color_matrix: by which YUV becomes RGB: ``"bt601"``, ``"bt709"`` or ``"file"`` (what the
            file says); ``None`` for sources that store RGB.
    """

    reader: str
    version: str
    color_matrix: str | None = None


class Source(Protocol):
    """One video, of which frames can be read by number.

    Attributes:
        path: the file or folder.
        title: its name in messages.
        count: how many frames the container promises; frames after the last one that it really
            has are unreadable.
        height: of each frame, in pixels.
        width: of each frame, in pixels.
        channels: 1, or 3 for RGB, as SLEAP sees the source: it is gray if the first and the
            last channel of its first frame are equal everywhere.
        provenance: how its frames become arrays.
        notes: what the user should know about the container, a sentence each.
    """

    @property
    def path(self) -> Path: ...
    @property
    def title(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def provenance(self) -> Provenance: ...
    @property
    def notes(self) -> tuple[str, ...]: ...

    def read(self, numbers: Iterable[int]) -> Generator[Frame, None, None]:
        """Read frames, in this order; closing the generator closes the file.

        Several readings of one source do not disturb each other.
        """
        ...

    def last_readable(self) -> int:
        """The number of the last frame that can be read; -1 if there is none.

        Unreadable frames after it were promised by the container only; those before it are
        holes.
        """
        ...

    def video(self) -> Any:
        """The source as a ``sleap_io.Video`` for results, without opening the file."""
        ...


def channels_of(image: Array) -> int:
    """How many channels SLEAP sees if this is the first frame: 1 if it is gray."""
    return 1 if np.array_equal(image[..., 0], image[..., -1]) else image.shape[-1]


def as_seen(image: Array, channels: int) -> Array:
    """An image with as many channels as its source has.

    Of a gray source only one channel is kept. SLEAP keeps the first of BGR, which is blue.
    """
    if channels == 1 and image.shape[-1] > 1:
        return np.ascontiguousarray(image[..., -1:])
    if channels == 3 and image.shape[-1] == 1:
        return np.repeat(image, 3, axis=-1)
    return image


def checked(number: int, image: Array, size: tuple[int, int], reason: str = "") -> Frame:
    """A frame; without the image if that does not have the source's height and width."""
    if image.shape[:2] == size:
        return Frame(number, image, reason)
    got = f"{image.shape[0]} × {image.shape[1]}"
    return Frame(number, None, f"must be {size[0]} × {size[1]} pixels as frame 0, got {got}")


def read_each(
    numbers: Iterable[int], size: tuple[int, int], channels: int, load: Callable[[int], Array]
) -> Iterator[Frame]:
    """Frames that are loaded one by one; what ``load`` raises is the reason."""
    for number in numbers:
        try:
            image = as_seen(load(number), channels)
        except Exception as error:  # noqa: BLE001  # a codec, a disk: the next frame may be readable
            yield Frame(number, None, described(error))
        else:
            yield checked(number, image, size)

"""Datasets of images in HDF5 files, read by h5py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np

from poise.errors import Fault
from poise.messages import argument, argument_path, described, join_names, suggestion
from poise.wire.hdf5_files import open_hdf5
from poise_workflows.frames.hdf5_checks import checking_frames, members_of, refuse_unread
from poise_workflows.frames.indexed import IndexedSource, Load, as_usable, open_indexed
from poise_workflows.frames.limits import check_source, refuse_pixels
from poise_workflows.frames.sources import Provenance, SourceError

SUFFIXES = frozenset({".h5", ".hdf5"})

MOST_PACKED = 1000
"""Most times that frames may be larger than what is stored; gzip packs zeros a thousandfold."""

InputFormat = Literal["channels_last", "channels_first"]
"""``"channels_last"``: (frames, height, width, channels); ``"channels_first"``: SLEAP's
(frames, channels, width, height)."""


def open_dataset(
    path: Path, dataset: str | None = None, input_format: InputFormat = "channels_last"
) -> IndexedSource:
    """Open a dataset of an HDF5 file as a video.

    Args:
        path: the file.
        dataset: its name; by default the only one that has four axes.
        input_format: the order of its axes.

    Raises:
        SourceError: the file cannot be read, or has no such dataset.
    """
    try:
        check_source(path)
        with open_hdf5(path) as file:
            name = _chosen(path, file, dataset)
            shape = file[name].shape
            _refuse_hostile(path, file[name], shape)
    except SourceError:
        raise
    except Exception as error:  # noqa: BLE001  # h5py raises anything, depending on the damage
        what = f"must be an HDF5 file, got {path.name} ({described(error)})"
        raise SourceError([Fault(what, str(path))]) from None
    _check_shape(path, name, shape, input_format)
    return open_indexed(
        path,
        shape[0],
        lambda: _opened(path, name, input_format),
        Provenance(reader="h5py", version=h5py.__version__),
        title=f"{path.name}, dataset {name}",
        backend="HDF5Video",
        stored={
            "dataset": name,
            "input_format": input_format,
            "convert_range": False,
            "has_embedded_images": False,
        },
    )


@contextmanager
def _opened(path: Path, name: str, input_format: InputFormat) -> Iterator[Load]:
    with open_hdf5(path) as file:
        images, check = file[name], checking_frames(path, file[name])

        def load(number: int) -> Any:
            check(number)
            image = as_usable(np.asarray(images[number]))
            if image.ndim == 2:
                image = image[..., None]
            elif input_format == "channels_first":
                image = image.transpose(2, 1, 0)
            return np.ascontiguousarray(image)

        yield load


def _chosen(path: Path, file: Any, name: str | None) -> str:
    shapes = _datasets(path, file)
    if name is not None:
        if name.strip("/") in shapes:
            return name.strip("/")
        what = f"must be a dataset of {path.name}, got {name!r}; {suggestion(name, shapes)}"
        raise SourceError([Fault(what, argument_path("dataset"))])
    images = [key for key, shape in shapes.items() if len(shape) == 4]
    if len(images) == 1:
        return images[0]
    got = f"got {len(images)} in {path.name}: {join_names(images) or 'none'}"
    what = f"must be named unless the file has one dataset of images, {got}"
    fix = f"pass {argument('dataset')}"
    raise SourceError([Fault(f"{what}; {fix}", argument_path("dataset"))])


def _datasets(path: Path, file: Any) -> dict[str, tuple[int, ...]]:
    return {
        name: item.shape
        for name, item in members_of(path, file)
        if isinstance(item, h5py.Dataset) and item.shape is not None
    }


def _refuse_hostile(path: Path, images: Any, shape: tuple[int, ...]) -> None:
    """Refuse what would take far more memory or time than the file explains."""
    refuse_unread(path, images)
    if images.dtype.kind not in "fiub":
        what = f"{images.name} must hold numbers, got {images.dtype}"
        raise SourceError([Fault(what, str(path))])
    if len(shape) in (3, 4):
        refuse_pixels(sorted(shape[1:])[-2:], path)
    stored = images.id.get_storage_size()
    if images.nbytes > MOST_PACKED * stored + 2**20:
        what = f"{images.name} must store the frames that it declares"
        got = f"{images.nbytes:,} bytes declared, {stored:,} stored"
        raise SourceError([Fault(f"{what}, got {got}; copy the file again", str(path))])


def _check_shape(path: Path, name: str, shape: tuple[int, ...], input_format: InputFormat) -> None:
    channels = shape[1 if input_format == "channels_first" else -1] if len(shape) == 4 else 1
    if len(shape) in (3, 4) and channels in (1, 3):
        return
    axes = "(frames, height, width, channels)"
    if input_format == "channels_first":
        axes = "(frames, channels, width, height)"
    what = f"must be {axes} with 1 or 3 channels, got the shape {shape}"
    raise SourceError(
        [Fault(f"{what}; pass the other {argument('input_format')}", f"{path}:{name}")]
    )

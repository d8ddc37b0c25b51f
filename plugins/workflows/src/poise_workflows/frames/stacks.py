"""Stacks of images in one TIFF file, read by tifffile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from poise.errors import Fault
from poise.messages import described
from poise_workflows.frames.indexed import IndexedSource, Load, open_indexed
from poise_workflows.frames.limits import refuse_pixels
from poise_workflows.frames.sources import Provenance, SourceError
from poise_workflows.frames.tiff_files import open_tiff, refuse_bomb

SUFFIXES = frozenset({".tif", ".tiff"})


def open_stack(path: Path) -> IndexedSource:
    """Open a TIFF file of one image or more, gray or RGB.

    Raises:
        SourceError: the file cannot be read, or has other axes than frames, rows, columns and
            channels.
    """
    import tifffile  # takes longer to import than the rest of this room

    try:
        with open_tiff(path) as file:
            shape, axes = file.series[0].shape, file.series[0].axes
    except SourceError:
        raise
    except Exception as error:  # noqa: BLE001  # tifffile raises errors of many classes
        what = f"must be a TIFF file, got {path.name} ({described(error)})"
        raise SourceError([Fault(what, str(path))]) from None
    return open_indexed(
        path,
        _count(path, shape, axes),
        lambda: _opened(path),
        Provenance(reader="tifffile", version=tifffile.__version__),
        backend="TiffVideo",
        stored={"keep_open": True, "format": "multi_page"},
    )


def _count(path: Path, shape: tuple[int, ...], axes: str) -> int:
    image_axes = 3 if axes.endswith("YXS") and shape[-1] in (3, 4) else 2
    if not axes.endswith(("YX", "YXS")) or len(shape) - image_axes not in (0, 1):
        what = "must be a stack with the axes frames, rows, columns and perhaps RGB"
        got = f"the axes {axes} of {shape}; save one channel, or one slice, as a stack"
        raise SourceError([Fault(f"{what}, got {got}", str(path))])
    refuse_pixels(shape[len(shape) - image_axes :][:2], path)
    return shape[0] if len(shape) > image_axes else 1


@contextmanager
def _opened(path: Path) -> Iterator[Load]:
    with open_tiff(path) as file:
        series: Any = file.series[0]
        # ImageJ writes all images after one page; the file is then one array on disk.
        mapped = _mapped(file, series) if series.dataoffset is not None else None
        images = None if mapped is None else mapped.reshape(-1, *_image_shape(series))

        def load(number: int) -> Any:
            if images is None:
                image = _unpacked(path, series.pages[number])
            else:
                image = np.array(images[number])
            return image[..., :3] if image.ndim == 3 else image[..., None]

        yield load


def _mapped(file: Any, series: Any) -> Any:
    kind = file.byteorder + series.dtype.char
    return file.filehandle.memmap_array(kind, series.shape, series.dataoffset, mode="r")


def _unpacked(path: Path, page: Any) -> Any:
    refuse_bomb(path, page)
    return page.asarray()


def _image_shape(series: Any) -> tuple[int, ...]:
    size: tuple[int, ...] = series.shape[-3:] if series.axes.endswith("S") else series.shape[-2:]
    return size

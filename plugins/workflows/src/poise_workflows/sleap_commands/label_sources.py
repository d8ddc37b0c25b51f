"""Labels to convert: whatever sleap-io reads, with edges in SLEAP's order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from poise.errors import Fault, FaultsError
from poise.messages import described
from poise_workflows.frames.slp_labels import load_labels, load_other_labels
from poise_workflows.frames.sources import SourceError
from poise_workflows.results.hdf5 import open_hdf5
from poise_workflows.results.local import readable

LABELS = (".slp", ".h5")
"""Suffixes of SLEAP's label files, which have one layout."""


class ConversionError(FaultsError, ValueError):
    """A file cannot be converted as asked."""


@contextmanager
def opened(source: str) -> Iterator[Any]:
    """The ``sleap_io.Labels`` of a file; a frame is in memory when it is asked for.

    Raises:
        ConversionError: sleap-io cannot read it.
    """
    path = Path(source)
    try:
        place = readable(path) if path.suffix in LABELS else _as_it_is(path)
        with place as file:
            yield _load(file, path.suffix)
    except FaultsError:
        raise
    except OSError as error:
        if error.filename is None or path.exists():
            raise _unreadable(path, error) from None
        raise


@contextmanager
def _as_it_is(path: Path) -> Iterator[Path]:
    path.stat()
    yield path


def _load(path: Path, suffix: str) -> Any:
    try:
        if suffix == ".slp" or (suffix == ".h5" and _has_labels(path)):
            return load_labels(path, lazy=True)
        return load_other_labels(path)
    except SourceError as error:
        raise ConversionError(error.faults, error.heading) from None
    except Exception as error:  # noqa: BLE001  # sleap-io raises errors of many classes
        raise _unreadable(path, error) from None


def _has_labels(path: Path) -> bool:
    """Whether an HDF5 file is a label file, and no analysis of one."""
    with open_hdf5(path) as file:
        return "metadata" in file and "frames" in file


def _unreadable(path: Path, error: Exception) -> ConversionError:
    what = f"must be labels that sleap-io can read, got {path.name} ({described(error)})"
    return ConversionError([Fault(f"{what}; open it in SLEAP, and save it as .slp", str(path))])

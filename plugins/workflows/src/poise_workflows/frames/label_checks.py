"""Refuse label files that take far more memory than they hold, before sleap-io reads them.

sleap-io reads all tables and texts of a file at once, and images one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from poise.errors import ConfigError
from poise.files import open_file, read_text_of, refuse_size
from poise.settings import MAX_FILE_MB, MAX_LABELS_MB, Setting
from poise.wire.hdf5_files import SIGNATURE, open_hdf5
from poise_workflows.frames.hdf5_checks import (
    members_of,
    refuse_endless_chunk,
    refuse_unread,
    refused,
    stored_chunks,
)
from poise_workflows.frames.limits import check_source
from poise_workflows.frames.sources import SourceError

METADATA = 4_000_000
"""Most bytes of a text in an attribute, such as the skeletons."""

TEXT = 20_000_000
"""Largest label file that is a text, and most bytes of a list of texts in HDF5."""

VALUES = 3_000_000
"""Most values of such a text, or texts of such a list, counted by their commas."""

LISTS = 1_000_000
"""Most lists and objects of such a text."""

IMAGE = 100_000_000
"""Most bytes of an embedded image, as it is packed."""

RATIO = 100
"""Most times that a table may be larger than what is stored of it."""

SLACK = 2**20
"""Bytes that a table may be larger in any case."""

_REFERENCE = 16
"""Bytes that HDF5 stores for a value of any length: its length, and where it is."""


def check_labels(path: Path) -> None:
    """Refuse a label file that no program for poses writes, and that fills the memory.

    Raises:
        OSError: there is no such file, or it cannot be opened.
        SourceError: says what is too large, and the limit.
    """
    check_source(path)
    with open_file(path) as stream:
        is_hdf5 = stream.read(len(SIGNATURE)) == SIGNATURE
    if is_hdf5:
        with open_hdf5(path) as file:
            _check_members(path, file)
    elif path.suffix.lower() in _TEXTS:
        try:
            _refuse_abundance(path, read_text_of(path, TEXT, MAX_LABELS_MB))
        except ConfigError as error:
            raise SourceError(error.faults, error.heading) from None


_TEXTS = (".json", ".csv", ".geojson", ".yaml", ".yml", ".xml", ".txt")


def _check_members(path: Path, file: Any) -> None:
    _check_attributes(path, file)
    for name, member in members_of(path, file, may_lead_outside=False):
        _check_attributes(path, member)
        if isinstance(member, h5py.Dataset):
            refuse_unread(path, member)
            if name.endswith("/video"):
                _check_images(path, member)
            elif h5py.check_string_dtype(member.dtype) or member.dtype.kind in "SO":
                _check_texts(path, member)
            else:
                _check_table(path, member)


def _check_attributes(path: Path, member: Any) -> None:
    """Refuse large attributes. What has no length of its own is no longer than the file."""
    for name in member.attrs:
        attribute = member.attrs.get_id(name)
        count, kind = attribute.get_space().get_simple_extent_npoints(), attribute.get_type()
        size = count * kind.get_size()
        is_text = isinstance(kind, h5py.h5t.TypeStringID) and kind.is_variable_str()
        if member.name == "/metadata" and is_text:
            size = count * member.file.id.get_filesize()
        where = f"{member.name}, attribute {name}"
        _refuse_size(path, where, size, METADATA, MAX_FILE_MB)


def _check_table(path: Path, dataset: Any) -> None:
    stored = dataset.id.get_storage_size()
    most = RATIO * stored + SLACK
    if dataset.nbytes > most:
        what = f"{dataset.name} must take at most {most:,} bytes, {RATIO} times what it stores"
        raise refused(path, f"{what}, got {dataset.nbytes:,}")
    for offset in stored_chunks(dataset):
        refuse_endless_chunk(path, dataset, offset)


def _check_texts(path: Path, dataset: Any) -> None:
    if dataset.dtype.kind == "O":
        size = sum(_lengths(path, dataset))
    else:
        _check_table(path, dataset)
        size = int(dataset.nbytes)
    _refuse_size(path, dataset.name, size, TEXT, MAX_LABELS_MB)
    texts = (bytes(text) for text in dataset[()].ravel()) if size else ()
    _refuse_abundance(path, b",".join(text.rstrip(b"\0") for text in texts), dataset.name)


def _check_images(path: Path, dataset: Any) -> None:
    """Check the lengths of embedded images; each is checked again before it is decoded."""
    if dataset.dtype.kind == "O":
        longest = max(_lengths(path, dataset), default=0)
    else:
        longest = int(dataset.nbytes) // max(1, len(dataset))
    if longest > IMAGE:
        what = f"an image of {dataset.name} must have at most {IMAGE:,} bytes, got {longest:,}"
        raise refused(path, what)


def _lengths(path: Path, dataset: Any) -> list[int]:
    """How many bytes each value of a dataset of any lengths has, without reading one.

    Any number of values may have one place, and HDF5 makes a copy for each.
    """
    size = _REFERENCE * int(dataset.size)
    _refuse_size(path, f"the list of {dataset.name}", size, IMAGE, MAX_LABELS_MB)
    raw = b"".join(_references(path, dataset))
    kind = np.dtype([("length", "<u4"), ("place", f"V{_REFERENCE - 4}")])
    whole = len(raw) // _REFERENCE * _REFERENCE
    return [int(length) for length in np.frombuffer(raw[:whole], kind)["length"]]


def _references(path: Path, dataset: Any) -> Iterator[bytes]:
    if not dataset.chunks:
        offset = dataset.id.get_offset()
        if offset is not None:
            with open_file(path) as stream:
                stream.seek(offset)
                yield stream.read(dataset.id.get_storage_size())
        return
    if dataset.id.get_create_plist().get_nfilters():
        what = f"{dataset.name}, whose values have any length, must not be packed, got it packed"
        raise refused(path, f"{what}; unpack it by h5repack -f {dataset.name}:NONE")
    for offset in stored_chunks(dataset):
        yield dataset.id.read_direct_chunk(offset)[1]


def _refuse_size(path: Path, where: str, size: int, limit: int, setting: Setting) -> None:
    try:
        refuse_size(size, limit, where, setting)
    except ConfigError as error:
        raise SourceError(error.faults, str(path)) from None


def _refuse_abundance(path: Path, text: bytes, where: str = "") -> None:
    """Refuse a text whose values would take far more memory than itself."""
    lists = text.count(b"[") + text.count(b"{")
    counts = (lists, LISTS, "lists and objects"), (text.count(b",") + 1, VALUES, "values")
    for count, most, noun in counts:
        if count > most:
            what = f"must have at most {most:,} {noun}, got {count:,}; split the file"
            raise refused(path, f"{where} {what}".strip())

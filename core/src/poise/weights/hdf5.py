"""HDF5 with nothing but what a weights file needs.

A file may point to other files (external links, external storage, virtual datasets) and to
itself (soft links); Keras writes none of these, and following them would read what the user
did not name. So only hard links and data within the file are accepted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from poise.errors import WeightsError
from poise.weights.records import LayerPath, Record

NUMBERS = "fiub"
"""Kinds of NumPy dtypes that hold numbers: floats, integers, booleans."""


def child(group: Any, name: str) -> Any:
    """The group or dataset called ``name`` directly in ``group``.

    Raises:
        WeightsError: it is not there, or it is a link to elsewhere.
    """
    import h5py

    link = group.get(name, getlink=True) if isinstance(group, h5py.Group) else None
    if link is None:
        raise WeightsError(f"{_where(group)}: {name!r} is listed, but it is not there")
    if not isinstance(link, h5py.HardLink):
        raise WeightsError(
            f"{_where(group)}: {name!r} is a link to elsewhere "
            f"({getattr(link, 'filename', None) or link.path}), and links are not followed"
        )
    return group[name]


def descendant(group: Any, path: str) -> Any:
    """The group or dataset at a path with slashes, one checked step at a time."""
    for name in path.split("/"):
        if name:
            group = child(group, name)
    return group


def children(group: Any) -> Iterator[tuple[str, Any]]:
    """Names and members of a group, in the file's order."""
    for name in group:
        yield name, child(group, name)


def texts(group: Any, attribute: str) -> tuple[str, ...] | None:
    """A list of strings in an attribute, or ``None`` where it is absent.

    HDF5 limits attributes to 64 KiB; Keras cuts longer lists into ``layer_names0``,
    ``layer_names1``, …, which are joined here.
    """
    if attribute in group.attrs:
        return _texts(group, attribute)
    joined: tuple[str, ...] = ()
    count = 0
    while f"{attribute}{count}" in group.attrs:
        joined += _texts(group, f"{attribute}{count}")
        count += 1
    return joined if count else None


def text(group: Any, attribute: str) -> str | None:
    """A string in an attribute, or ``None`` where it is absent."""
    if attribute not in group.attrs:
        return None
    found = _texts(group, attribute)
    return found[0] if len(found) == 1 else None


def count_datasets(group: Any) -> int:
    """How many datasets lie below a group; links are neither followed nor counted."""
    import h5py

    found: list[str] = []

    def visit(name: str, member: Any) -> None:
        if isinstance(member, h5py.Dataset):
            found.append(name)

    group.visititems(visit)
    return len(found)


def record(dataset: Any, layer: LayerPath, role: str) -> Record:
    """A dataset as a record, still unread.

    Raises:
        WeightsError: it is no array of numbers inside this file.
    """
    import h5py

    name = "/".join((*layer, role))
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        raise WeightsError(f"{_where(dataset)}: should be an array, the weight {name}")
    if dataset.external or dataset.is_virtual:
        raise WeightsError(f"{_where(dataset)}: its values lie in another file; not followed")
    bfloat16 = dataset.dtype.kind == "V" and text(dataset, "dtype") == "bfloat16"
    if dataset.dtype.kind not in NUMBERS and not bfloat16:
        raise WeightsError(
            f"{_where(dataset)}: holds {dataset.dtype}, not numbers; "
            "only arrays of numbers are read"
        )

    def read() -> Any:
        try:
            return _widened(dataset[()]) if bfloat16 else dataset[()]
        except (OSError, ValueError, RuntimeError) as error:
            raise WeightsError(f"{_where(dataset)}: cannot be read: {error}") from error

    return Record(layer, role, tuple(int(size) for size in dataset.shape), read)


def _texts(group: Any, attribute: str) -> tuple[str, ...]:
    import numpy as np

    value = group.attrs[attribute]
    items = [value] if isinstance(value, str | bytes) else np.ravel(value).tolist()
    try:
        return tuple(item.decode() if isinstance(item, bytes) else _string(item) for item in items)
    except (TypeError, UnicodeDecodeError) as error:
        raise WeightsError(
            f"{_where(group)}: attribute {attribute} should hold names, {error}"
        ) from error


def _string(item: Any) -> str:
    if not isinstance(item, str):
        raise TypeError(f"found {type(item).__name__}")
    return item


def _widened(array: Any) -> Any:
    """bfloat16 is the upper half of float32."""
    import numpy as np

    return (array.view(np.uint16).astype(np.uint32) << 16).view(np.float32)


def _where(member: Any) -> str:
    return f"{member.file.filename}{member.name}"

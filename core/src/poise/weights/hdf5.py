"""The part of HDF5 that a weights file needs.

A file may point to other files (external links, external storage, virtual datasets) and to
itself (soft links). Keras writes none of these, and following them would read files that the
user did not name. Poise accepts only hard links and data within the file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from poise.errors import WeightsError
from poise.weights.records import LayerPath, Record

NUMBERS = "fiub"
"""Kinds of NumPy dtypes that hold numbers: floats, integers, booleans."""

FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32", 32000: "lzf"}
"""Filters that come with HDF5 or h5py. For others, HDF5 would load a library from its path."""

DEEPEST = 32
"""Deepest nesting of groups. No network is deeper; a group inside itself would be."""

MOST = 20_000
"""Most arrays that a file may list; the largest networks have a few thousand."""


def child(group: Any, name: str) -> Any:
    """The group or dataset called ``name`` directly in ``group``.

    Raises:
        WeightsError: it is missing, or a link to elsewhere.
    """
    import h5py

    link = group.get(name, getlink=True) if isinstance(group, h5py.Group) else None
    if link is None:
        raise WeightsError(f"{_where(group)}: {name!r} is listed but missing")
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
    for name in checked_group(group):
        yield name, child(group, name)


def checked_group(member: Any) -> Any:
    """The member itself, if it is a group; iterating an array would yield its numbers.

    Raises:
        WeightsError: the member is an array or a type.
    """
    import h5py

    if not isinstance(member, h5py.Group):
        raise WeightsError(f"{_where(member)}: must be a group of weights, got an array")
    return member


def identity(group: Any) -> Any:
    """The address of a group, equal for two groups only if they are one group linked twice."""
    import h5py

    return h5py.h5o.get_info(group.id).addr


def texts(group: Any, attribute: str) -> tuple[str, ...] | None:
    """A list of strings in an attribute, or ``None`` if the attribute is absent.

    HDF5 limits attributes to 64 KiB. Keras splits longer lists into ``layer_names0``,
    ``layer_names1``, …, which this function joins.
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
    """A string in an attribute, or ``None`` if the attribute is absent."""
    if attribute not in group.attrs:
        return None
    values = _texts(group, attribute)
    return values[0] if len(values) == 1 else None


def count_datasets(group: Any, name: str) -> int:
    """How many datasets lie below a group's member; links are neither followed nor counted.

    Raises:
        WeightsError: the member is not a group, or nests its groups too deep.
    """
    import h5py

    below = checked_group(child(group, name))
    count, waiting, seen = 0, [(below, 0)], {identity(below)}
    while waiting:
        inner, depth = waiting.pop()
        if depth > DEEPEST:
            raise WeightsError(
                f"{group.file.filename}: groups of {name} nest deeper than {DEEPEST}"
            )
        for key in inner:
            if not isinstance(inner.get(key, getlink=True), h5py.HardLink):
                continue
            member = inner[key]
            if isinstance(member, h5py.Dataset):
                count += 1
            elif isinstance(member, h5py.Group) and identity(member) not in seen:
                seen.add(identity(member))
                waiting.append((member, depth + 1))
    return count


def record(dataset: Any, layer: LayerPath, role: str) -> Record:
    """A dataset as a record, not yet read.

    Raises:
        WeightsError: the dataset is not an array of numbers inside this file.
    """
    import h5py

    name = "/".join((*layer, role))
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        got = "no data" if isinstance(dataset, h5py.Dataset) else f"a {type(dataset).__name__}"
        raise WeightsError(f"{_where(dataset)}: weight {name} must be an array, got {got}")
    if dataset.external or dataset.is_virtual:
        raise WeightsError(f"{_where(dataset)}: its values are in another file, which is not read")
    dtype: Any
    try:
        dtype = dataset.dtype
    except (TypeError, ValueError):  # depending on the version of h5py
        dtype = "a type that NumPy lacks"
    kind = getattr(dtype, "kind", "")
    bfloat16 = kind == "V" and dtype.itemsize == 2 and text(dataset, "dtype") == "bfloat16"
    if kind not in NUMBERS and not bfloat16:
        raise WeightsError(f"{_where(dataset)}: must hold numbers, got {dtype}")

    def read() -> Any:
        from poise.arrays import native  # imports NumPy, which listing weights does not need

        try:
            _refuse_bombs(dataset)
            return _widened(dataset[()]) if bfloat16 else native(dataset[()])
        except WeightsError:
            raise
        except Exception as error:  # h5py raises anything, depending on which bytes are damaged
            raise WeightsError(f"{_where(dataset)}: cannot be read: {error}") from error

    return Record(layer, role, tuple(int(size) for size in dataset.shape), read)


def _refuse_bombs(dataset: Any) -> None:
    """Refuse an array that takes far more memory than it has bytes in the file."""
    stored = dataset.id.get_storage_size()
    if dataset.nbytes > 1000 * stored + 2**20:  # gzip packs a thousand zeros into one byte
        raise WeightsError(
            f"{_where(dataset)}: declares {dataset.nbytes:,} bytes but stores {stored:,}; not read"
        )
    if not dataset.chunks:
        return
    chunk = math.prod(dataset.chunks) * dataset.dtype.itemsize
    if chunk > dataset.nbytes + 2**20:
        raise WeightsError(
            f"{_where(dataset)}: chunks must not be larger than the array, "
            f"{dataset.nbytes:,} bytes, got {chunk:,}"
        )
    created = dataset.id.get_create_plist()
    used = [created.get_filter(index) for index in range(created.get_nfilters())]
    unknown = [
        f"{code} ({name.decode(errors='replace')})"
        for code, _, _, name in used
        if code not in FILTERS
    ]
    if unknown:
        raise WeightsError(
            f"{_where(dataset)}: the filter must be one of {', '.join(FILTERS.values())}, "
            f"got {unknown[0]}"
        )


def _texts(group: Any, attribute: str) -> tuple[str, ...]:
    import numpy as np

    value = group.attrs[attribute]
    items = [value] if isinstance(value, str | bytes) else np.ravel(value).tolist()
    try:
        return tuple(item.decode() if isinstance(item, bytes) else _string(item) for item in items)
    except (TypeError, UnicodeDecodeError) as error:
        got = str(error) if isinstance(error, TypeError) else "bytes that are not UTF-8"
        raise WeightsError(
            f"{_where(group)}: attribute {attribute} must hold names, got {got}"
        ) from error


def _string(item: Any) -> str:
    if not isinstance(item, str):
        raise TypeError(type(item).__name__)
    return item


def _widened(array: Any) -> Any:
    """Convert bfloat16, the upper half of a float32."""
    import numpy as np

    return (array.view(np.uint16).astype(np.uint32) << 16).view(np.float32)


def _where(member: Any) -> str:
    return f"{member.file.filename}{member.name}"

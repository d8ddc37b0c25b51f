"""The part of HDF5 that a weights file needs.

A file may point to other files (external links, external storage, virtual datasets) and to
itself (soft links). Keras writes none of these, and following them would read files that the
user did not name. Poise accepts only hard links and data within the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from poise.errors import WeightsError
from poise.weights.compression import refuse_bombs
from poise.weights.records import LayerPath, Record
from poise.weights.stored_texts import name as name_of_type

NUMBERS = "fiub"
"""Kinds of NumPy dtypes that hold numbers: floats, integers, booleans."""

DEEPEST = 32
"""Deepest nesting of groups. No network is deeper; a group inside itself would be."""

MOST = 6_000
"""Most arrays that a file may list: two a layer of the largest network that Poise builds.

SENet-154 has 1,460, EfficientNetB7 1,656."""


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
    """The address of a group or array, equal for two only if they are one that is linked twice."""
    import h5py

    return h5py.h5o.get_info(group.id).addr


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
    bfloat16 = kind == "V" and dtype.itemsize == 2 and name_of_type(dataset, "dtype") == "bfloat16"
    if kind not in NUMBERS and not bfloat16:
        raise WeightsError(f"{_where(dataset)}: must hold numbers, got {dtype}")

    def read() -> Any:
        from poise.arrays import native  # imports NumPy, which listing weights does not need

        try:
            refuse_bombs(dataset)
            return _widened(dataset[()]) if bfloat16 else native(dataset[()])
        except WeightsError:
            raise
        except Exception as error:  # h5py raises anything, depending on which bytes are damaged
            raise WeightsError(f"{_where(dataset)}: cannot be read: {error}") from error

    shape = tuple(int(size) for size in dataset.shape)
    return Record(layer, role, shape, read, identity(dataset))


def _widened(array: Any) -> Any:
    """Convert bfloat16, the upper half of a float32."""
    import numpy as np

    return (array.view(np.uint16).astype(np.uint32) << 16).view(np.float32)


def _where(member: Any) -> str:
    return f"{member.file.filename}{member.name}"

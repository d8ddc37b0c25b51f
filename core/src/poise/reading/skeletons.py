"""Read only the skeleton of a file: of a training job, of labels, or exported alone."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import Any

from poise.errors import ConfigError, Fault, PoiseError, WeightsError
from poise.files import kind_of, read_text_of
from poise.messages import argument
from poise.reading.paths import read
from poise.skeleton import Skeleton
from poise.sleap.locate import Located
from poise.sleap.parsing import parsed
from poise.sleap.skeleton_graph import read_skeleton
from poise.wire.archives import is_archive
from poise.wire.foreign import (
    HDF5,
    NEEDED,
    SLEAP_LABELS,
    UNREAD_HDF5,
    YAML,
    Foreign,
    foreign_file,
    foreign_keys,
)
from poise.wire.hdf5_files import open_hdf5
from poise.wire.text import read_json


def skeleton_of(path: str | PathLike[str]) -> Skeleton:
    """The first skeleton of a file, which is the one that SLEAP uses.

    Args:
        path: whatever ``poise.read`` takes, a label file of SLEAP (``.slp`` or ``.json``), or a
            skeleton that SLEAP exported as JSON.

    Raises:
        OSError: the path does not exist or cannot be opened.
        ConfigError: the file cannot be read, or has no skeleton.
    """
    place = Path(fspath(path))
    place.stat()
    try:
        skeleton = _skeleton_of(place)
    except ConfigError as error:
        raise (error if error.heading else error.with_heading(str(place))) from None
    if skeleton is None:
        needed, fix = NEEDED["skeleton"]
        what = f"{needed}, got one without; {fix}"
        raise ConfigError([Fault(what)], str(place))
    return skeleton


def _skeleton_of(place: Path) -> Skeleton | None:
    if kind_of(place) != "file":
        return read(place).skeleton
    foreign = foreign_file(place)
    if foreign is UNREAD_HDF5:
        raise PoiseError(
            f"{place}: reading it needs h5py\n"
            f"  fix: pip install h5py, or name the parts with {argument('parts')}"
        )
    if foreign in (SLEAP_LABELS, HDF5):
        return _of_labels(_metadata(place))
    _refuse(foreign)
    if is_archive(place) or place.suffix.lower() in YAML:
        return read(place).skeleton
    return _of_json(place)


def _refuse(foreign: Foreign | None) -> None:
    """Refuse what Poise recognizes, unless it is a configuration, which may have a skeleton."""
    if foreign is not None and foreign.serves != "configuration":
        raise ConfigError([Fault(foreign.refused_as("skeleton"))])


def _of_json(place: Path) -> Skeleton | None:
    _, data = parsed(Located(place, read_text_of(place)))
    if isinstance(data, dict):
        if "nx_graph" in data or {"nodes", "links"} <= data.keys():
            return read_skeleton(data)[0]
        if "skeletons" in data:
            return _of_labels(data)
        _refuse(foreign_keys(data))
    return read(place).skeleton


def _metadata(place: Path) -> Any:
    """The object in a ``.slp`` file that lists its nodes and skeletons."""
    from poise.weights.hdf5 import child
    from poise.weights.stored_texts import text

    try:
        with open_hdf5(place) as file:
            metadata = text(child(file, "metadata"), "json")
    except (OSError, WeightsError):
        metadata = None
    if metadata is None:
        what = "must be labels of SLEAP (.slp), got an HDF5 file without their metadata"
        raise ConfigError([Fault(what)])
    return read_json(metadata)


def _of_labels(data: Any) -> Skeleton | None:
    """The first skeleton of labels, whose graphs index one list of nodes."""
    skeletons, nodes = (data.get(key) if isinstance(data, dict) else None for key in _LABELS)
    if not isinstance(skeletons, list) or not skeletons:
        return None
    if not isinstance(nodes, list):
        return read_skeleton(skeletons[0])[0]
    names = [node.get("name") if isinstance(node, dict) else node for node in nodes]
    return read_skeleton(skeletons[0], [str(name) for name in names])[0]


_LABELS = ("skeletons", "nodes")

"""Read only the skeleton of a file: of a training job, of labels, or exported alone."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from poise.errors import ConfigError, Fault, WeightsError
from poise.files import kind_of, read_text_of
from poise.reading.paths import read
from poise.skeleton import Skeleton
from poise.sleap.skeleton_graph import read_skeleton
from poise.wire.text import read_json

_HDF5 = b"\x89HDF\r\n\x1a\n"


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
        what = (
            "must be a file with a skeleton, got one without; give the job file of a trained "
            "model, a label file (.slp), or a skeleton exported as JSON"
        )
        raise ConfigError([Fault(what)], str(place))
    return skeleton


def _skeleton_of(place: Path) -> Skeleton | None:
    if kind_of(place) != "file":
        return read(place).skeleton
    if _begins_as_hdf5(place):
        return _of_labels(_metadata(place))
    data = _json_in(place)
    if "nx_graph" in data or {"nodes", "links"} <= data.keys():
        return read_skeleton(data)[0]
    if "skeletons" in data:
        return _of_labels(data)
    return read(place).skeleton


def _begins_as_hdf5(place: Path) -> bool:
    with place.open("rb") as file:
        return file.read(len(_HDF5)) == _HDF5


def _json_in(place: Path) -> Mapping[str, Any]:
    """The object in a JSON file; empty for any other file, which ``poise.read`` reads."""
    if place.suffix.lower() != ".json":
        return {}
    data = read_json(read_text_of(place), comments=True)
    return data if isinstance(data, dict) else {}


def _metadata(place: Path) -> Any:
    """The object in a ``.slp`` file that lists its nodes and skeletons."""
    import h5py

    from poise.weights.hdf5 import child

    try:
        with h5py.File(place, "r") as file:
            text = child(file, "metadata").attrs["json"]
    except (KeyError, OSError, WeightsError):
        what = "must be labels of SLEAP (.slp), got an HDF5 file without their metadata"
        raise ConfigError([Fault(what)]) from None
    return read_json(text if isinstance(text, str | bytes) else str(text))


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

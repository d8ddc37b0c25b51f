"""Read a label file of SLEAP through sleap-io, without what sleap-io loses on the way."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from poise import LabelsError, PoiseError
from poise.errors import Fault
from poise.files import kind_of
from poise.reading.skeletons import skeleton_of


def load_labels(path: str | os.PathLike[str], *, lazy: bool = False) -> Any:
    """The ``sleap_io.Labels`` of a ``.slp`` file.

    The edges are in the order in which they were made, which is that of the channels of a
    bottom-up model. sleap-io 0.9.5 has them in the order in which the file stores them, and would
    write them so.

    Args:
        path: the file.
        lazy: whether a frame is made when it is asked for.

    Raises:
        LabelsError: a pipe, a device or a folder is in its place.
        Exception: sleap-io cannot read the file. Its errors are of many classes.
    """
    import sleap_io

    kind = kind_of(Path(path))
    if kind not in ("file", ""):  # opening a pipe would wait for its writer
        raise LabelsError([Fault(f"must be a file, got a {kind}", os.fspath(path))])
    labels = sleap_io.load_slp(os.fspath(path), open_videos=False, lazy=lazy)
    if labels.skeletons:
        _order_edges(labels.skeletons[0], path)
    return labels


def _order_edges(skeleton: Any, path: str | os.PathLike[str]) -> None:
    with suppress(PoiseError, OSError):  # a file of another layout
        order = {edge: index for index, edge in enumerate(skeleton_of(path).edges)}
        names = [(edge.source.name, edge.destination.name) for edge in skeleton.edges]
        if set(names) == set(order):
            pairs = sorted(zip(names, skeleton.edges, strict=True), key=lambda p: order[p[0]])
            skeleton.edges = [edge for _, edge in pairs]

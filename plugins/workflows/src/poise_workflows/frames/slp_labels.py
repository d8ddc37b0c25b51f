"""Read a label file of SLEAP through sleap-io, without what sleap-io loses on the way."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from poise import PoiseError
from poise.reading.skeletons import skeleton_of
from poise_workflows.frames.label_studio import order_parts


def load_labels(path: str | os.PathLike[str], *, lazy: bool = False) -> Any:
    """The ``sleap_io.Labels`` of a ``.slp`` file.

    The edges are in the order in which they were made, which is that of the channels of a
    bottom-up model. sleap-io 0.9.5 has them in the order in which the file stores them, and would
    write them so.

    Args:
        path: the file.
        lazy: whether a frame is made when it is asked for.

    Raises:
        OSError: there is no such file, or it cannot be opened.
        SourceError: it is no file, or takes far more memory than it holds.
        Exception: sleap-io cannot read the file. Its errors are of many classes.
    """
    import sleap_io

    from poise_workflows.frames.label_checks import check_labels  # it imports HDF5

    check_labels(Path(path))
    labels = sleap_io.load_slp(os.fspath(path), open_videos=False, lazy=lazy)
    if labels.skeletons:
        _order_edges(labels.skeletons[0], path)
    return labels


def load_other_labels(path: Path) -> Any:
    """The ``sleap_io.Labels`` of a file of another program.

    Raises:
        OSError: there is no such file, or it cannot be opened.
        SourceError: it is no file, or takes far more memory than it holds.
        Exception: sleap-io cannot read the file. Its errors are of many classes.
    """
    import sleap_io

    from poise_workflows.frames.label_checks import check_labels  # it imports HDF5

    check_labels(path)
    labels = sleap_io.load_file(str(path))
    if not isinstance(labels, sleap_io.Labels):
        raise TypeError("it is a video")  # said as any other reason
    order_parts(labels, path)
    return labels


def _order_edges(skeleton: Any, path: str | os.PathLike[str]) -> None:
    with suppress(PoiseError, OSError):  # a file of another layout
        order = {edge: index for index, edge in enumerate(skeleton_of(path).edges)}
        names = [(edge.source.name, edge.destination.name) for edge in skeleton.edges]
        if set(names) == set(order):
            pairs = sorted(zip(names, skeleton.edges, strict=True), key=lambda p: order[p[0]])
            skeleton.edges = [edge for _, edge in pairs]

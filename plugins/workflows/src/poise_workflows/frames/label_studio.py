"""The order of parts in the labels of Label Studio, which names each part where it is labeled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from poise.files import open_file


def order_parts(labels: Any, path: Path) -> None:
    """Put parts in the order in which the file names them first.

    sleap-io 0.9.5 takes them from a set, whose order differs from process to process. A training
    that goes on would have the maps of its parts exchanged.

    Args:
        labels: the ``sleap_io.Labels`` of the file; changed in place.
        path: the file; of another program, nothing is done.
    """
    if path.suffix.lower() != ".json" or not labels.skeletons:
        return
    with open_file(path) as stream:
        tasks = json.load(stream)
    order = list(dict.fromkeys(_parts(tasks))) if isinstance(tasks, list) else []
    for skeleton in labels.skeletons:
        if set(order) == set(skeleton.node_names):
            labels.reorder_nodes(order, skeleton=skeleton)


def _parts(tasks: list[Any]) -> Iterator[str]:
    for task in tasks:
        for annotation in task.get("annotations") or task.get("completions") or ():
            for result in annotation["result"]:
                if result["type"] == "keypointlabels":
                    yield from result["value"]["keypointlabels"]

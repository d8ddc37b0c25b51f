"""Points in plain JSON: a frame without an image."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from poise import ConfigError, LabelsError, Skeleton
from poise.errors import Fault
from poise.files import read_text_of
from poise.messages import short_repr, suggestion
from poise.wire.foreign import foreign_keys
from poise.wire.text import read_json
from poise_workflows.frames.labeled import LabeledFrame, UnreadableError

JSON_FORM = (
    '{"size": [height, width], "parts": ["head", …], "instances": [[[x, y], null, …], …]}, and '
    'if you like "classes": ["female", …] (one an instance), "edges": [["head", "tail"], …]'
)
"""The required content of a file of points, in words."""

KEYS = ("size", "parts", "instances", "classes", "edges")
"""The keys of such a file."""


def read_points(path: Path) -> LabeledFrame:
    """Read a JSON file of points.

    Args:
        path: a file that holds ``JSON_FORM``.

    Raises:
        OSError: there is no such file.
        ConfigError: the file is not JSON, is a pipe or a device, or is far too large.
        UnreadableError: the file holds something else.
        LabelsError: its points are invalid; all faults at once.
    """
    data = read_json(read_text_of(path), comments=True)
    if not isinstance(data, dict):
        raise LabelsError([Fault(f"must hold {JSON_FORM}, got {short_repr(data)}")])
    foreign = foreign_keys(data)
    if foreign is not None and foreign.serves != "labels":
        raise UnreadableError([Fault(foreign.refused_as("labels"))])
    faults = _faults(data)
    if faults:
        raise LabelsError(faults, f"points in JSON have the form {JSON_FORM}")
    parts = data["parts"]
    points = [[_point(point) for point in instance] for instance in data["instances"]]
    classes = data.get("classes") or [None] * len(points)
    height, width = data["size"]
    return LabeledFrame(
        image=None,
        size=(height, width),
        points=np.array(points, dtype=np.float32).reshape(-1, len(parts), 2),
        skeleton=Skeleton(parts, data.get("edges") or ()),
        classes=tuple(classes),
        class_names=tuple(dict.fromkeys(name for name in classes if name)),
        title=path.name,
        no_image="points in JSON have none",
    )


def _faults(data: dict[str, Any]) -> list[Fault]:
    parts, instances = data.get("parts"), data.get("instances")
    faults = [
        Fault(f"no key {short_repr(key)}; {suggestion(key, KEYS, noun='keys')}", key)
        for key in data
        if key not in KEYS
    ]
    faults += _faults_of_size(data.get("size"))
    faults_of_parts = _faults_of_parts(parts)
    faults += faults_of_parts
    # Against faulty parts, every edge and animal would be a fault too.
    count = None if faults_of_parts else len(data["parts"])
    if count is not None and data.get("edges") is not None:
        faults += _faults_of_skeleton(parts, data["edges"])
    faults += _faults_of_instances(instances, count)
    if data.get("classes") is not None:
        animals = len(instances) if isinstance(instances, list) else None
        faults += _faults_of_classes(data["classes"], animals)
    return faults


def _faults_of_size(size: Any) -> list[Fault]:
    is_pair = isinstance(size, list) and len(size) == 2
    if is_pair and all(type(side) is int and side > 0 for side in size):
        return []
    return [Fault(f"must be [height, width] in pixels, got {short_repr(size)}", "size")]


def _faults_of_parts(parts: Any) -> list[Fault]:
    if not isinstance(parts, list) or not parts:
        return [Fault(f"must be a list of names, got {short_repr(parts)}", "parts")]
    return _faults_of_skeleton(parts, ())


def _faults_of_skeleton(parts: Any, edges: Any) -> list[Fault]:
    try:
        Skeleton(parts, edges)
    except ConfigError as error:
        return list(error.faults)
    return []


def _faults_of_instances(instances: Any, count: int | None) -> list[Fault]:
    """Faults of animals of ``count`` parts; ``None`` if nobody knows how many."""
    if not isinstance(instances, list):
        return [Fault(f"must be a list of animals, got {short_repr(instances)}", "instances")]
    return [
        fault
        for index, instance in enumerate(instances)
        for fault in _faults_of_instance(instance, f"instances[{index}]", count)
    ]


def _faults_of_instance(instance: Any, where: str, count: int | None) -> list[Fault]:
    if not isinstance(instance, list) or count not in (None, len(instance)):
        parts = "part" if count is None else f"of {count} parts"
        what = f"must be [x, y] or null for each {parts}, got {short_repr(instance)}"
        return [Fault(what, where)]
    return [
        Fault(f"must be [x, y] or null, got {short_repr(point)}", f"{where}[{part}]")
        for part, point in enumerate(instance)
        if _point(point) is None
    ]


def _faults_of_classes(classes: Any, count: int | None) -> list[Fault]:
    """Faults of the classes of ``count`` animals; ``None`` if nobody knows how many."""
    if not isinstance(classes, list) or count not in (None, len(classes)):
        animals = "animal" if count is None else f"of {count} animals"
        what = f"must be a name or null for each {animals}, got {short_repr(classes)}"
        return [Fault(what, "classes")]
    return [
        Fault(f"must be a name or null, got {short_repr(name)}", f"classes[{index}]")
        for index, name in enumerate(classes)
        if name is not None and not isinstance(name, str)
    ]


def _point(value: Any) -> list[float] | None:
    """x and y, NaN for ``null``; ``None`` if ``value`` is not a point."""
    if value is None:
        return [math.nan, math.nan]
    if isinstance(value, list) and len(value) == 2:
        numbers = [float(number) for number in value if type(number) in (int, float)]
        return numbers if len(numbers) == 2 else None
    return None

"""A labelled frame from a label file: SLEAP's, or points in plain JSON."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from poise import LabelsError, Skeleton
from poise.errors import Fault, FaultsError
from poise.messages import short_repr
from poise.wire.text import read_json
from poise_workflows.frames import ArgumentError, LabelledFrame

JSON_FORM = (
    '{"size": [height, width], "parts": ["head", …], "instances": [[[x, y], null, …], …]}, and '
    'if you like "classes": ["female", …] (one an instance), "edges": [["head", "tail"], …]'
)
"""The required content of a file of points, in words."""


def read_frame(path: Path, frame: int = 0, video: Path | None = None) -> LabelledFrame:
    """Read one labelled frame.

    Args:
        path: a ``.slp`` file of SLEAP, or a JSON file of points (``JSON_FORM``).
        frame: which of the labelled frames, counted from 0; a JSON file holds one.
        video: where a ``.slp`` file's video is now; a JSON file has none.

    Raises:
        OSError: there is no such file.
        LabelsError: the file's labels are invalid; the heading names the file.
        ArgumentError: the file has no such frame, or no video.
        PoiseError: sleap-io is not installed.
    """
    path.stat()
    try:
        return _read(path, frame, video)
    except LabelsError as error:
        raise (error if error.heading else error.with_heading(str(path))) from None
    except FaultsError as error:
        raise LabelsError(error.faults, str(path)) from None


def _read(path: Path, frame: int, video: Path | None) -> LabelledFrame:
    if path.suffix == ".json":
        _refuse_choice(frame, video)
        return _read_points(path)
    if path.suffix == ".slp":
        from poise_workflows.slp import read_slp_frame

        return read_slp_frame(path, frame, video)
    what = f"must be a .slp file of SLEAP or a .json file of points, got {path.name}"
    raise LabelsError([Fault(what)])


def _refuse_choice(frame: int, video: Path | None) -> None:
    faults = []
    if frame != 0:
        faults.append(Fault(f"must be 0: points in JSON are one frame, got {frame}", "frame"))
    if video is not None:
        what = f"must be left out: points in JSON have no video, got {video}"
        faults.append(Fault(what, "video"))
    if faults:
        raise ArgumentError(faults)


def _read_points(path: Path) -> LabelledFrame:
    data = read_json(path.read_bytes(), comments=True)
    if not isinstance(data, dict):
        raise LabelsError([Fault(f"must hold {JSON_FORM}, got {short_repr(data)}")])
    faults = _faults(data)
    if faults:
        raise LabelsError(faults, f"{path.name} must hold {JSON_FORM}")
    parts = data["parts"]
    points = [[_point(point) for point in instance] for instance in data["instances"]]
    classes = data.get("classes") or [None] * len(points)
    height, width = data["size"]
    return LabelledFrame(
        image=None,
        size=(height, width),
        points=np.array(points, dtype=np.float32).reshape(-1, len(parts), 2),
        skeleton=Skeleton(parts, data.get("edges") or ()),
        classes=tuple(classes),
        class_names=tuple(dict.fromkeys(name for name in classes if name)),
        title=path.name,
    )


def _faults(data: dict[str, Any]) -> list[Fault]:
    size, parts, instances = data.get("size"), data.get("parts"), data.get("instances")
    faults = []
    if not _is_size(size):
        faults.append(Fault(f"must be [height, width] in pixels, got {short_repr(size)}", "size"))
    if not isinstance(parts, list) or not parts:
        faults.append(Fault(f"must be a list of names, got {short_repr(parts)}", "parts"))
        parts = []
    if not isinstance(instances, list):
        what = f"must be a list of animals, got {short_repr(instances)}"
        return [*faults, Fault(what, "instances")]
    for index, instance in enumerate(instances):
        faults += _faults_of_instance(instance, f"instances[{index}]", len(parts))
    classes = data.get("classes") or [None] * len(instances)
    if not isinstance(classes, list) or len(classes) != len(instances):
        wanted = f"a name or null for each of {len(instances)} animals"
        what = f"must be {wanted}, got {short_repr(classes)}"
        faults.append(Fault(what, "classes"))
    return faults


def _faults_of_instance(instance: Any, where: str, count: int) -> list[Fault]:
    if not isinstance(instance, list) or len(instance) != count:
        what = f"must be [x, y] or null for each of {count} parts, got {short_repr(instance)}"
        return [Fault(what, where)]
    return [
        Fault(f"must be [x, y] or null, got {short_repr(point)}", f"{where}[{part}]")
        for part, point in enumerate(instance)
        if _point(point) is None
    ]


def _is_size(size: Any) -> bool:
    is_pair = isinstance(size, list) and len(size) == 2
    return is_pair and all(type(side) is int and side > 0 for side in size)


def _point(value: Any) -> list[float] | None:
    """x and y, NaN for ``null``; ``None`` if ``value`` is not a point."""
    if value is None:
        return [math.nan, math.nan]
    if isinstance(value, list) and len(value) == 2:
        numbers = [float(number) for number in value if type(number) in (int, float)]
        return numbers if len(numbers) == 2 else None
    return None

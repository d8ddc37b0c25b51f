"""One labelled frame: from SLEAP's label files, or from plain JSON."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise.errors import Fault, LabelsError, PoiseError
from poise.labels import Labels
from poise.messages import shown
from poise.skeleton import Skeleton
from poise.wire.text import read_json

Array = npt.NDArray[Any]

JSON_FORM = (
    '{"size": [height, width], "parts": ["head", …], "instances": [[[x, y], null, …], …]}, and '
    'if you like "classes": ["female", …] (one an instance), "edges": [["head", "tail"], …]'
)
"""What a file of points is to hold, in words."""


@attrs.frozen(kw_only=True, eq=False)
class LabelledFrame:
    """A frame and the animals that are labelled in it.

    Attributes:
        image: ``(H, W)`` or ``(H, W, C)``, or ``None`` where only its size is known.
        size: height and width in pixels.
        points: ``(I, P, 2)``: animals, parts, x then y; NaN where a part is not visible.
        skeleton: names and edges of the parts.
        classes: name of each animal's class, or ``None`` where it has none.
        class_names: every class that there is, in order.
        title: which frame of which file it is.
    """

    image: Array | None
    size: tuple[int, int]
    points: Array
    skeleton: Skeleton
    classes: tuple[str | None, ...]
    class_names: tuple[str, ...]
    title: str

    def labels(self, class_names: tuple[str, ...] | None) -> Labels:
        """The same as labels of a batch of one image.

        Args:
            class_names: the classes of the model; animals of others have none.
        """
        known = {name: index for index, name in enumerate(class_names or self.class_names)}
        classes = [[known.get(name, -1) if name else -1 for name in self.classes]]
        return Labels(
            self.points[None],
            classes=np.array(classes, dtype=np.int32).reshape(1, len(self.points)),
            parts=self.skeleton.parts,
        )

    def scaled(self, factor: float) -> LabelledFrame:
        """The frame as a model sees it whose images are resized by ``factor``."""
        if factor == 1:
            return self
        height, width = (max(1, int(side * factor)) for side in self.size)
        points = ((self.points + 0.5) * factor - 0.5).astype(np.float32)
        return attrs.evolve(self, size=(height, width), points=points)

    def around(self, animal: int, side: int) -> LabelledFrame:
        """A square cut out around one animal, which becomes the first.

        Args:
            animal: its index.
            side: of the square, in pixels; what is outside of the frame is black.

        Raises:
            LabelsError: there is no such animal, or nothing of it is visible.
        """
        if not 0 <= animal < len(self.points) or np.isnan(self.points[animal]).all():
            what = f"no animal {animal} with a visible part; {len(self.points)} are labelled"
            raise LabelsError([Fault(what, "animal")])
        body = self.points[animal]
        middle = (np.nanmin(body, axis=0) + np.nanmax(body, axis=0)) / 2
        x, y = np.rint(middle - (side - 1) / 2).astype(int)
        order = [animal, *(one for one in range(len(self.points)) if one != animal)]
        image = self.image
        if image is not None:
            rows, columns = np.arange(y, y + side), np.arange(x, x + side)
            height, width = image.shape[:2]
            cut = image[rows.clip(0, height - 1)][:, columns.clip(0, width - 1)].copy()
            cut[(rows < 0) | (rows >= height)] = 0
            cut[:, (columns < 0) | (columns >= width)] = 0
            image = cut
        return attrs.evolve(
            self,
            image=image,
            size=(side, side),
            points=(self.points - np.array([x, y]))[order].astype(np.float32),
            classes=tuple(self.classes[one] for one in order),
        )


def read_frame(path: Path, frame: int = 0, video: Path | None = None) -> LabelledFrame:
    """Read one labelled frame.

    Args:
        path: a ``.slp`` file of SLEAP, or a JSON file of points (``JSON_FORM``).
        frame: which of the labelled frames, counted from 0.
        video: where a ``.slp`` file's video is now.

    Raises:
        OSError: there is no such file.
        LabelsError: the file does not hold labels as it should.
        PoiseError: sleap-io is not installed.
    """
    path.stat()
    if path.suffix == ".json":
        return _of_json(path)
    if path.suffix == ".slp":
        return _of_slp(path, frame, video)
    what = f"labels are read from .slp or .json files, got {path.name}"
    raise LabelsError([Fault(what, "labels")])


def _of_json(path: Path) -> LabelledFrame:
    data = read_json(path.read_bytes(), str(path), comments=True)
    faults = []
    if not isinstance(data, dict):
        raise LabelsError([Fault(f"must hold {JSON_FORM}", path.name)])
    size, parts, instances = data.get("size"), data.get("parts"), data.get("instances")
    if not isinstance(size, list) or not _is_size(size):
        faults.append(Fault(f"must be [height, width] in pixels, got {shown(size)}", "size"))
        size = [0, 0]
    if not isinstance(parts, list) or not parts:
        faults.append(Fault(f"must be a list of names, got {shown(parts)}", "parts"))
        parts = []
    points: list[Any] = []
    for index, instance in enumerate(instances if isinstance(instances, list) else []):
        if not isinstance(instance, list) or len(instance) != len(parts):
            what = f"[x, y] or null is due for each of {len(parts)} parts, got {shown(instance)}"
            faults.append(Fault(what, f"instances[{index}]"))
            continue
        points.append([_point(one) for one in instance])
        faults += [
            Fault(f"must be [x, y] or null, got {shown(one)}", f"instances[{index}][{part}]")
            for part, one in enumerate(instance)
            if _point(one) is None
        ]
    if not isinstance(instances, list):
        faults.append(Fault(f"must be a list of animals, got {shown(instances)}", "instances"))
    count = len(instances) if isinstance(instances, list) else 0
    classes = data.get("classes") or [None] * count
    if not isinstance(classes, list) or len(classes) != count:
        what = f"a name or null is due for each of {count} animals, got {shown(classes)}"
        faults.append(Fault(what, "classes"))
    if faults:
        raise LabelsError(faults, f"{path.name} must hold {JSON_FORM}")
    return LabelledFrame(
        image=None,
        size=(size[0], size[1]),
        points=np.array(points, dtype=np.float32).reshape(-1, len(parts), 2),
        skeleton=Skeleton(parts, data.get("edges") or ()),
        classes=tuple(classes),
        class_names=tuple(dict.fromkeys(name for name in classes if name)),
        title=path.name,
    )


def _is_size(size: list[Any]) -> bool:
    return len(size) == 2 and all(type(side) is int and side > 0 for side in size)


def _point(given: Any) -> list[float] | None:
    """x and y, NaN for ``null``; ``None`` for what is no point."""
    if given is None:
        return [math.nan, math.nan]
    if isinstance(given, list) and len(given) == 2:
        numbers = [float(one) for one in given if type(one) in (int, float)]
        return numbers if len(numbers) == 2 else None
    return None


def _of_slp(path: Path, index: int, video: Path | None) -> LabelledFrame:
    try:
        import sleap_io
    except ImportError as error:
        raise PoiseError(
            f"reading {path.name} needs sleap-io: {error}\n"
            "  fix: pip install 'poise[preview]', or give the points as JSON"
        ) from None
    labels = sleap_io.load_slp(str(path), open_videos=False)
    if not -len(labels) <= index < len(labels):
        what = f"no frame {index}: {len(labels)} frames are labelled, counted from 0"
        raise LabelsError([Fault(what, "frame")])
    frame = labels[index]
    animals = [one for one in frame.user_instances or frame.instances if not one.is_empty]
    skeleton = frame.instances[0].skeleton if frame.instances else labels.skeletons[0]
    points = [one.numpy() for one in animals]
    image = _image_of(frame, path, video)
    parts = tuple(skeleton.node_names)
    array = np.array(points, dtype=np.float32).reshape(-1, len(parts), 2)
    return LabelledFrame(
        image=image,
        size=_size_of(frame, image, array),
        points=array,
        skeleton=Skeleton(
            parts, [(edge.source.name, edge.destination.name) for edge in skeleton.edges]
        ),
        classes=tuple(one.track.name if one.track else None for one in animals),
        class_names=tuple(dict.fromkeys(track.name for track in labels.tracks)),
        title=f"{path.name}, frame {frame.frame_idx}",
    )


def _image_of(frame: Any, path: Path, video: Path | None) -> Array | None:
    """The frame's image from the video, wherever it is; ``None`` if it cannot be had."""
    named = frame.video.filename
    if video is None and isinstance(named, str) and not Path(named).exists():
        beside = path.parent / Path(named.replace("\\", "/")).name
        video = beside if beside.is_file() else None
    if video is not None:
        video.stat()  # the user's mistake, if it is not there
        frame.video.replace_filename(str(video))
    try:
        frame.video.open()
        return np.asarray(frame.image)
    except Exception:  # noqa: BLE001  # a codec, a server, a path: the points can do without
        return None


def _size_of(frame: Any, image: Array | None, points: Array) -> tuple[int, int]:
    if image is not None:
        return image.shape[0], image.shape[1]
    shape = frame.video.shape
    if shape is not None:
        return int(shape[1]), int(shape[2])
    # All that is known of the frame is that the labels are in it.
    width, height = np.ceil(np.nanmax(points, axis=(0, 1))) if points.size else (64, 64)
    return int(height) + 32, int(width) + 32

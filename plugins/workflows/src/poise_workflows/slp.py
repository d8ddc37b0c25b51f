"""SLEAP's label files, read by sleap-io."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from poise import PoiseError, Skeleton
from poise.errors import Fault
from poise_workflows.frames import ArgumentError, Array, LabelledFrame


def read_slp_frame(path: Path, frame: int = 0, video: Path | None = None) -> LabelledFrame:
    """Read a labelled frame of a ``.slp`` file.

    Args:
        path: the file.
        frame: which of the labelled frames, counted from 0.
        video: where the file's video is now; by default Poise looks at the path in the file,
            then beside the file.

    Raises:
        OSError: there is no such file or video.
        ArgumentError: there is no such frame.
        PoiseError: sleap-io is not installed.
    """
    try:
        import sleap_io
    except ImportError as error:
        raise PoiseError(
            f"reading {path.name} needs sleap-io: {error}\n"
            "  fix: pip install sleap-io, or give the points as JSON"
        ) from None
    labels = sleap_io.load_slp(str(path), open_videos=False)
    if not -len(labels) <= frame < len(labels):
        what = f"no frame {frame}: {len(labels)} frames are labelled, counted from 0"
        raise ArgumentError([Fault(what, "frame")])
    return _frame_of(labels[frame], labels, path, video)


def _frame_of(labelled: Any, labels: Any, path: Path, video: Path | None) -> LabelledFrame:
    instances = labelled.user_instances or labelled.instances
    animals = [instance for instance in instances if not instance.is_empty]
    skeleton = labelled.instances[0].skeleton if labelled.instances else labels.skeletons[0]
    image = _image_of(labelled, path, video)
    parts = tuple(skeleton.node_names)
    points = np.array([instance.numpy() for instance in animals], dtype=np.float32)
    points = points.reshape(-1, len(parts), 2)
    return LabelledFrame(
        image=image,
        size=_size_of(labelled, image, points),
        points=points,
        skeleton=Skeleton(
            parts, [(edge.source.name, edge.destination.name) for edge in skeleton.edges]
        ),
        classes=tuple(animal.track.name if animal.track else None for animal in animals),
        class_names=tuple(dict.fromkeys(track.name for track in labels.tracks)),
        title=f"{path.name}, frame {labelled.frame_idx}",
    )


def _image_of(labelled: Any, path: Path, video: Path | None) -> Array | None:
    """The frame's image from the video; ``None`` if it cannot be read."""
    named = labelled.video.filename
    if video is None and isinstance(named, str) and not Path(named).exists():
        beside = path.parent / Path(named.replace("\\", "/")).name
        video = beside if beside.is_file() else None
    if video is not None:
        video.stat()  # raises if the user's path is wrong
        labelled.video.replace_filename(str(video))
    try:
        labelled.video.open()
        return np.asarray(labelled.image)
    except Exception:  # noqa: BLE001  # a codec, a server, a path: the points need no image
        return None


def _size_of(labelled: Any, image: Array | None, points: Array) -> tuple[int, int]:
    if image is not None:
        return image.shape[0], image.shape[1]
    shape = labelled.video.shape
    if shape is not None:
        return int(shape[1]), int(shape[2])
    # Without a shape, assume a frame that holds all labels.
    width, height = np.ceil(np.nanmax(points, axis=(0, 1))) if points.size else (64, 64)
    return int(height) + 32, int(width) + 32

"""SLEAP's label files, read by sleap-io."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from poise import LabelsError, PoiseError, Skeleton
from poise.errors import Fault
from poise.messages import argument, argument_path, counted, described
from poise_workflows.frames.labeled import ArgumentError, Array, LabeledFrame, UnreadableError
from poise_workflows.frames.slp_labels import load_labels
from poise_workflows.frames.sources import SourceError

if TYPE_CHECKING:
    from poise_workflows.frames.label_videos import VideoOpener

MARGIN = 32
"""Pixels right of and below all labels, in a frame whose size is unknown."""


def read_slp_frame(path: Path, frame: int = 0, video: Path | None = None) -> LabeledFrame:
    """Read a labeled frame of a ``.slp`` file; arguments and errors as of ``read_slp_frames``."""
    (labeled,) = read_slp_frames(path, (frame,), video)
    return labeled


def read_slp_frames(
    path: Path, frames: Sequence[int], video: Path | None = None
) -> tuple[LabeledFrame, ...]:
    """Read labeled frames of a ``.slp`` file, which is opened once.

    Args:
        path: the file.
        frames: which of the labeled frames, counted from 0.
        video: where the file's video is now. By default Poise looks at the path in the file,
            then beside the file; if it cannot read the frame there, a note says why.

    Raises:
        OSError: there is no such file or video.
        UnreadableError: sleap-io cannot read the file.
        LabelsError: the file has no skeleton or no labeled frame.
        ArgumentError: there is no such frame, or it cannot be read from ``video``.
        PoiseError: sleap-io is not installed.
    """
    try:
        import sleap_io  # noqa: F401  # the message says what to install
    except ImportError as error:
        raise PoiseError(
            f"reading {path.name} needs sleap-io: {error}\n"
            "  fix: pip install sleap-io, or give the points as JSON"
        ) from None
    with _failure_as_fault():
        labels = load_labels(path)
    if not labels.skeletons:
        raise LabelsError([Fault("must hold a skeleton, got none; label an animal in SLEAP first")])
    if not len(labels):
        what = "must have a labeled frame, got a file that has no labeled frame"
        raise LabelsError([Fault(f"{what}; label one in SLEAP first")])
    _refuse_lost(frames, len(labels))
    with _failure_as_fault():
        return tuple(_frame_of(labels[frame], labels, path, video) for frame in frames)


def _refuse_lost(frames: Sequence[int], count: int) -> None:
    must = f"must be a labeled frame, counted from 0 to {count - 1}"
    faults = [
        Fault(f"{must}, got {frame}", argument_path("frame"))
        for frame in frames
        if not 0 <= frame < count
    ]
    if faults:
        raise ArgumentError(faults)


@contextmanager
def _failure_as_fault() -> Iterator[None]:
    """Make a fault of any failure of sleap-io, which depends on what is wrong with the file."""
    try:
        yield
    except SourceError as error:
        raise UnreadableError(error.faults) from None
    except (OSError, PoiseError) as error:
        if isinstance(error, PoiseError) or error.filename:
            raise
        raise _unreadable(error) from error
    except Exception as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> UnreadableError:
    what = (
        f"must be labels that sleap-io can read, got a file that it cannot read: {described(error)}"
    )
    return UnreadableError([Fault(f"{what}; save it again with SLEAP 1.4, or give points in JSON")])


def _frame_of(labeled: Any, labels: Any, path: Path, video: Path | None) -> LabeledFrame:
    animals, notes = _animals_of(labeled)
    skeleton = labeled.instances[0].skeleton if labeled.instances else labels.skeletons[0]
    parts = tuple(map(str, skeleton.node_names))
    points = np.array([instance.numpy() for instance in animals], dtype=np.float32)
    points = points.reshape(-1, len(parts), 2)
    image, size = _image_of(labeled, labels, path, video, notes), None
    if image is not None:
        size = image.shape[0], image.shape[1]
    return LabeledFrame(
        image=image,
        size=size or _size_of(labeled, points, notes),
        points=points,
        skeleton=Skeleton(
            parts, [(str(edge.source.name), str(edge.destination.name)) for edge in skeleton.edges]
        ),
        classes=tuple(str(animal.track.name) if animal.track else None for animal in animals),
        class_names=tuple(dict.fromkeys(str(track.name) for track in labels.tracks)),
        title=f"{path.name}, frame {labeled.frame_idx}",
        notes=tuple(notes),
        no_image="" if image is not None else f"{_name_of(labeled)} cannot be read",
    )


def _animals_of(labeled: Any) -> tuple[list[Any], list[str]]:
    """Animals with a visible part, and a note if a model predicted them."""
    animals = [instance for instance in labeled.user_instances if not instance.is_empty]
    predicted = [instance for instance in labeled.instances if not instance.is_empty]
    if animals or not predicted:
        return animals, []
    note = f"nobody labeled this frame: a model predicted its {counted(len(predicted), 'animal')}"
    return predicted, [note]


def _image_of(
    labeled: Any, labels: Any, path: Path, video: Path | None, notes: list[str]
) -> Array | None:
    """The frame's image from the video; ``None``, and a note, if it cannot be read."""
    if video is not None:
        video.stat()  # raises if the user's path is wrong
    try:
        from poise_workflows.frames.label_videos import VideoOpener  # it imports FFmpeg and HDF5

        return _read_image(labeled, VideoOpener(labels, path, "bt601"), video)
    except Exception as error:  # noqa: BLE001  # a codec, a server, a path: the points need no image
        name, reason = _name_of(labeled), described(error)
        if video is not None:
            what = f"must be a video with a readable frame {labeled.frame_idx}, got {video.name}"
            fix = "name another video, or none to draw the labels alone"
            raise ArgumentError(
                [Fault(f"{what} ({reason}); {fix}", argument_path("video"))]
            ) from None
        notes.append(
            f"no image: {name} cannot be read ({reason}); pass its path as {argument('video')}"
        )
        return None


def _read_image(labeled: Any, opener: VideoOpener, video: Path | None) -> Array:
    if video is not None:
        labeled.video.replace_filename(str(video), open=False)
    with closing(opener.open(labeled.video).read([int(labeled.frame_idx)])) as frames:
        frame = next(frames)
    if frame.image is None:
        raise ValueError(frame.reason)
    return frame.image


def _name_of(labeled: Any) -> str:
    named = labeled.video.filename
    return named if isinstance(named, str) else "its images"


def _size_of(labeled: Any, points: Array, notes: list[str]) -> tuple[int, int]:
    """Height and width as the label file says; else of a frame that holds all labels."""
    shape = labeled.video.shape
    if shape is not None:
        return int(shape[1]), int(shape[2])
    width, height = np.ceil(np.nanmax(points, axis=(0, 1))) if points.size else (64, 64)
    size = int(height) + MARGIN, int(width) + MARGIN
    notes.append(f"the size of the frame is unknown: {size[0]} × {size[1]} pixels hold all labels")
    return size

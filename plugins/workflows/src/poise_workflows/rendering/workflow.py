"""``render``: poses over their frames, as a video or a picture."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
from av.error import FFmpegError

from poise.errors import Fault
from poise.messages import described
from poise.writing.whole_files import refuse_taken, whole_file
from poise_workflows.frames.label_files import select_labels
from poise_workflows.frames.numbers import Ranges, parse_frames
from poise_workflows.frames.path_maps import Maps, path_maps
from poise_workflows.frames.selections import Selection
from poise_workflows.frames.sources import Frame, Source
from poise_workflows.frames.videos import VideoFile
from poise_workflows.rendering.cropping import Cut
from poise_workflows.rendering.drawing import drawn
from poise_workflows.rendering.encoding import whole_film
from poise_workflows.rendering.errors import RenderingError, UnwritableError, refused
from poise_workflows.rendering.outputs import (
    PICTURES,
    check_fps,
    check_output,
    is_picture,
    refuse_source,
)
from poise_workflows.rendering.poses import Poses, open_poses
from poise_workflows.rendering.styles import Style

FPS = 30.0
"""Frames a second of images, which say nothing of it."""


@attrs.frozen(kw_only=True)
class Rendering:
    """What was drawn.

    Attributes:
        output: the video or picture.
        frames: how many frames are in it.
        unreadable: how many of them are black, since they cannot be read.
        notes: what the user should know, a sentence each.
    """

    output: Path
    frames: int
    unreadable: int = 0
    notes: tuple[str, ...] = ()


def render(
    predictions: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    frames: str | Iterable[int] | None = None,
    fps: float | None = None,
    crop: str | Sequence[int] | None = None,
    video_index: int | None = None,
    scale: float = 1.0,
    marker_size: float | None = None,
    no_edges: bool = False,
    color_by: str | None = None,
    palette: str = "standard",
    background: str = "video",
    map: Maps | None = None,  # noqa: A002  # the option's name
    overwrite: bool = False,
) -> Rendering:
    """Draw poses over the frames of their video.

    Animals have the colors of their tracks. Without tracks they have those of their places in a
    frame, which say nothing about identity.

    Args:
        predictions: a ``.slp`` file. Its video is where it says, or beside it.
        output: a video (``.mp4``, ``.mov``, ``.mkv``, ``.avi``), or a picture of one frame
            (``.png``, ``.jpg``).
        frames: which frames of the video, ``"0-99,200"``. By default those that the file has;
            for a picture, the first of them with an animal.
        fps: frames a second; by default those of the video.
        crop: left, top, right and bottom, in pixels, of what to cut out; ``"0,0,64,64"`` or
            numbers. Two numbers are width and height of a part that follows the animals.
        video_index: which video of the file; by default the only one that has frames.
        scale: of the result.
        marker_size: radius of a part in pixels, before scaling; by default as the image's size.
        no_edges: draw parts alone.
        color_by: what has colors of its own: ``"track"``, ``"instance"`` or ``"node"``; by
            default tracks, if there are any.
        palette: of the colors, one of those of sleap-io, such as ``"tableau10"``.
        background: what is behind the poses: ``"video"``, ``"black"``, ``"white"`` or
            ``"gray"``.
        map: path on another machine → path here, for a video whose path begins so, as
            ``{"/mnt/lab": "/data/lab"}``.
        overwrite: replace a file that is there.

    Returns:
        What was drawn.

    Raises:
        SourceError: the file or its video cannot be read, or lacks the frames.
        RenderingError: an argument does not fit.
        UnwritableError: the output cannot be written.
        PoiseError: the output is there.
    """
    path, place = Path(predictions), Path(output)
    check_output(place)
    check_fps(fps, place)
    maps = path_maps(map)
    look = Style(
        scale=scale,
        marker_size=marker_size,
        no_edges=no_edges,
        color_by=color_by,
        palette=palette,
        background=background,
    )
    refuse_taken(place, overwrite, "the rendering")
    with open_poses(path, video_index) as poses:
        ranges = parse_frames(frames) or _own_frames(poses, is_picture(place))
        selection = select_labels(
            poses.labels,
            path,
            video_index=poses.video_index,
            ranges=ranges,
            color_matrix="file",  # people look at it, no model does
            maps=maps,
        )
        refuse_source(place, [path, *(source.path for source in selection.sources)])
        if is_picture(place) and len(selection) != 1:
            raise refused(f"must be one frame for a picture, got {len(selection)}", "frames")
        cut = Cut(crop, selection.sizes[0])
        draw = _draw_picture if is_picture(place) else _draw_film
        try:
            rate = fps or rate_of(selection.sources[0])
            result = draw(poses, selection, place, (cut, look), rate)
            return attrs.evolve(result, notes=tuple(maps.notes()))
        except (OSError, FFmpegError) as error:
            fix = "make room, or name another output"
            what = f"cannot be written: {described(error)}; {fix}"
            raise UnwritableError([Fault(what, str(place))]) from None


def rate_of(source: Source) -> float:
    """Frames a second of a source."""
    if isinstance(source, VideoFile):
        return float(source.timetable.rate)
    return float(source.video().backend_metadata.get("fps") or FPS)


def _own_frames(poses: Poses, is_picture: bool) -> Ranges:
    numbers = sorted(poses.rows)
    if is_picture:
        frames = poses.labels.labeled_frames
        filled = (number for number in numbers if len(frames[poses.rows[number]]))
        numbers = [next(filled, numbers[0])]
    return tuple(range(number, number + 1) for number in numbers)


def _draw_picture(
    poses: Poses, selection: Selection, output: Path, look: tuple[Cut, Style], fps: float
) -> Rendering:
    from PIL import Image

    (frame,) = _frames(selection)
    if frame.image is None:
        what = f"must be a frame that can be read, got {frame.number} ({frame.reason})"
        raise refused(what, "frames")
    image = drawn(poses, frame, selection.sizes[0], *look)
    with whole_file(output) as stream:
        Image.fromarray(image).save(stream, PICTURES[output.suffix.lower()])
    return Rendering(output=output, frames=1)


def _draw_film(
    poses: Poses, selection: Selection, output: Path, look: tuple[Cut, Style], fps: float
) -> Rendering:
    count = black = 0
    with whole_film(output, fps) as film, closing(_timely(_frames(selection))) as frames:
        for frame in frames:
            film.add(drawn(poses, frame, selection.sizes[0], *look))
            count += 1
            black += frame.image is None
        if count == black:
            what = f"must have a frame that can be read, got {selection.sources[0].title}"
            raise RenderingError([Fault(what, str(selection.path))])
    return Rendering(output=output, frames=count, unreadable=black)


def _frames(selection: Selection) -> Generator[Frame, None, None]:
    with closing(selection.read()) as frames:
        for _, frame in frames:
            yield frame


def _timely(frames: Generator[Frame, None, None]) -> Generator[Frame, None, None]:
    """Without unreadable frames at the end, which only the container promised."""
    waiting: list[Any] = []
    with closing(frames):
        for frame in frames:
            waiting.append(frame)
            if frame.image is not None:
                yield from waiting
                waiting.clear()

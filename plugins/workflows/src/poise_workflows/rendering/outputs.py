"""What is drawn: where it goes, and what is refused before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from poise.messages import short_repr
from poise_workflows.rendering.drawing import Crop
from poise_workflows.rendering.encoding import CONTAINERS
from poise_workflows.rendering.errors import refused

PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
"""Suffix → Pillow's name of the format."""


def check_output(path: Path, name: str = "output") -> None:
    """Refuse a path of no video and no picture.

    Args:
        path: the path.
        name: of the argument that it is of.

    Raises:
        RenderingError: the suffix is unknown, or the folder is not there.
    """
    if path.suffix.lower() not in (CONTAINERS | PICTURES):
        suffixes = ", ".join([*CONTAINERS, *PICTURES])
        raise refused(f"must end in one of {suffixes}, got {path}", name)
    if not path.parent.is_dir():
        fix = f"make the folder {path.parent}"
        raise refused(f"must be in a folder that is there, got {path}; {fix}", name)


def refuse_source(path: Path, sources: Iterable[Path], name: str = "output") -> None:
    """Refuse to replace what is drawn.

    Raises:
        RenderingError: the path is one of the sources, or an image in a folder that is one.
    """
    for source in filter(Path.exists, sources):
        if path.exists() and (path.samefile(source) or path.parent.samefile(source)):
            raise refused(f"must be another file than the source, got {path}", name)


def is_picture(path: Path) -> bool:
    """Whether a single frame is drawn."""
    return path.suffix.lower() in PICTURES


def crop_of(value: str | Sequence[int] | None, size: tuple[int, int]) -> Crop | None:
    """What to cut out of frames.

    Args:
        value: left, top, right, bottom in pixels; as text, separated by commas.
        size: height and width of the frames.

    Raises:
        RenderingError: it is none of these, or not within the frames.
    """
    if value is None:
        return None
    try:
        edges = [int(edge) for edge in (value.split(",") if isinstance(value, str) else value)]
        left, top, right, bottom = edges
    except (TypeError, ValueError):
        what = f"must be left, top, right and bottom in pixels, as 0,0,64,64, got {value!r}"
        raise refused(what, "crop") from None
    if not (0 <= left < right <= size[1] and 0 <= top < bottom <= size[0]):
        what = f"must be within frames of {size[1]} × {size[0]} pixels, got {left},{top},"
        fix = "name left, top, right and bottom"
        raise refused(f"{what}{right},{bottom}; {fix}", "crop")
    return left, top, right, bottom


def check_fps(fps: float | None, output: Path) -> None:
    """Refuse a rate that no video can have.

    Raises:
        RenderingError: it is not above 0, or the output is a picture.
    """
    if fps is None:
        return
    if is_picture(output):
        raise refused(f"must be left out for a picture, got {fps:g} for {output.name}", "fps")
    if not 0 < fps <= 1000:
        raise refused(f"must be above 0 and at most 1000, got {short_repr(fps)}", "fps")

"""What is drawn: where it goes, and what is refused before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from poise.messages import short_repr
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

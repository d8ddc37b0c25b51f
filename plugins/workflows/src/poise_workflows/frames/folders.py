"""What is in a folder that is a source: recordings, pictures, and what else lies beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import attrs

from poise.messages import join_names
from poise_workflows.frames import images
from poise_workflows.frames.drawn import is_drawn

VIDEOS = frozenset(
    {".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mj2", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg"}
    | {".mts", ".ogv", ".ts", ".webm", ".wmv"}
)
"""Which files of a folder are videos. A video that is named may have any suffix."""


@attrs.frozen(kw_only=True)
class FolderContents:
    """What is in a folder, in the order of the numbers in the names.

    Attributes:
        videos: its videos.
        pictures: its pictures.
        drawn: videos on which poses are drawn: results, not recordings.
        rest: its other files. Those whose names begin with a period are not looked at.
        folders: the folders in it, likewise.
    """

    videos: tuple[Path, ...]
    pictures: tuple[Path, ...]
    drawn: tuple[Path, ...]
    rest: tuple[Path, ...]
    folders: tuple[Path, ...]

    def notes(self, folder: Path, *others: Path) -> tuple[str, ...]:
        """What is skipped in the folder, a sentence each.

        Args:
            folder: the folder.
            others: what is skipped besides.
        """
        skipped = join_names(file.name for file in (*self.rest, *others))
        drawn = join_names(file.name for file in self.drawn)
        notes = (f"skipped in {folder}: {skipped}",) if skipped else ()
        of_drawn = f"skipped in {folder}, since poses are drawn on them: {drawn}"
        return (*notes, of_drawn) if drawn else notes


def contents_of_folder(folder: Path) -> FolderContents:
    """What is in a folder.

    Raises:
        OSError: it cannot be listed.
    """
    every = sorted((file for file in folder.iterdir() if file.name[0] != "."), key=natural_order)
    files = [file for file in every if file.is_file()]
    videos = with_suffix(files, VIDEOS)
    drawn = {video for video in videos if is_drawn(video)}
    pictures = with_suffix(files, images.SUFFIXES)
    read = {*videos, *pictures}
    return FolderContents(
        videos=tuple(video for video in videos if video not in drawn),
        pictures=tuple(pictures),
        drawn=tuple(video for video in videos if video in drawn),
        rest=tuple(file for file in files if file not in read),
        folders=tuple(file for file in every if file.is_dir()),
    )


def natural_order(path: Path) -> list[tuple[int, str]]:
    """Sort key in which ``frame2`` comes before ``frame10``."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part)
        for part in re.split(r"(\d+)", path.name)
        if part
    ]


def with_suffix(files: Iterable[Path], suffixes: frozenset[str]) -> list[Path]:
    """The files that have one of the suffixes, in any case of letters."""
    return [file for file in files if file.suffix.lower() in suffixes]

"""Labels of other programs that are spread over the files of a folder, and checksums of labels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from poise.files import open_file

_OF_PROJECTS = "data.yaml", "config.yaml"
"""The file that sleap-io reads of a folder of Ultralytics, and of a project of DeepLabCut."""

_LABELS = "**/labels/**/*.txt", "labeled-data/**/*.csv", "labeled-data/**/*.h5"
"""Where those two programs keep the labels."""


def file_of(path: Path) -> Path:
    """The file by which labels are read: of the folder of a project, its ``.yaml``."""
    files = (path / name for name in _OF_PROJECTS) if path.is_dir() else iter(())
    return next((file for file in files if file.is_file()), path)


def sha256_of(path: Path) -> str:
    """The checksum of labels, by which a run knows them again.

    Args:
        path: a file, or a project: what holds its labels counts, too, under its name in the folder.
    """
    file = file_of(path)
    if file.name not in _OF_PROJECTS:
        return _sha256_of(file)
    lines = [
        f"{_sha256_of(each)} {each.relative_to(file.parent).as_posix()}" for each in _all(file)
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _all(file: Path) -> Iterator[Path]:
    yield file
    yield from sorted(each for pattern in _LABELS for each in file.parent.glob(pattern))


def _sha256_of(path: Path) -> str:
    with open_file(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

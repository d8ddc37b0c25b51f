"""Which folder a saved model may replace: a model folder, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

from poise.errors import BundleError, ConfigError
from poise.files import kind_of_mode, read_text_of
from poise.messages import argument, join_names
from poise.weights.formats import PROVENANCE
from poise.wire.text import read_json

OF_POISE = frozenset({"config", "weights", "plugins", "poise"})
"""Keys of every ``poise.json`` that Poise wrote, and that nobody else has together."""


def refuse_taken(folder: Path, names: frozenset[str], *, overwrite: bool) -> None:
    """Refuse a place in which a model must not be saved, before anything is written.

    Args:
        folder: the place.
        names: of the files that Poise writes into a model folder.
        overwrite: whether the model may replace another one.

    Raises:
        BundleError: something else is there, or a model that must stay.
    """
    if not os.path.lexists(folder):
        return
    if folder.is_dir() and not any(folder.iterdir()):
        _refuse_mount(folder)
        return
    if not _is_of_poise(folder):
        raise BundleError(
            f"{folder} exists and is not a model folder of Poise; choose another path"
        )
    if not overwrite:
        how = argument("overwrite", value="True")
        raise BundleError(f"{folder} already holds a model; pass {how} to replace it")
    refuse_others(folder, names)
    _refuse_mount(folder)
    if folder.samefile(Path.cwd()):
        raise BundleError(
            f"{folder} must not be the working folder, got {folder.resolve()}, which others may "
            "work in, too; leave it first, or save to another path"
        )


def refuse_others(folder: Path, names: frozenset[str]) -> None:
    """Refuse to replace a folder with anything that Poise did not write.

    Raises:
        BundleError: names what else is in the folder.
    """
    others = [item.name for item in sorted(folder.iterdir()) if not _is_own(item, names)]
    if others:
        raise BundleError(
            f"{folder} must hold a model alone to be replaced, got also {join_names(others, 6)}, "
            "which Poise did not write; move that elsewhere, or choose another path"
        )


def _is_own(item: Path, names: frozenset[str]) -> bool:
    return item.name in names and kind_of_mode(item.lstat().st_mode) == "file"


def _is_of_poise(folder: Path) -> bool:
    file = folder / PROVENANCE
    if not file.is_file():
        return False
    try:
        data = read_json(read_text_of(file))
    except (ConfigError, OSError):
        return False
    return isinstance(data, dict) and data.keys() >= OF_POISE


def _refuse_mount(folder: Path) -> None:
    place = folder.resolve()  # `.` would be taken for one
    if place.is_mount():
        inside = place / "model"
        raise BundleError(
            f"{folder} must be a folder that can be replaced, got a mount point; save to a folder "
            f"inside it, such as {inside}"
        )

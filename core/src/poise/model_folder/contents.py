"""Refuse files in a model folder that could run code, or lead elsewhere, when opened.

``poise.load`` opens four files and no other. But people share a folder as a whole, and the
next program to open a file in it may be less careful. Poise therefore refuses a folder with a
pickle, with a model that holds code, or with anything that is neither a file nor a folder, at
any depth. It ignores other files (a license, a README, figures).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from poise.errors import BundleError, WeightsError
from poise.files import kind_of_mode
from poise.messages import join_names

if TYPE_CHECKING:
    from poise.weights import WeightsFile

# Other files may be in the folder, but none that runs code when opened (D27).
PICKLES = (".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth")
"""Endings of pickles, and of archives that contain a pickle."""

MODELS = (".h5", ".hdf5", ".keras")


def refuse_strange_entries(folder: Path) -> None:
    """Refuse symbolic links, pipes, devices and pickles, at any depth.

    Poise recognizes a pickle by its ending, or by its first bytes and its last.

    Raises:
        BundleError: names the first such entry, and what to do.
    """
    for path in _entries(folder):
        name = path.relative_to(folder)
        kind = kind_of_mode(path.lstat().st_mode)
        if kind not in ("file", "folder"):
            raise BundleError(
                f"{folder}: {name} must be a file, got a {kind}; a model folder is whole "
                "by itself: put the file there, or remove it"
            )
        if kind == "file" and _is_pickle(path):
            raise BundleError(
                f"{folder}: {name} is a pickle, which can run code when it is opened; remove it "
                "(poise.load does not need it)"
            )


def refuse_code_in_models(folder: Path, *, but: str = "") -> None:
    """Refuse HDF5 files and archives whose saved model holds a Lambda.

    Args:
        folder: which is looked through, with folders inside.
        but: a file of it that is opened anyway, and then looked at by ``refuse_code``.

    Raises:
        BundleError: names the file and the layers.
    """
    from poise.weights import open_weights

    for path in _entries(folder):
        if path == folder / but or not path.name.endswith(MODELS) or not path.is_file():
            continue
        # What has no weights, or none that can be read, is no model, either.
        with suppress(WeightsError), open_weights(path) as opened:
            refuse_code(folder, path, opened)


def refuse_code(folder: Path, path: Path, opened: WeightsFile) -> None:
    """Refuse an opened file if it is of a saved model that holds a Lambda.

    Raises:
        BundleError: names the file and the layers.
    """
    if opened.replaced:
        raise BundleError(
            f"{folder}: {path.relative_to(folder)} holds code, Lambda layers: "
            f"{join_names(opened.replaced, 4)}; poise.save writes none. poise.load_weights reads "
            "the weights of such a file and runs no code"
        )


def _entries(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise BundleError(f"{error.filename}: cannot be listed: {error.strerror}")

    for place, folders, files in os.walk(folder, onerror=refuse):
        for name in sorted((*folders, *files)):
            yield Path(place, name)


def _is_pickle(path: Path) -> bool:
    if path.name.lower().endswith(PICKLES):
        return True
    try:
        with path.open("rb") as file:
            start = file.read(2)
            if len(start) < 2 or start[0] != 0x80 or not 2 <= start[1] <= 5:
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"."
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}") from error

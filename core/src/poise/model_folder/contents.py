"""What a model folder must not hold, because opening it could run code or lead elsewhere.

``poise.load`` opens three files and no other. But a folder is handed on as a whole, and the
next program to open something in it may be less careful. So a folder with a pickle, with a
model that holds code, or with anything that is neither a file nor a folder is refused, wherever
in it that lies. Other files (a licence, a page of prose, figures) are nobody's business.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from poise.errors import BundleError, WeightsError
from poise.files import kind_of_mode
from poise.messages import listed

PICKLES = (".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth")
"""Endings of files that are pickles, or archives with a pickle in them."""

MODELS = (".h5", ".hdf5", ".keras")


def refuse_strange_entries(folder: Path) -> None:
    """Refuse symbolic links, pipes, devices and pickles, also in folders inside.

    Pickles are known by their ending, or by their first bytes and their last.

    Raises:
        BundleError: names the first that was found, and what would do.
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


def refuse_code_in_models(folder: Path) -> None:
    """Refuse HDF5 files and archives with a saved model that holds a Lambda.

    Raises:
        BundleError: names the file and the layers.
    """
    from poise.weights import open_weights

    for path in _entries(folder):
        if not path.name.endswith(MODELS) or not path.is_file():
            continue
        try:
            with open_weights(path) as opened:
                found = opened.replaced
        except WeightsError:
            continue  # no weights, or none that can be read: then it is no model, either
        if found:
            raise BundleError(
                f"{folder}: {path.relative_to(folder)} holds code, Lambda layers: "
                f"{listed(found, 4)}; poise.save writes none. poise.load_weights reads the "
                "weights of such a file, and runs nothing of it"
            )


def _entries(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise BundleError(f"{error.filename}: cannot be looked through: {error.strerror}")

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

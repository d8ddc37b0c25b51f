"""Find a weights file, tell what it is by its first bytes, and open it."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from poise.errors import WeightsError, listed
from poise.weights import hdf5, keras2, keras3
from poise.weights.records import WeightsFile

ENDINGS = (".h5", ".hdf5", ".keras")
BEST = tuple(f"best_model{ending}" for ending in (".h5", ".keras", ".weights.h5"))
"""The names by which trainers keep the best epoch, preferred in a folder of several files."""

ARRAYS_IN_ARCHIVE = "model.weights.h5"
CONFIG_IN_ARCHIVE = "config.json"

HDF5 = b"\x89HDF\r\n\x1a\n"
ARCHIVE = b"PK\x03\x04"
OTHERS = {
    b"version https://git-lfs": "a git-lfs pointer; fetch the file itself with `git lfs pull`",
    b"/annex/objects/": "a git-annex pointer; fetch the file itself with `git annex get`",
    b"<!DOCTYPE": "a web page, not the file; download the raw file",
    b"<!doctype": "a web page, not the file; download the raw file",
    b"<html": "a web page, not the file; download the raw file",
    b"\x80": "a pickle, which can run code and is never read",
    b"{": "JSON, without weights (of weights in several files none is read)",
}
"""First bytes of what is met in place of weights."""


def find_weights(path: str | os.PathLike[str]) -> Path:
    """The weights file at ``path``, which may be a folder.

    Args:
        path: a file; or a folder with ``best_model.h5``, or with one weights file only.

    Raises:
        WeightsError: there is none, or there are several and none is called best.
    """
    path = Path(path)
    if path.is_file():
        return path
    if not path.is_dir():
        beside = path.parent if path.parent.is_dir() else None
        names = sorted(one.name for one in _weights_in(beside)) if beside else []
        there = f"; weights in that folder: {listed(names, 6)}" if names else ""
        raise WeightsError(f"{path}: no such file{there}")
    for name in BEST:
        if (path / name).is_file():
            return path / name
    found = _weights_in(path)
    if len(found) == 1:
        return found[0]
    if found:
        names = sorted(one.name for one in found)
        raise WeightsError(f"{path}: holds several weights files, name one: {listed(names)}")
    if (path / "saved_model.pb").is_file():
        raise WeightsError(f"{path}: is a TensorFlow SavedModel, which has no layer names to go by")
    raise WeightsError(f"{path}: holds no weights ({', '.join(ENDINGS)}), nor {BEST[0]}")


@contextmanager
def open_weights(path: str | os.PathLike[str]) -> Iterator[WeightsFile]:
    """Open a weights file and list what it holds. Arrays are read while it is open.

    Args:
        path: a file or folder, see `find_weights`.

    Raises:
        WeightsError: it cannot be found or read, or holds something other than arrays.
    """
    file = find_weights(path)
    if _first_bytes(file).startswith(ARCHIVE):
        with _archive(file) as (arrays, config), _hdf5(arrays, file) as opened:
            yield _listing(opened, file, config)
        return
    with _hdf5(file, file) as opened:
        yield _listing(opened, file, None)


def _weights_in(folder: Path) -> list[Path]:
    return [one for one in folder.iterdir() if one.name.endswith(ENDINGS) and one.is_file()]


def _first_bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            first = stream.read(512)
    except OSError as error:
        raise WeightsError(f"{file}: cannot be read: {error.strerror}") from error
    if not first:
        raise WeightsError(f"{file}: is empty")
    if first.startswith((HDF5, ARCHIVE)):
        return first
    for start, what in OTHERS.items():
        if first.lstrip().startswith(start):
            raise WeightsError(f"{file}: is {what}")
    # An HDF5 file may begin with a block of the user's own, so h5py has the last word.
    return first


@contextmanager
def _hdf5(source: Path | IO[bytes], file: Path) -> Iterator[Any]:
    try:
        import h5py
    except ImportError as error:
        raise WeightsError(f"{file}: reading it needs h5py; pip install h5py") from error
    try:
        opened = h5py.File(source, "r")
    except OSError as error:
        raise WeightsError(
            f"{file}: is neither HDF5 nor a .keras archive, or it is cut short: {error}"
        ) from error
    with opened:
        yield opened


@contextmanager
def _archive(file: Path) -> Iterator[tuple[IO[bytes], Any]]:
    """The arrays of a .keras archive as a temporary file, and its configuration."""
    try:
        with zipfile.ZipFile(file) as archive, tempfile.TemporaryFile() as arrays:
            names = set(archive.namelist())
            if not {ARRAYS_IN_ARCHIVE, CONFIG_IN_ARCHIVE} <= names:
                raise WeightsError(
                    f"{file}: a zip archive, but no .keras file: it lacks {ARRAYS_IN_ARCHIVE} "
                    f"or {CONFIG_IN_ARCHIVE} and holds {listed(sorted(names), 6)}"
                )
            for name in (ARRAYS_IN_ARCHIVE, CONFIG_IN_ARCHIVE):
                info = archive.getinfo(name)
                if info.flag_bits & 1:
                    raise WeightsError(f"{file}: {name} is encrypted")
                # Keras stores without compressing; what unpacks to far more is an attack.
                if info.file_size > 100 * info.compress_size + 2**20:
                    raise WeightsError(f"{file}: {name} would unpack to {info.file_size} bytes")
            with archive.open(ARRAYS_IN_ARCHIVE) as member:
                while block := member.read(2**20):
                    arrays.write(block)
            arrays.seek(0)
            yield arrays, _json(archive.read(CONFIG_IN_ARCHIVE), f"{file}:{CONFIG_IN_ARCHIVE}")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise WeightsError(f"{file}: a damaged archive: {error}") from error


def _json(content: bytes, where: str) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise WeightsError(f"{where}: is no JSON: {error}") from error


def _listing(opened: Any, file: Path, config: Any) -> WeightsFile:
    """What an opened file holds, in whichever layout it is.

    Args:
        opened: the HDF5 file.
        file: where it is, or the archive that it is in.
        config: configuration of the saved model, if it is in an archive.
    """
    try:
        group = keras2.weights_group(opened)
        if group is not None:
            return _from_layer_list(opened, group, file)
        if keras3.is_tree(opened):
            return _from_tree(opened, file, config)
        found = listed(opened, 6) or "nothing"
    except WeightsError:
        raise
    except (KeyError, OSError, RuntimeError, ValueError) as error:
        # h5py raises any of these, depending on which bytes of a file are damaged.
        raise WeightsError(f"{file}: damaged HDF5: {error}") from error
    raise WeightsError(
        f"{file}: HDF5, but no weights of Keras: neither layer_names nor layers, but {found}"
    )


def _from_layer_list(opened: Any, group: Any, file: Path) -> WeightsFile:
    version = hdf5.text(group, "keras_version") or hdf5.text(opened, "keras_version") or "1 or 2"
    whole = "whole model" if "model_weights" in opened else "weights only"
    optimizer = 0
    if "optimizer_weights" in opened:
        optimizer = hdf5.count_datasets(hdf5.child(opened, "optimizer_weights"))
    notes = []
    if unlisted := keras2.unlisted(group):
        notes.append(f"groups that layer_names does not list: {listed(unlisted, 6)}")
    try:
        config = json.loads(hdf5.text(opened, "model_config") or "null")
    except json.JSONDecodeError:
        config = None
        notes.append("model_config is no JSON; whether the model had Lambda layers is unknown")
    return WeightsFile(
        source=file,
        format=f"HDF5 of Keras {version}, {whole}",
        records=tuple(keras2.records(group)),
        ignored={"optimizer": optimizer} if optimizer else {},
        replaced=lambda_layers(config),
        notes=tuple(notes),
    )


def _from_tree(opened: Any, file: Path, config: Any) -> WeightsFile:
    tree = keras3.read(opened)
    records = tuple(tree.records)
    named = tree.named
    if not named and config is not None:
        try:
            names = keras3.names_in_config(config)
        except (KeyError, TypeError, AttributeError) as error:
            raise WeightsError(f"{file}: its {CONFIG_IN_ARCHIVE} lists no layers") from error
        records = keras3.renamed(tree, names, f"{file}:{CONFIG_IN_ARCHIVE}")
        named = True
    return WeightsFile(
        source=file,
        format=".weights.h5" if config is None else ".keras archive",
        records=records,
        named=named,
        ignored=tree.ignored,
        replaced=lambda_layers(config),
    )


def lambda_layers(config: Any) -> tuple[str, ...]:
    """Names of the Lambda layers in a saved model's configuration, nested ones included."""
    if isinstance(config, list):
        return tuple(name for item in config for name in lambda_layers(item))
    if not isinstance(config, dict):
        return ()
    inner = config.get("config")
    if config.get("class_name") == "Lambda" and isinstance(inner, dict):
        return (str(inner.get("name", "unnamed")),)
    return lambda_layers(inner.get("layers")) if isinstance(inner, dict) else ()

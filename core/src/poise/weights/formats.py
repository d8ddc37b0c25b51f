"""Find a weights file, identify its format by its first bytes, and open it."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from poise.errors import ConfigError, PoiseError, WeightsError
from poise.files import MAX_TEXT, kind_of, leads_outside, refuse_size
from poise.messages import listed, shown
from poise.weights import hdf5, keras2, keras3
from poise.weights.records import WeightsFile
from poise.wire.plain import refuse_abundance

ENDINGS = (".h5", ".hdf5", ".keras")
BEST = tuple(f"best_model{ending}" for ending in (".h5", ".keras", ".weights.h5"))
"""The names that trainers give the best epoch; preferred in a folder of several files."""

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
    b"{": "JSON, not weights (weights split over several files are not read)",
}
"""First bytes of files that are often passed instead of weights."""


def find_weights(path: str | os.PathLike[str]) -> Path:
    """The weights file at ``path``, which may be a folder.

    Args:
        path: a file; or a folder with ``best_model.h5`` or a single weights file.

    Raises:
        WeightsError: no weights file is found, or several are and none is named as the best.
    """
    path = Path(path)
    try:
        kind = kind_of(path)
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read: {error.strerror}") from error
    if kind == "file":
        return path
    if kind not in ("", "folder"):
        raise WeightsError(f"{path}: must be a file or folder, got a {kind}")
    if not kind:
        beside = path.parent if path.parent.is_dir() else None
        names = sorted(file.name for file in _weights_in(beside)) if beside else []
        hint = f"; weights in that folder: {listed(names, 6)}" if names else ""
        raise WeightsError(f"{path}: no such file{hint}")
    for name in BEST:
        if (path / name).is_file():
            return path / name
    files = _weights_in(path)
    if len(files) == 1:
        return files[0]
    if files:
        names = sorted(file.name for file in files)
        raise WeightsError(f"{path}: holds several weights files; pass one of {listed(names)}")
    if (path / "saved_model.pb").is_file():
        raise WeightsError(f"{path}: is a TensorFlow SavedModel, which has no layer names")
    raise WeightsError(f"{path}: holds no weights file (*{', *'.join(ENDINGS)})")


@contextmanager
def open_weights(path: str | os.PathLike[str]) -> Iterator[WeightsFile]:
    """Open a weights file and list its arrays, which can be read while it is open.

    Args:
        path: a file or folder, see `find_weights`.

    Raises:
        WeightsError: the file cannot be found or read, or holds something other than arrays.
    """
    file = find_weights(path)
    if _first_bytes(file).startswith(ARCHIVE):
        with _archive(file) as (arrays, config), _hdf5(arrays, file) as opened:
            yield _listing(opened, file, config)
        return
    with _hdf5(file, file) as opened:
        yield _listing(opened, file, None)


def _weights_in(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.name.endswith(ENDINGS) and file.is_file()]


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
    # An HDF5 file may begin with a user block, so h5py decides.
    return first


@contextmanager
def _hdf5(source: Path | IO[bytes], file: Path) -> Iterator[Any]:
    try:
        import h5py
    except ImportError as error:
        raise WeightsError(f"{file}: reading it needs h5py; pip install h5py") from error
    try:
        opened = h5py.File(source, "r")
    except Exception as error:  # h5py raises anything, depending on which bytes are damaged
        raise WeightsError(
            f"{file}: must be HDF5 or a .keras archive, got another or a truncated file: {error}"
        ) from error
    with opened:
        yield opened


@contextmanager
def _archive(file: Path) -> Iterator[tuple[IO[bytes], Any]]:
    """The arrays of a .keras archive as a temporary file, and its configuration."""
    with tempfile.TemporaryFile() as arrays:
        with _refused_if_damaged(file), zipfile.ZipFile(file) as archive:
            _refuse_members(archive, file)
            with archive.open(ARRAYS_IN_ARCHIVE) as member:
                while block := member.read(2**20):
                    arrays.write(block)
            content = archive.read(CONFIG_IN_ARCHIVE)
        arrays.seek(0)
        yield arrays, _json(content, f"{file}:{CONFIG_IN_ARCHIVE}")


@contextmanager
def _refused_if_damaged(file: Path) -> Iterator[None]:
    try:
        yield
    except PoiseError:
        raise
    except OSError as error:
        why = error.strerror or error
        raise WeightsError(f"{file}: the archive cannot be unpacked: {why}") from error
    except Exception as error:  # from zipfile or any compression method
        raise WeightsError(f"{file}: damaged archive: {error}") from error


def _refuse_members(archive: zipfile.ZipFile, file: Path) -> None:
    """Refuse an archive that Keras would not have written, before anything is unpacked."""
    names = archive.namelist()
    outside = [name for name in names if leads_outside(name)]
    if outside:
        raise WeightsError(f"{file}: the member {shown(outside[0])} leads outside the archive")
    if not {ARRAYS_IN_ARCHIVE, CONFIG_IN_ARCHIVE} <= set(names):
        raise WeightsError(
            f"{file}: must be a .keras archive with {ARRAYS_IN_ARCHIVE} and {CONFIG_IN_ARCHIVE}, "
            f"got a zip archive with {listed(sorted(set(names)), 6)}"
        )
    for name in (ARRAYS_IN_ARCHIVE, CONFIG_IN_ARCHIVE):
        if names.count(name) > 1:
            raise WeightsError(f"{file}: member names must be unique, got {name!r} twice")
        info = archive.getinfo(name)
        if info.flag_bits & 1:
            raise WeightsError(f"{file}: {name} is encrypted")
        # Keras stores members uncompressed, so one that unpacks to far more is an attack. The
        # archive states the packed size itself, and may lie.
        packed = min(info.compress_size, file.stat().st_size)
        if info.file_size > 100 * packed + 2**20:
            raise WeightsError(f"{file}: {name} would unpack to {info.file_size} bytes")
    try:
        refuse_size(archive.getinfo(CONFIG_IN_ARCHIVE).file_size, MAX_TEXT, CONFIG_IN_ARCHIVE)
    except ConfigError as error:
        raise WeightsError(f"{file}: {error}") from None


def _json(content: str | bytes, where: str) -> Any:
    """Plain data of a saved model's configuration, read less strictly than Poise's files."""
    try:
        text = content if isinstance(content, str) else content.decode()
        refuse_abundance(text, where)
        return json.loads(text)
    except ConfigError as error:
        raise WeightsError(str(error)) from None
    except ValueError as error:
        raise WeightsError(f"{where}: not JSON: {error}") from error


def _listing(opened: Any, file: Path, config: Any) -> WeightsFile:
    """The contents of an opened file, in any supported layout.

    Args:
        opened: the HDF5 file.
        file: its path, or the path of the archive that holds it.
        config: configuration of the saved model, if the file is in an archive.
    """
    try:
        group = keras2.weights_group(opened)
        if group is not None:
            return _from_layer_list(opened, group, file)
        if keras3.is_tree(opened):
            return _from_tree(opened, file, config)
        members = listed(opened, 6) or "nothing"
    except PoiseError:
        raise
    except Exception as error:  # h5py raises anything, depending on which bytes are damaged
        raise WeightsError(f"{file}: damaged HDF5: {error}") from error
    raise WeightsError(
        f"{file}: must be HDF5 weights of Keras (with layer_names or layers), got {members}"
    )


def _from_layer_list(opened: Any, group: Any, file: Path) -> WeightsFile:
    version = hdf5.text(group, "keras_version") or hdf5.text(opened, "keras_version") or "1 or 2"
    whole = "whole model" if "model_weights" in opened else "weights only"
    optimizer = 0
    if "optimizer_weights" in opened:
        optimizer = hdf5.count_datasets(opened, "optimizer_weights")
    notes = []
    if unlisted := keras2.unlisted(group):
        notes.append(f"groups that layer_names does not list: {listed(unlisted, 6)}")
    try:
        config = _json(hdf5.text(opened, "model_config") or "null", "model_config")
    except WeightsError as error:
        config = None
        notes.append(f"{error}; whether the model had Lambda layers is unknown")
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
    """Names of the Lambda layers in a saved model's configuration, nested ones included.

    A function passed to another layer is code too, and is listed as ``__lambda__``.
    """
    names: list[str] = []
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += reversed(value)
        elif isinstance(value, dict):
            inner = value.get("config")
            if value.get("class_name") == "Lambda":
                names.append(str(inner.get("name", "unnamed")) if isinstance(inner, dict) else "?")
            elif value.get("class_name") == "__lambda__":
                names.append("__lambda__")
            else:
                waiting += reversed(value.values())
    return tuple(names)

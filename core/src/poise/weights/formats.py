"""Find a weights file, identify its format by its first bytes, and open it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import attrs

from poise.errors import ConfigError, PoiseError, WeightsError
from poise.files import MAX_TEXT, kind_of, open_file, refuse_size
from poise.messages import join_names
from poise.weights import keras2, keras3, stored_texts
from poise.weights.inventory import take as take_inventory
from poise.weights.lambdas import lambda_layers
from poise.weights.records import WeightsFile
from poise.wire.archives import SIGNATURES, Archive, open_archive
from poise.wire.foreign import (
    HDF5,
    SAVED_MODEL,
    Foreign,
    foreign_bytes,
    foreign_hdf5,
    foreign_members,
    foreign_text,
)
from poise.wire.hdf5_files import open_hdf5
from poise.wire.plain import refuse_abundance

ENDINGS = (".h5", ".hdf5", ".keras")
BEST = tuple(f"best_model{ending}" for ending in (".h5", ".keras", ".weights.h5"))
"""The names that trainers give the best epoch; preferred in a folder of several files."""

ARRAYS = (".npy", ".npz")
"""Endings of other files of arrays, which an archive may hold and Poise does not read."""

ARRAYS_IN_ARCHIVE = "model.weights.h5"
CONFIG_IN_ARCHIVE = "config.json"
PROVENANCE = "poise.json"
"""What a model folder of Poise has beside files of the same two names, and Keras writes nowhere."""

_JSON = Foreign("JSON (weights that are split over several files are not read)")


def find_weights(path: str | os.PathLike[str]) -> Path:
    """The weights file at ``path``, which may be a folder.

    Args:
        path: a file, which may be a zipped model folder; or a folder with ``best_model.h5`` or a
            single weights file.

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
        names = sorted(file.name for file in weights_in(beside)) if beside else []
        hint = f"; weights in that folder: {join_names(names, 6)}" if names else ""
        raise WeightsError(f"{path}: no such file{hint}")
    names = sorted(file.name for file in weights_in(path))
    if best := best_of(names):
        return path / best
    if names:
        raise WeightsError(f"{path}: holds several weights files; pass one of {join_names(names)}")
    if (path / "saved_model.pb").is_file():
        raise WeightsError(f"{path}: {SAVED_MODEL.refused_as('weights')}")
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
    if _first_bytes(file).startswith(SIGNATURES):
        with _archive(file) as (arrays, config, member, others), _hdf5(arrays, file) as opened:
            listing = _listing(opened, file, config)
            notes = (*listing.notes, f"read from {member}") if member else listing.notes
            yield attrs.evolve(listing, notes=notes, unlisted=(*listing.unlisted, *others))
        return
    with _hdf5(file, file) as opened:
        yield _listing(opened, file, None)


@contextmanager
def open_stream(stream: IO[bytes], file: Path) -> Iterator[WeightsFile]:
    """Like ``open_weights``, for an HDF5 file that is open, and whose path is ``file``."""
    with _hdf5(stream, file) as opened:
        listing = _listing(opened, file, None)
        yield attrs.evolve(listing, has_configuration="model_config" in opened.attrs)


def weights_in(folder: Path) -> list[Path]:
    """The weights files in a folder, whatever they are called."""
    return [file for file in folder.iterdir() if file.name.endswith(ENDINGS) and file.is_file()]


def best_of(names: Sequence[str]) -> str:
    """The weights file to read of several.

    Args:
        names: of a folder's files; of an archive's, with the folder that they are in there.

    Returns:
        One of the names; empty where nothing says which.
    """
    top = [name for name in names if "/" not in name]
    for best in BEST:
        named = [name for name in names if name.rpartition("/")[2] == best]
        if named:
            nearest = [name for name in named if name in top] or named
            return nearest[0] if len(nearest) == 1 else ""
    nearest = top or list(names)
    return nearest[0] if len(nearest) == 1 else ""


def _first_bytes(file: Path) -> bytes:
    try:
        with open_file(file) as stream:
            first = stream.read(512)
    except OSError as error:
        raise WeightsError(f"{file}: cannot be read: {error.strerror}") from error
    if first.startswith(SIGNATURES):
        return first
    foreign = foreign_bytes(first) or foreign_text(first)
    if foreign is None and first.lstrip().startswith(b"{"):
        foreign = _JSON
    if foreign is not None and foreign is not HDF5:
        raise WeightsError(f"{file}: {foreign.refused_as('weights')}")
    # An HDF5 file may begin with a user block, so h5py decides.
    return first


@contextmanager
def _hdf5(source: Path | IO[bytes], file: Path) -> Iterator[Any]:
    try:
        opened = open_hdf5(source)
    except ImportError as error:
        raise WeightsError(f"{file}: reading it needs h5py; pip install h5py") from error
    except Exception as error:  # h5py raises anything, depending on which bytes are damaged
        raise WeightsError(
            f"{file}: must be HDF5 or a .keras archive, got another or a truncated file: {error}"
        ) from error
    with opened:
        yield opened


@contextmanager
def _archive(file: Path) -> Iterator[tuple[IO[bytes], Any, str, tuple[str, ...]]]:
    """The arrays of an archive as a temporary file, and what belongs to them.

    Yields:
        The file, the configuration of the saved model, the arrays' name unless it is Keras' own,
        and the names of other members with arrays.
    """
    with tempfile.TemporaryFile() as arrays:
        config = None
        with _as_weights_error(), open_archive(file) as archive:
            member, is_keras = _member(archive)
            if is_keras:
                config = _json(archive.read(CONFIG_IN_ARCHIVE), f"{file}:{CONFIG_IN_ARCHIVE}")
            archive.copy(member, arrays)
            others = [name for name in archive.names if name != member]
        arrays.seek(0)
        if arrays.read(4) in SIGNATURES:
            what = f"{member} is an archive inside of the archive; unpack the outer one"
            raise WeightsError(f"{file}: {what}")
        arrays.seek(0)
        held = tuple(name for name in others if name.endswith((*ENDINGS, *ARRAYS)))
        yield arrays, config, "" if is_keras else member, held


@contextmanager
def _as_weights_error() -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        raise WeightsError(str(error)) from error


def _member(archive: Archive) -> tuple[str, bool]:
    """The member with arrays, and whether Keras wrote the archive; else it is a zipped folder."""
    in_keras = {ARRAYS_IN_ARCHIVE, CONFIG_IN_ARCHIVE}
    if in_keras <= set(archive.names) and PROVENANCE not in archive.names:
        return ARRAYS_IN_ARCHIVE, True
    held = [name for name in archive.names if name.endswith(ENDINGS) and name.count("/") <= 1]
    best = best_of(held)
    if best:
        return best, False
    if held:
        what = f"holds several weights files: {join_names(sorted(held))}"
        raise WeightsError(f"{archive.file}: {what}; unpack it and pass one of them")
    foreign = foreign_members(archive.names)
    if foreign is not None and foreign.serves != "weights":
        raise WeightsError(f"{archive.file}: {foreign.refused_as('weights')}")
    raise WeightsError(
        f"{archive.file}: must be a .keras archive with {ARRAYS_IN_ARCHIVE} and "
        f"{CONFIG_IN_ARCHIVE}, or a zipped model folder with weights ({', '.join(ENDINGS)}), "
        f"got a zip archive with {join_names(sorted(set(archive.names)), 6) or 'nothing'}"
    )


def _json(content: str | bytes, where: str) -> Any:
    """Plain data of a saved model's configuration, read less strictly than Poise's files."""
    try:
        refuse_size(len(content), MAX_TEXT, where)
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
        members = join_names(opened, 6) or "nothing"
        foreign = foreign_hdf5([*opened, *opened.attrs])
    except PoiseError:
        raise
    except Exception as error:  # h5py raises anything, depending on which bytes are damaged
        raise WeightsError(f"{file}: damaged HDF5: {error}") from error
    if foreign is not HDF5 and foreign.serves != "weights":
        raise WeightsError(f"{file}: {foreign.refused_as('weights')}")
    raise WeightsError(
        f"{file}: must be HDF5 weights of Keras (with layer_names or layers), got {members}"
    )


def _from_layer_list(opened: Any, group: Any, file: Path) -> WeightsFile:
    versions = (stored_texts.text(member, "keras_version") for member in (group, opened))
    version = next(filter(None, versions), "1 or 2")
    whole = "whole model" if "model_weights" in opened else "weights only"
    held = take_inventory(opened)
    optimizer = keras2.optimizer_arrays(opened, held)
    records = tuple(keras2.records(group))
    notes = []
    try:
        config = _json(stored_texts.text(opened, "model_config") or "null", "model_config")
    except WeightsError as error:
        config = None
        notes.append(f"{error}; whether the model had Lambda layers is unknown")
    return WeightsFile(
        source=file,
        format=f"HDF5 of Keras {version}, {whole}",
        records=records,
        ignored={"optimizer": len(optimizer)} if optimizer else {},
        unlisted=held.without(records, optimizer),
        replaced=lambda_layers(config),
        notes=tuple(notes),
    )


def _from_tree(opened: Any, file: Path, config: Any) -> WeightsFile:
    held = take_inventory(opened)
    tree = keras3.read(opened, held)
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
        unlisted=held.without(records, held.below(*keras3.NOT_LAYERS)),
        replaced=lambda_layers(config),
    )

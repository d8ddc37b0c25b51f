"""A model folder in a zip archive: at the top level, or as a single folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poise.errors import ConfigError, Fault, FaultsError, PoiseError
from poise.messages import join_names
from poise.sleap.locate import NAMES, TRAINING
from poise.weights.formats import PROVENANCE
from poise.wire.archives import Archive, open_archive
from poise.wire.foreign import foreign_among, foreign_members, foreign_start


def top_of(archive: Archive) -> str:
    """The prefix of a zipped model folder's member names: empty, or the name of the folder.

    Raises:
        ConfigError: there is no such folder, or several. The error lists what is there.
    """
    parts = [name.rpartition("/") for name in archive.names]
    folders = dict.fromkeys(
        folder for folder, _, name in parts if name in (PROVENANCE, *NAMES) and "/" not in folder
    )
    if "" in folders:
        return ""
    if len(folders) == 1:
        return f"{next(iter(folders))}/"
    if folders:
        what = (
            f"holds several model folders: {join_names(folders, 6)}; unpack it and read one of them"
        )
    else:
        foreign = foreign_members(archive.names) or foreign_among(
            archive.names, lambda name: foreign_start(archive.read(name))
        )
        if foreign is not None:
            raise ConfigError([Fault(foreign.refused_as("configuration"))], str(archive.file))
        what = (
            f"holds no model folder, at the top or in one folder: neither {TRAINING}, {NAMES[-1]} "
            f"nor {PROVENANCE}, but {join_names(archive.names, 6) or 'nothing'}"
        )
    raise ConfigError([Fault(what)], str(archive.file))


@contextmanager
def unpacked(archive: Archive, top: str) -> Iterator[Path]:
    """Unpack a folder while the block runs; errors name the archive, not the folder."""
    with archive.unpacked(top) as folder:
        try:
            yield folder
        except PoiseError as error:
            place, file = str(folder), str(archive.file)
            error.args = tuple(str(text).replace(place, file) for text in error.args)
            if isinstance(error, FaultsError):
                error.heading = error.heading.replace(place, file)
            raise


@contextmanager
def folder_of(saved: Path) -> Iterator[Path]:
    """The path of a model folder, zipped or not, while the block runs."""
    if saved.is_dir():
        yield saved
        return
    with open_archive(saved) as archive, unpacked(archive, top_of(archive)) as folder:
        yield folder

"""A model folder whose files are opened once, so that what is verified is what is read.

Another process could exchange a file between two openings. Poise therefore opens each file
once, without following a link, and reads it through that opening alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

import attrs

from poise.config import ModelConfig
from poise.errors import BundleError, ConfigError
from poise.files import MAX_TEXT, allowed, refuse_size
from poise.job.sections import JobRecord
from poise.messages import short_repr
from poise.model_folder.contents import refuse_strange_entries
from poise.model_folder.job_file import JOB, LIMIT, job_of
from poise.model_folder.provenance import FORMATS, FileRecord, Provenance
from poise.model_folder.regular_files import open_file
from poise.model_folder.verifying import refuse_lacking, verify
from poise.weights.formats import PROVENANCE
from poise.wire.foreign import foreign_file
from poise.wire.hdf5_files import SIGNATURE
from poise.wire.structure import structure
from poise.wire.text import read_json
from poise.writing.drafts import formers_of
from poise.writing.whole_folders import restore

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
NAMES = frozenset({CONFIG, WEIGHTS, JOB, PROVENANCE})
"""What Poise writes into a model folder."""


@attrs.frozen
class OpenedFolder:
    """What is in a model folder; verified.

    Attributes:
        provenance: the content of ``poise.json``.
        config: the model's configuration.
        job: how its images are prepared; ``None`` if the model has no job.
        weights: the weights file, open at its beginning.
    """

    provenance: Provenance
    config: ModelConfig
    job: JobRecord | None
    weights: BufferedReader


@contextmanager
def open_folder(folder: str | Path) -> Iterator[OpenedFolder]:
    """Open a model folder and verify every file of it, without building anything.

    Raises:
        BundleError: as ``poise.load`` does.
    """
    folder = Path(folder)
    _refuse_none(folder)
    refuse_lacking(folder, PROVENANCE, CONFIG, WEIGHTS)
    provenance = _provenance(folder)
    refuse_strange_entries(folder, NAMES if provenance.job else NAMES - {JOB})
    config = _config(folder, provenance.config)
    job = _job(folder, provenance.job) if provenance.job else None
    with _verified(folder, WEIGHTS, provenance.weights) as weights:
        if weights.read(len(SIGNATURE)) != SIGNATURE:
            what = f"{WEIGHTS} must be HDF5, got another file"
            raise BundleError(f"{folder}: {what}; restore it, or save the model again")
        weights.seek(0)
        yield OpenedFolder(provenance, config, job, weights)


def read_provenance(folder: str | Path) -> Provenance:
    """Read ``poise.json`` of a model folder, and verify the folder.

    Raises:
        BundleError: as ``poise.load`` does.
    """
    with open_folder(folder) as opened:
        return opened.provenance


def _refuse_none(folder: Path) -> None:
    if folder.is_file() and folder.suffix == ".keras":
        # Keras finds a layer class of Poise or of a plugin only if its module is imported.
        raise BundleError(
            f"{folder}: must be a model folder, got a file; Keras writes such files: build the "
            "model of the same configuration and fill it by "
            "poise.load_weights(poise.build(config, image), path)"
        )
    if folder.is_dir() or restore(folder):
        return
    foreign = foreign_file(folder)
    if foreign is not None:
        raise BundleError(f"{folder}: {foreign.refused_as('model folder')}")
    formers = formers_of(folder.resolve())
    hint = (
        f"saving it was interrupted, and the former model is in {formers[-1]}: rename it"
        if formers
        else "poise.save makes model folders"
    )
    raise BundleError(f"{folder}: no such folder; {hint}")


def _provenance(folder: Path) -> Provenance:
    try:
        with open_file(folder / PROVENANCE) as stream:
            data = read_json(_text(stream, MAX_TEXT))
        if isinstance(data, dict) and data.get("format", FORMATS[0]) not in FORMATS:
            formats = " or ".join(map(str, FORMATS))
            raise BundleError(
                f"{folder}: format must be {formats}, got {short_repr(data['format'])}; "
                "upgrade poise to read it"
            )
        return structure(data, Provenance)
    except ConfigError as error:
        raise BundleError(str(error.with_heading(str(folder / PROVENANCE)))) from None


def _config(folder: Path, then: FileRecord) -> ModelConfig:
    try:
        with _verified(folder, CONFIG, then) as stream:
            return ModelConfig.from_json(_text(stream, MAX_TEXT))
    except ConfigError as error:
        raise BundleError(str(error.with_heading(str(folder / CONFIG)))) from None


def _job(folder: Path, then: FileRecord) -> JobRecord:
    refuse_lacking(folder, JOB)
    try:
        with _verified(folder, JOB, then) as stream:
            return job_of(_text(stream, LIMIT))
    except ConfigError as error:
        raise BundleError(str(error.with_heading(str(folder / JOB)))) from None


@contextmanager
def _verified(folder: Path, name: str, then: FileRecord) -> Iterator[BufferedReader]:
    with open_file(folder / name) as stream:
        verify(folder, name, then, stream)
        stream.seek(0)
        yield stream


def _text(stream: BufferedReader, limit: int) -> bytes:
    content = stream.read(allowed(limit) + 1)
    refuse_size(max(len(content), os.fstat(stream.fileno()).st_size), limit, "")
    return content

"""A model as a folder: configuration, weights, provenance.

    config.json          the ModelConfig, as SLEAP writes the model section of a job
    model.weights.h5     arrays, by Keras
    job.json             how images are prepared; only if the model came from a job
    poise.json           image, skeleton, classes, versions, checksums, license, origins

No file in the folder is code, and loading runs none: layers come from installed plugins, and
the weights file holds only arrays. ``SECURITY.md`` lists what Poise refuses.
"""

from __future__ import annotations

import errno
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from poise.building.assembly import build
from poise.building.record import MODEL, Origin, record_of, record_origins
from poise.config import ModelConfig
from poise.editions import Edition
from poise.errors import BundleError, ConfigError, WeightsError
from poise.files import read_text_of
from poise.messages import printable, short_repr
from poise.model_folder.contents import (
    refuse_code,
    refuse_code_in_models,
    refuse_strange_entries,
)
from poise.model_folder.job_file import JOB, read_job, write_job
from poise.model_folder.provenance import FORMATS, Provenance, provenance_of
from poise.model_folder.replaceable import refuse_others, refuse_taken
from poise.model_folder.verifying import refuse_lacking, verify
from poise.model_folder.weights_file import write_weights
from poise.weights.formats import PROVENANCE
from poise.wire.foreign import foreign_file
from poise.wire.structure import structure, unstructure
from poise.wire.text import read_json, write_json
from poise.writing.drafts import formers_of
from poise.writing.whole_files import write_text
from poise.writing.whole_folders import restore as restore_place
from poise.writing.whole_folders import whole_folder

if TYPE_CHECKING:
    import keras

    from poise.building.record import BuildRecord
    from poise.skeleton import Skeleton
    from poise.specs import Image
    from poise.weights import LoadReport

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
NAMES = frozenset({CONFIG, WEIGHTS, JOB, PROVENANCE})
"""What Poise writes into a model folder."""

_MEANWHILE = "another process saved there meanwhile; choose another path, or save again"
_REASONS = {
    errno.ENOTEMPTY: _MEANWHILE,
    errno.EEXIST: _MEANWHILE,
    errno.EBUSY: "it is in use, perhaps as a mount point; save to a folder inside it",
}
"""Why a folder cannot take its place."""


class ProvenanceWarning(UserWarning):
    """The versions that load a model folder differ from those that wrote it."""


def save(
    model: keras.Model,
    folder: str | Path,
    config: ModelConfig | None = None,
    *,
    overwrite: bool = False,
    license: str = "",
    authors: Sequence[str] = (),
    citation: str = "",
) -> Path:
    """Save a model that ``poise.build`` built.

    Poise writes the folder whole or not at all. A model that came from a job, as
    ``poise.read(path).build()`` makes it, keeps the job's sections: how images are prepared,
    the paths of labels, the settings of training.

    Args:
        model: the model, trained or not.
        folder: where to put it; missing parents are created.
        config: the configuration of the model, as a check. Poise knows it from the build;
            any other one is an error.
        overwrite: replace an existing model folder. Poise never replaces a folder that holds
            anything that Poise did not write, nor the working folder.
        license: license of the weights: an SPDX identifier such as ``CC-BY-4.0``, or a
            sentence. For a model that you publish.
        authors: who trained it.
        citation: what to cite when using it.

    Returns:
        The folder.

    Raises:
        BundleError: Poise did not build the model, ``config`` is not its configuration, the
            folder exists, ``authors`` is one string, or the model's job is too large to be
            read again.
        OSError: the disk does not take the folder. What was there stands unchanged.

    Warns:
        DraftWarning: names the drafts of interrupted processes, which are removed.
    """
    if isinstance(authors, str):
        raise BundleError(f"authors must be a list of names, got {authors!r}; [{authors!r}]?")
    folder = Path(folder)
    record = record_of(model)
    if record is None:
        raise BundleError(
            f"cannot save {type(model).__name__} {getattr(model, 'name', '')!r}: must come from "
            "poise.build, got another model, or a clone, which has lost its record"
        )
    if config is not None and config not in (record.config, record.resolution.config):
        raise BundleError(
            "cannot save: config must be the one that the model was built from, got another; "
            "leave it out, or build the model again"
        )
    published = {"license": license, "authors": tuple(authors), "citation": citation}
    try:
        restore_place(folder)
        refuse_taken(folder, NAMES, overwrite=overwrite)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with whole_folder(folder, replaces=_replaced if overwrite else None) as draft:
            _write(model, record, draft, published)
    except OSError as error:
        if error.errno not in _REASONS:
            raise
        raise BundleError(f"{folder}: {_REASONS[error.errno]}") from error
    return folder


def _write(
    model: keras.Model, record: BuildRecord, draft: Path, published: Mapping[str, Any]
) -> None:
    record.config.save(draft / CONFIG)
    write_weights(model, draft / WEIGHTS)
    job = write_job(draft, record.job)
    provenance = provenance_of(record, draft / CONFIG, draft / WEIGHTS, job, **published)
    write_text(draft / PROVENANCE, write_json(unstructure(provenance)) + "\n")


def _replaced(folder: Path) -> None:
    refuse_others(folder, NAMES)  # somebody may have put something there meanwhile


def load(folder: str | Path) -> keras.Model:
    """Load a model that ``save`` wrote: build it again and load its weights.

    Args:
        folder: the model folder.

    Returns:
        The model, as from ``poise.build``.

    Raises:
        BundleError: a file is missing, has another checksum than when it was saved, or has a
            layout that this version does not know; or the folder holds something that can
            run code or lead elsewhere: a pickle, a Lambda, a symbolic link, a pipe.
        BuildError: a plugin that built it is not installed.
        WeightsError: the weights do not match the model that the installed plugins build.

    Warns:
        ProvenanceWarning: lists every version that differs from the saved ones.
        RuntimeWarning: lists the weights with NaN or infinite values.
    """
    model, report = restore(Path(folder))
    report.warn_of_values()
    return model


def restore(
    folder: Path,
    *,
    edition: Edition | None = None,
    image: Image | None = None,
    skeleton: Skeleton | None = None,
    classes: Sequence[str] | None = None,
    auto_pad: bool | None = None,
    shown_as: Path | None = None,
    stacklevel: int = 3,
) -> tuple[keras.Model, LoadReport]:
    """Do what ``load`` does, and also say what became of the weights.

    Args:
        folder: the model folder.
        edition: instead of the one that it was saved with.
        image: likewise, and so are the next three.
        skeleton: part and edge names.
        classes: class names.
        auto_pad: whether the model pads and crops by itself.
        shown_as: what warnings call the folder.
        stacklevel: whose call warnings are about, counted from here.
    """
    from poise.weights.assign import fill
    from poise.weights.formats import open_weights

    provenance = read_provenance(folder)
    refuse_code_in_models(folder, but=WEIGHTS)
    config = _config(folder)
    if skeleton is None and provenance.skeleton:
        skeleton = provenance.skeleton.skeleton()
    with open_weights(folder / WEIGHTS) as weights:
        refuse_code(folder, folder / WEIGHTS, weights)
        model = build(
            attrs.evolve(config, edition=edition) if edition else config,
            image or provenance.image,
            skeleton,
            classes or provenance.classes,
            auto_pad=provenance.auto_pad if auto_pad is None else auto_pad,
            job=read_job(folder) if provenance.job else None,
        )
        record = record_of(model)
        assert record is not None
        changes = provenance.changes(provenance_of(record, folder / CONFIG, folder / WEIGHTS))
        if changes:
            message = printable(f"{shown_as or folder}: {'; '.join(changes)}")
            warnings.warn(message, ProvenanceWarning, stacklevel=stacklevel)
        try:
            report = fill(model, weights)
        except WeightsError as error:
            if changes:
                error.add_note(printable("\n".join(changes), lines=True))
            raise
    itself = Origin(
        kind=MODEL,
        name=folder.resolve().name,
        sha256=provenance.weights.sha256,
        license=provenance.license,
        verified=True,
    )
    record_origins(model, *provenance.origins, itself)
    return model, report


def read_provenance(folder: str | Path) -> Provenance:
    """Read and verify ``poise.json`` of a model folder, without building anything.

    Raises:
        BundleError: as ``load`` does.
    """
    folder = Path(folder)
    if folder.is_file() and folder.suffix == ".keras":
        raise BundleError(f"{folder}: must be a model folder, got a file; {_way_of()}")
    if not folder.is_dir() and not restore_place(folder):
        foreign = foreign_file(folder)
        if foreign is not None:
            raise BundleError(f"{folder}: {foreign.refused_as('model folder')}")
        aside = formers_of(folder.resolve())
        hint = (
            f"saving it was interrupted, and the former model is in {aside[-1]}: rename it"
            if aside
            else "poise.save makes model folders"
        )
        raise BundleError(f"{folder}: no such folder; {hint}")
    refuse_lacking(folder, PROVENANCE, CONFIG, WEIGHTS)
    refuse_strange_entries(folder)
    try:
        data = read_json(read_text_of(folder / PROVENANCE))
        if isinstance(data, dict) and data.get("format", FORMATS[0]) not in FORMATS:
            formats = " or ".join(map(str, FORMATS))
            raise BundleError(
                f"{folder}: format must be {formats}, got {short_repr(data['format'])}; "
                "upgrade poise to read it"
            )
        provenance = structure(data, Provenance)
    except ConfigError as error:
        raise BundleError(str(error.with_heading(str(folder / PROVENANCE)))) from None
    verify(folder, CONFIG, provenance.config)
    verify(folder, WEIGHTS, provenance.weights)
    if provenance.job is not None:
        refuse_lacking(folder, JOB)
        verify(folder, JOB, provenance.job)
    return provenance


def _way_of() -> str:
    # Keras finds a layer class of Poise or of a plugin only if its module is imported.
    return (
        "Keras writes such files: build the model of the same configuration and fill it by "
        "poise.load_weights(poise.build(config, image), path)"
    )


def _config(folder: Path) -> ModelConfig:
    try:
        return ModelConfig.load(folder / CONFIG)
    except ConfigError as error:
        raise BundleError(str(error)) from None  # the message names the file

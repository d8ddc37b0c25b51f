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
from poise.errors import BundleError, WeightsError
from poise.messages import printable
from poise.model_folder.contents import refuse_configuration
from poise.model_folder.job_file import write_job
from poise.model_folder.opened import CONFIG, NAMES, WEIGHTS, open_folder
from poise.model_folder.provenance import FileRecord, provenance_of
from poise.model_folder.replaceable import refuse_others, refuse_taken
from poise.model_folder.weights_file import write_weights
from poise.processes import logs
from poise.weights.formats import PROVENANCE
from poise.wire.structure import unstructure
from poise.wire.text import write_json
from poise.writing.whole_files import write_text
from poise.writing.whole_folders import restore as restore_place
from poise.writing.whole_folders import whole_folder

if TYPE_CHECKING:
    import keras

    from poise.building.record import BuildRecord
    from poise.skeleton import Skeleton
    from poise.specs import Image
    from poise.weights import LoadReport

_MEANWHILE = "another process saved there meanwhile; choose another path, or save again"
_REASONS = {
    errno.ENOTEMPTY: _MEANWHILE,
    errno.EEXIST: _MEANWHILE,
    errno.ENAMETOOLONG: "its name is too long for this file system; choose a shorter one",
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
        _make_parents(folder)
        with whole_folder(folder, replaces=_replaced if overwrite else None) as draft:
            _write(model, record, draft, published)
    except OSError as error:
        if error.errno not in _REASONS:
            raise
        raise BundleError(f"{folder}: {_REASONS[error.errno]}") from error
    logs.info(__name__, "saved %s in %s", model.name, folder)
    return folder


def _make_parents(folder: Path) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        file = next(place for place in folder.parents if place.exists())
        what = f"{folder} must be a folder in a folder, got {file}, which is a file"
        raise BundleError(f"{what}; choose another path") from None


def _write(
    model: keras.Model, record: BuildRecord, draft: Path, published: Mapping[str, Any]
) -> None:
    record.config.save(draft / CONFIG)
    write_weights(model, draft / WEIGHTS)
    job = write_job(draft, record.job)
    provenance = provenance_of(
        record,
        FileRecord.of(draft / CONFIG),
        FileRecord.of(draft / WEIGHTS),
        FileRecord.of(job) if job else None,
        **published,
    )
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
            run code or lead elsewhere: anything but text and pictures, such as a pickle or another
            model; a configuration in the weights file; a symbolic link; a pipe.
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
    from poise.weights.formats import open_stream

    with open_folder(folder) as saved, open_stream(saved.weights, folder / WEIGHTS) as weights:
        provenance = saved.provenance
        if skeleton is None and provenance.skeleton:
            skeleton = provenance.skeleton.skeleton()
        refuse_configuration(folder, weights)
        model = build(
            attrs.evolve(saved.config, edition=edition) if edition else saved.config,
            image or provenance.image,
            skeleton,
            classes or provenance.classes,
            auto_pad=provenance.auto_pad if auto_pad is None else auto_pad,
            job=saved.job,
        )
        record = record_of(model)
        assert record is not None
        now = provenance_of(record, provenance.config, provenance.weights)
        changes = provenance.changes(now)
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

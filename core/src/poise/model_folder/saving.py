"""A model as a folder: configuration, weights, provenance.

    config.json          the ModelConfig, as SLEAP writes the model section of a job
    model.weights.h5     arrays, by Keras
    poise.json           image, skeleton, classes, versions, checksums, licence, origins

Nothing in the folder is code, and loading runs none of it: layers come from installed
plugins, the file only gives arrays. See ``SECURITY.md`` for what is refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from poise.building.assembly import build
from poise.building.record import MODEL, Origin, record_of, record_origins
from poise.config import ModelConfig
from poise.errors import BundleError, ConfigError, WeightsError
from poise.files import kind_of_mode, leads_outside, read_text_of, whole_folder
from poise.messages import printable, shown
from poise.model_folder.contents import refuse_code_in_models, refuse_strange_entries
from poise.model_folder.provenance import FORMAT, FileRecord, Provenance, provenance_of
from poise.wire.structure import structure, unstructure
from poise.wire.text import read_json, write_json

if TYPE_CHECKING:
    import keras

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
PROVENANCE = "poise.json"


class ProvenanceWarning(UserWarning):
    """A model folder was written by other versions than those that load it."""


def save(
    model: keras.Model,
    folder: str | Path,
    config: ModelConfig | None = None,
    *,
    overwrite: bool = False,
    licence: str = "",
    authors: Sequence[str] = (),
    citation: str = "",
) -> Path:
    """Save a model that ``poise.build`` built.

    The folder appears whole or not at all.

    Args:
        model: the model, trained or not.
        folder: where to put it; its parent is made if need be.
        config: the configuration that the model was built from. It is known from the
            build; giving another one is an error, not a wish.
        overwrite: replace a model folder that is there. A folder that holds something else
            is never replaced.
        licence: under which others may use the weights: an SPDX identifier such as
            ``CC-BY-4.0``, or a sentence. For a model that is to be published.
        authors: who trained it.
        citation: what to cite when using it.

    Returns:
        The folder.

    Raises:
        BundleError: the model was not built by Poise, ``config`` is not what it was built
            from, the folder is taken, or ``authors`` is one string.
    """
    if isinstance(authors, str):
        raise BundleError(f"authors must be a list of names, got {authors!r}; [{authors!r}]?")
    folder = Path(folder)
    record = record_of(model)
    if record is None:
        raise BundleError(
            f"cannot save {type(model).__name__} {getattr(model, 'name', '')!r}: it does not come "
            "from poise.build (or lost its record by cloning), so that nothing could rebuild it"
        )
    if config is not None and config not in (record.config, record.resolution.config):
        raise BundleError(
            "cannot save: the config given is not the one that the model was built from; "
            "leave it out, or build the model anew"
        )
    _refuse_taken(folder, overwrite)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with whole_folder(folder, overwrite=overwrite) as draft:
        record.config.save(draft / CONFIG)
        model.save_weights(draft / WEIGHTS)
        provenance = provenance_of(
            record,
            draft / CONFIG,
            draft / WEIGHTS,
            licence=licence,
            authors=tuple(authors),
            citation=citation,
        )
        text = write_json(unstructure(provenance)) + "\n"
        (draft / PROVENANCE).write_text(text, encoding="utf-8")
    return folder


def load(folder: str | Path) -> keras.Model:
    """Load a model that ``save`` wrote: built anew, and filled with its weights.

    Args:
        folder: the model folder.

    Returns:
        The model, as ``poise.build`` gives it.

    Raises:
        BundleError: a file is missing, is not what was saved (by checksum), or was written
            by a layout that this version does not know; or the folder holds what can run
            code or lead elsewhere: a pickle, a Lambda, a symbolic link, a pipe.
        BuildError: a plugin that built it is not installed.
        WeightsError: the weights do not fit what the installed plugins build.

    Warns:
        ProvenanceWarning: with every version that differs from those that saved it.
    """
    from poise.weights import load_weights

    folder = Path(folder)
    provenance = read_provenance(folder)
    refuse_code_in_models(folder)
    config = _config(folder)
    skeleton = provenance.skeleton.skeleton() if provenance.skeleton else None
    model = build(
        config, provenance.image, skeleton, provenance.classes, auto_pad=provenance.auto_pad
    )
    record = record_of(model)
    assert record is not None
    changes = provenance.changes(provenance_of(record, folder / CONFIG, folder / WEIGHTS))
    if changes:
        said = printable(f"{folder}: {'; '.join(changes)}")
        warnings.warn(said, ProvenanceWarning, stacklevel=2)
    try:
        load_weights(model, folder / WEIGHTS, strict=True)
    except WeightsError as error:
        if changes:
            error.add_note(printable("\n".join(changes), lines=True))
        raise
    itself = Origin(
        kind=MODEL,
        name=folder.resolve().name,
        sha256=provenance.weights.sha256,
        licence=provenance.licence,
        verified=True,
    )
    record_origins(model, *provenance.origins, itself)
    return model


def read_provenance(folder: str | Path) -> Provenance:
    """Read and verify ``poise.json`` of a model folder, without building anything.

    Raises:
        BundleError: as ``load`` does.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise BundleError(f"{folder}: no such folder; poise.save makes model folders")
    missing = [name for name in (PROVENANCE, CONFIG, WEIGHTS) if not _kind(folder / name)]
    if missing:
        here = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        hint = "; poise.read_sleap reads SLEAP's folders" if _is_sleaps(folder) else ""
        raise BundleError(
            f"{folder}: not a model folder of Poise: no {', '.join(missing)}; found {here}{hint}"
        )
    for name in (PROVENANCE, CONFIG, WEIGHTS):
        kind = _kind(folder / name)
        if kind != "file":
            raise BundleError(f"{folder}: {name} must be a file, got a {kind}")
    refuse_strange_entries(folder)
    try:
        data = read_json(read_text_of(folder / PROVENANCE), PROVENANCE)
        if isinstance(data, dict) and data.get("format", FORMAT) != FORMAT:
            raise BundleError(
                f"{folder}: written in format {shown(data['format'])}, this Poise reads format "
                f"{FORMAT}; upgrade poise"
            )
        provenance = structure(data, Provenance)
    except ConfigError as error:
        raise BundleError(f"{folder / PROVENANCE}: {error}") from None
    _verify(folder, CONFIG, provenance.config)
    _verify(folder, WEIGHTS, provenance.weights)
    return provenance


def _verify(folder: Path, name: str, then: FileRecord) -> None:
    if leads_outside(then.name):
        raise BundleError(
            f"{folder}: {PROVENANCE} says that {name} is {shown(then.name)}, which leads outside "
            "of the folder"
        )
    size = (folder / name).stat().st_size
    if size != then.size:  # known at once, however large it is
        raise BundleError(
            f"{folder}: {name} is not the file that was saved: {then.size:,} bytes then, "
            f"{size:,} now; restore it, or save the model anew"
        )
    now = FileRecord.of(folder / name)
    if now != then:
        what = (
            f"named {shown(then.name)}"
            if then.name != name
            else f"of {then.size} bytes with sha256 {shown(then.sha256)[1:13]}…"
        )
        raise BundleError(
            f"{folder}: {name} is not the file that was saved: {what} then, "
            f"{now.size} bytes with sha256 {now.sha256[:12]}… now; "
            "restore it, or save the model anew"
        )


def _config(folder: Path) -> ModelConfig:
    try:
        return ModelConfig.load(folder / CONFIG)
    except ConfigError as error:
        raise BundleError(str(error)) from None  # which names the file


def _refuse_taken(folder: Path, overwrite: bool) -> None:
    if not folder.exists():
        return
    if folder.is_dir() and not any(folder.iterdir()):
        return
    ours = folder.is_dir() and (folder / PROVENANCE).is_file()
    if ours and overwrite:
        return
    if ours:
        raise BundleError(f"{folder} holds a model already; pass overwrite=True to replace it")
    raise BundleError(f"{folder} is there and no model folder of Poise; choose another name")


def _kind(path: Path) -> str:
    """What is there, a symbolic link not followed; empty for nothing."""
    try:
        return kind_of_mode(path.lstat().st_mode)
    except FileNotFoundError:
        return ""


def _is_sleaps(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("training_config.json", "best_model.h5"))

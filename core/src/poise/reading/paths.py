"""Read anything that describes a model: SLEAP files, Poise model folders, configurations."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import attrs

from poise import registry as registries
from poise.config import ModelConfig, UninstalledSection, unwarned
from poise.config.data import EDITION, FIELDS, unknown_nulls
from poise.editions import DOCUMENTED
from poise.errors import ConfigError, Fault
from poise.files import MAX_YAML, kind_of, read_text_of
from poise.job.sections import JobRecord, JobSections
from poise.processes import logs
from poise.reading.readings import Reading
from poise.reading.zipped import top_of, unpacked
from poise.registry import Registry, using
from poise.sleap import MigrationReport, Note, SleapJob
from poise.sleap.authorship import KEPT_TEXTS, is_of_sleap, model_of, text_notes
from poise.sleap.job import job_of
from poise.sleap.locate import DOCUMENTED_TRAINING, INITIAL, TRAINING, Located, chosen, locate
from poise.sleap.parsing import is_job, parsed
from poise.weights.formats import ENDINGS, PROVENANCE, best_of, weights_in
from poise.wire.archives import Archive, is_archive, open_archive
from poise.wire.foreign import YAML, refuse_foreign
from poise.wire.text import read_yaml
from poise.writing.whole_folders import restore

STATUS = "status.json"
"""The file by which a folder is known as that of a training run."""

BEST = "best"
"""The model folder in the folder of a run, with the weights that validated best."""


def read(path: str | PathLike[str], *, registry: Registry | None = None) -> Reading:
    """Read anything that describes a model, importing neither Keras nor a backend.

    Args:
        path: a model folder of SLEAP 1.0 to 1.4, its ``training_config.json`` or
            ``initial_config.json``, or a training profile; a model folder of ``poise.save``;
            the folder of a training run, whose best weights are taken; a zip archive of a model
            folder; or a model configuration or a training job in JSON or YAML.
        registry: the registry of plugins to read it with, which ``Reading.build`` then takes,
            too; by default the one in force.

    Raises:
        OSError: the path does not exist or cannot be opened.
        ConfigError: there is no configuration, or it cannot be read. The error lists every
            fault under the name of the file.
        BundleError: a model folder of Poise is incomplete or was changed.
    """
    with using(registry):
        reading = _read(Path(fspath(path)))
    logs.info(__name__, "read %s: %s notes", reading.source, len(reading.report))
    return reading if registry is None else attrs.evolve(reading, registry=registry)


def _read(place: Path) -> Reading:
    restore(place)
    place.stat()  # a missing path is an OSError, not a faulty file
    with unwarned():  # the report has it, and resolving the configuration raises it as a fault
        if place.name == PROVENANCE:
            place = place.parent
        if place.name in (TRAINING, INITIAL) and (place.parent / STATUS).is_file():
            place = place.parent  # SLEAP's files of a run, whose weights are in its folder
        if (place / STATUS).is_file() and not (place / PROVENANCE).is_file():
            place = _best_of(place)
        if (place / PROVENANCE).is_file():
            return _saved_model(place)
        is_file = kind_of(place) == "file"
        if is_file and is_archive(place):
            return _zipped(place)
        if is_file and place.suffix.lower() in YAML:
            return _yaml(place)
        return _json(place)


def _best_of(run: Path) -> Path:
    """Where the best weights of a run are; the run itself if SLEAP's files are beside them."""
    restore(run / BEST)
    if (run / BEST / PROVENANCE).is_file():
        return run / BEST
    if any((run / name).is_file() for name in (TRAINING, DOCUMENTED_TRAINING)):
        return run
    what = f"must hold the weights of an epoch in {BEST}, got a run that has not ended its first"
    raise ConfigError([Fault(f"{what}; wait for it, or read the configuration that it trains")])


def _json(path: Path) -> Reading:
    located = locate(path)
    is_of_folder = path.is_dir() or located.path.name in (TRAINING, DOCUMENTED_TRAINING)
    folder = located.path.parent if is_of_folder else None
    return _located(located, _weights_in(folder) if folder else None, folder)


def _located(located: Located, weights: Path | None, looked_in: Path | None) -> Reading:
    """What SLEAP wrote, read as SLEAP did; anything else, strictly."""
    located, data = parsed(located)
    if is_of_sleap(data):
        # A job may have keys of other programs; a model alone with such a key is not SLEAP's.
        job = job_of(located, data, keep_unknown="backbone" not in data)
        return _of_job(job, weights, looked_in, data)
    if isinstance(data, dict) and any(key in data for key in ("model", *FIELDS)):
        alone = _alone(located.path, model_of(located, data))
        texts = {key: data[key] for key in KEPT_TEXTS if key in data}
        return attrs.evolve(
            alone,
            sections=JobSections(**texts),
            weights=weights,
            looked_in=looked_in,
            report=MigrationReport([*located.notes, *alone.report, *text_notes(texts)]),
        )
    return _of_job(job_of(located, data), weights, looked_in, data)


def _yaml(path: Path) -> Reading:
    refuse_foreign(path, "configuration")
    try:
        data = read_yaml(read_text_of(path, MAX_YAML))
    except ConfigError as error:
        raise error.with_heading(str(path)) from None
    return _job_in_yaml(path, data) if _has_job(data) else _alone(path, data)


def _has_job(data: Any) -> bool:
    """Whether plain data is a job; its section ``data`` or ``outputs`` may be all that tells."""
    return isinstance(data, dict) and isinstance(data.get("model", {}), dict) and is_job(data)


def _job_in_yaml(path: Path, data: dict[str, Any]) -> Reading:
    """A job that a person wrote: every key is meant, and the edition is the documented one."""
    model = {EDITION: DOCUMENTED, **data.get("model", {})}
    located = Located(path, b"")
    try:
        job = job_of(located, {**data, "model": model}, keep_unknown=False)
    except ConfigError as error:
        raise error.with_heading(str(path)) from None
    return _of_job(job, None, None, data)


def _alone(path: Path, data: Any) -> Reading:
    """A model configuration that is not part of a training job."""
    try:
        config = ModelConfig.from_data(data)
    except ConfigError as error:
        raise error.with_heading(str(path)) from None
    left_out = [Note("not_carried_over", where, what) for where, what in unknown_nulls(data)]
    report = MigrationReport([*_unchecked(config), *left_out])
    return Reading(source=path, config=config, report=report)


def _unchecked(config: ModelConfig) -> Iterator[Note]:
    """The warnings of the strict reader, as notes for the report."""
    for name, container in (("backbone", config.backbone), ("heads", config.heads)):
        section = container.which_oneof()
        if isinstance(section, UninstalledSection):
            why = registries.default().unknown(container.kind, section.key)
            yield Note("unchecked", f"{name}.{section.key}", why)


def _of_job(job: SleapJob, weights: Path | None, looked_in: Path | None, data: Any) -> Reading:
    channels = {(True, False): 3, (False, True): 1}
    shape = job.preprocessing.ensure_rgb, job.preprocessing.ensure_grayscale
    return Reading(
        source=job.source,
        config=job.config,
        skeleton=job.skeleton,
        classes=job.classes,
        image=(None, None, channels.get(shape)),
        preprocessing=job.preprocessing,
        cropping=job.cropping,
        sections=job.sections,
        sleap_version=job.sleap_version,
        weights=weights,
        written=data if is_job(data) else None,
        looked_in=looked_in,
        report=job.report,
    )


def _weights_in(folder: Path) -> Path | None:
    names = [path.name for path in weights_in(folder)]
    return folder / best_of(names) if names else None


def _saved_model(folder: Path) -> Reading:
    from poise.model_folder.opened import CONFIG, WEIGHTS, open_folder

    with open_folder(folder) as saved:
        provenance, config, job = saved.provenance, saved.config, saved.job or JobRecord()
    return Reading(
        source=folder / CONFIG,
        config=config,
        skeleton=provenance.skeleton.skeleton() if provenance.skeleton else None,
        classes=provenance.classes,
        image=provenance.image,
        preprocessing=job.preprocessing,
        cropping=job.cropping,
        sections=job.sections,
        sleap_version=job.sleap_version,
        weights=folder / WEIGHTS,
        auto_pad=provenance.auto_pad,
        model_folder=folder,
        report=MigrationReport(_unchecked(config)),
    )


def _zipped(file: Path) -> Reading:
    with open_archive(file) as archive:
        top = top_of(archive)
        if f"{top}{PROVENANCE}" not in archive.names:
            return _zipped_job(archive, top)
        with unpacked(archive, top) as folder:
            reading = _saved_model(folder)
    source = Path(file, top, reading.source.name)
    return attrs.evolve(reading, source=source, weights=file, model_folder=file)


def _zipped_job(archive: Archive, top: str) -> Reading:
    beside = [
        name.removeprefix(top)
        for name in archive.names
        if name.startswith(top) and "/" not in name.removeprefix(top)
    ]
    choice = chosen(lambda name: name in beside)
    assert choice is not None  # top_of has checked that there is such a file
    name, notes = choice
    located = Located(
        Path(archive.file, f"{top}{name}"),
        archive.read(f"{top}{name}"),
        notes,
        has_weights=any(name.endswith(".h5") for name in beside),
    )
    weights = archive.file if any(name.endswith(ENDINGS) for name in beside) else None
    return _located(located, weights, archive.file)

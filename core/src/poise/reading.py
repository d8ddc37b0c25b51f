"""Reading what a user names: a job file, a folder, a configuration alone."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from poise.building.resolving import Resolution, resolve
from poise.config import ModelConfig
from poise.config.data import unknown_nulls
from poise.errors import BuildError, FaultsError, PluginNotInstalledWarning
from poise.files import kind_of, read_text_of
from poise.skeleton import Skeleton
from poise.sleap import MigrationReport, read_sleap
from poise.sleap.migration_report import Note
from poise.wire.structure import unstructure
from poise.wire.text import read_json, read_yaml

YAML = (".yaml", ".yml")


@attrs.frozen(kw_only=True)
class Reading:
    """What was read, and from where.

    Attributes:
        source: the file that was read.
        config: the model.
        skeleton: the skeleton, where the file has one.
        classes: names of classes, where the file has them.
        image: height, width and channels that a saved model was built for; of a SLEAP file
            what it says of its input, ``None`` for what it does not.
        input_scaling: the factor by which images are resized before the model.
        report: what reading changed or left out.
    """

    source: Path
    config: ModelConfig
    skeleton: Skeleton | None = None
    classes: tuple[str, ...] | None = None
    image: tuple[int | None, int | None, int | None] = (None, None, None)
    input_scaling: float = 1.0
    report: MigrationReport = attrs.field(factory=MigrationReport)


def read(path: Path) -> Reading:
    """Read a SLEAP job file, folder or profile, a model folder, or a ``ModelConfig`` alone.

    Raises:
        OSError: it is not there, or cannot be opened.
        ConfigError: with every fault of it.
        BundleError: a model folder of Poise is incomplete or changed.
    """
    path.stat()  # what is not there is not a faulty file, but a mistake in the call
    with warnings.catch_warnings():
        # It comes again as a fault, with the path, when the configuration is resolved.
        warnings.simplefilter("ignore", PluginNotInstalledWarning)
        if (path / "poise.json").is_file():
            return _saved_model(path)
        if path.suffix in YAML:
            config = ModelConfig.load(path)
            return Reading(
                source=path, config=config, report=_left_out(read_yaml(path.read_bytes()))
            )
        return _poises_own(path) or _sleap(path)


def _saved_model(folder: Path) -> Reading:
    from poise.model_folder.saving import CONFIG, read_provenance

    provenance = read_provenance(folder)
    return Reading(
        source=folder / CONFIG,
        config=ModelConfig.load(folder / CONFIG),
        skeleton=provenance.skeleton.skeleton() if provenance.skeleton else None,
        classes=provenance.classes,
        image=provenance.image,
    )


def _poises_own(path: Path) -> Reading | None:
    """A configuration that names its edition, as no file of SLEAP does: it is read strictly."""
    if kind_of(path) == "folder":
        return None
    data = read_json(read_text_of(path), str(path), comments=True)
    if not isinstance(data, dict) or "edition" not in data:
        return None
    return Reading(source=path, config=ModelConfig.from_data(data), report=_left_out(data))


def _left_out(data: Any) -> MigrationReport:
    """What the strict reader would warn of, for those who are shown a report instead."""
    return MigrationReport(
        Note("not_carried_over", where, what) for where, what in unknown_nulls(data)
    )


def _sleap(path: Path) -> Reading:
    job = read_sleap(path)
    channels = {(True, False): 3, (False, True): 1}
    shape = job.preprocessing.ensure_rgb, job.preprocessing.ensure_grayscale
    return Reading(
        source=job.source,
        config=job.config,
        skeleton=job.skeleton,
        classes=job.classes,
        image=(None, None, channels.get(shape)),
        input_scaling=job.preprocessing.input_scaling,
        report=job.report,
    )


@attrs.frozen
class Decided:
    """What a configuration comes to.

    Attributes:
        resolution: with everything decided.
        missing: faults that only say which names are missing; a skeleton or classes will
            bring these. ``resolution`` was then made with stand-ins.
    """

    resolution: Resolution
    missing: tuple[str, ...] = ()


def decide(reading: Reading) -> Decided:
    """Resolve a configuration, with stand-ins for a skeleton and classes that are not there.

    A training profile names no parts, since it is meant for any animal: that is no fault.

    Raises:
        BuildError: with every fault that no skeleton and no classes would mend.
    """
    try:
        return Decided(resolve(reading.config, reading.skeleton, reading.classes))
    except BuildError as error:
        if reading.skeleton is not None and reading.classes is not None:
            raise
        skeleton = reading.skeleton or _stand_in(reading.config)
        classes = reading.classes or _names_in(reading.config) or ("one", "another")
        try:
            resolution = resolve(reading.config, skeleton, classes)
        except FaultsError as still:
            known = {fault for fault in error.faults if fault in still.faults}
            # Faults that vanished were about names; what came up behind them is new.
            raise BuildError(
                [*known, *(fault for fault in still.faults if fault not in known)],
                still.heading,
            ) from None
        return Decided(resolution, tuple(str(fault) for fault in error.faults))


def _stand_in(config: ModelConfig) -> Skeleton:
    """A skeleton that has every part that the configuration names, and some edge."""
    parts = tuple(dict.fromkeys([*_names_in(config), "one", "another"]))
    return Skeleton(parts, [(parts[-2], parts[-1])])


def _names_in(config: ModelConfig) -> tuple[str, ...]:
    section = config.heads.which_oneof()
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            collect(list(value.values()))
        elif isinstance(value, Sequence):
            for item in value:
                collect(item)

    if attrs.has(type(section)):
        collect(unstructure(section))
    return tuple(dict.fromkeys(found))

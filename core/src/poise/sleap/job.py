"""Read a file or folder that SLEAP wrote, and report what Poise changed or left out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeVar

import attrs

from poise.config import ModelConfig
from poise.config.data import EDITION, is_edition
from poise.config.data import FIELDS as MODEL_FIELDS
from poise.editions import SLEAP
from poise.errors import ConfigError, Fault
from poise.job.sections import (
    InstanceCroppingConfig,
    JobSections,
    LabelsConfig,
    OptimizationConfig,
    OutputsConfig,
    PreprocessingConfig,
)
from poise.messages import join_names, nearest
from poise.skeleton import Skeleton
from poise.sleap.authorship import JOB, MISPLACED, SECTIONS, TEXTS, text_notes
from poise.sleap.before_training import training_notes
from poise.sleap.locate import Located, locate
from poise.sleap.migrate import Migration
from poise.sleap.migration_report import MigrationReport, shown
from poise.sleap.model_section import apply_head_stride, edition_notes, migrate_model
from poise.sleap.names import classes_in, head_data, name_notes
from poise.sleap.objects import joined, member
from poise.sleap.parsing import is_job, parsed, with_way_out
from poise.sleap.skeleton_graph import read_skeleton
from poise.sleap.versions import Facts, Origin, version_notes
from poise.wire.foreign import foreign_keys
from poise.wire.structure import json_repr, structure, unstructure

C = TypeVar("C")

_DATA = ("labels", "preprocessing", "instance_cropping")


@attrs.frozen(kw_only=True)
class SleapJob:
    """The content of a SLEAP file, and a report of what Poise changed or left out.

    Attributes:
        config: the model. Its edition is ``"sleap-1.4"`` unless the file names another.
        skeleton: the first skeleton of the file, the one that SLEAP uses; ``None`` in
            profiles and in files that were not used for training.
        classes: names of the classes that the head distinguishes, or ``None``.
        preprocessing: how images are prepared for the network.
        cropping: how crops around one animal are cut.
        sections: everything else in the file.
        report: what was aliased, coerced, floored, defaulted, derived or not carried over,
            and what SLEAP changes before it trains, each with its path.
        source: the file that was read.
        sleap_version: the version that wrote the file, if the file states it.
    """

    config: ModelConfig
    skeleton: Skeleton | None
    classes: tuple[str, ...] | None
    preprocessing: PreprocessingConfig
    cropping: InstanceCroppingConfig
    sections: JobSections = attrs.field(repr=False)
    report: MigrationReport = attrs.field(repr=False)
    source: Path
    sleap_version: str | None


def read_sleap(path: str | PathLike[str], *, prefer_training: bool = True) -> SleapJob:
    """Read a file or folder written by SLEAP 1.0 to 1.4.

    Poise reads numbers written as strings and integers written as 16.0 as SLEAP did, and
    accepts the other names that SLEAP's documentation uses. Each leaves a line in the report.
    Poise refuses values whose meaning SLEAP changed by coercion (``"false"`` for true or
    false, 4.9 for an integer).

    Args:
        path: a model folder, a ``training_config.json``, an ``initial_config.json``, a
            training profile, or a JSON file with only a model section. Comments are allowed.
        prefer_training: read the ``training_config.json`` beside an
            ``initial_config.json`` instead of it, as SLEAP does.

    Raises:
        ConfigError: the path leads to no configuration, or to one that cannot be read; lists
            all faults.

    Warns:
        PluginNotInstalledWarning: the plugin of a section is not installed; Poise keeps the
            section unchanged.
    """
    located = locate(Path(fspath(path)), prefer_training=prefer_training)
    return job_of(*parsed(located))


def job_of(located: Located, data: Any, *, keep_unknown: bool = True) -> SleapJob:
    """Read the job from a file's plain data. Raises and warns as ``read_sleap`` does.

    Args:
        located: the file.
        data: its plain data.
        keep_unknown: whether keys that no version of SLEAP has get a note instead of a fault.
    """
    try:
        return _Reader(located, data, keep_unknown).read()
    except ConfigError as error:
        raise error.with_heading(str(located.path)) from None


def _keys_of(data: Mapping[str, Any]) -> str:
    return f"the keys {join_names(data)}" if data else "an empty object"


class _Reader:
    def __init__(self, located: Located, data: Any, keep_unknown: bool) -> None:
        self.located = located
        self.migration = Migration(keep_unknown=keep_unknown)
        self.migration.notes += located.notes
        self.data: dict[str, Any] = data
        self._refuse_other_files(data)
        self.is_job = is_job(data)

    def read(self) -> SleapJob:
        migration = self.migration
        if self.is_job:
            self._leave_out_unknown(self.data, JOB, "")
        texts = {key: self._text(key) for key in TEXTS if self.is_job}
        data = self._object("data") if self.is_job else {}
        self._leave_out_unknown(data, _DATA, "data")
        labels = self._section(data, "labels", LabelsConfig, "data", used=False)
        skeleton = self._skeleton(labels)
        preprocessing = self._section(data, "preprocessing", PreprocessingConfig, "data")
        cropping = self._section(data, "instance_cropping", InstanceCroppingConfig, "data")
        config, classes = self._model()
        optimization = self._section(self.data, "optimization", OptimizationConfig, "", used=False)
        outputs = self._section(self.data, "outputs", OutputsConfig, "", used=False)
        if migration.faults:
            raise ConfigError(map(with_way_out, migration.faults))
        assert config is not None
        migration.notes += text_notes(texts)
        migration.notes += version_notes(
            Facts(
                origin=Origin.of(self.data),
                config=config,
                data=self.data,
                model=self._model_path,
                preprocessing=preprocessing or PreprocessingConfig(),
                cropping=cropping or InstanceCroppingConfig(),
                has_weights=self.located.has_weights,
            )
        )
        if self.is_job:
            migration.notes += training_notes(
                config,
                preprocessing or PreprocessingConfig(),
                cropping or InstanceCroppingConfig(),
                labels or LabelsConfig(),
                outputs or OutputsConfig(),
            )
        migration.notes += edition_notes(config, self._model_path)
        migration.notes += name_notes(config, self._model_path, skeleton, labels, cropping)
        return SleapJob(
            config=config,
            skeleton=skeleton,
            classes=classes,
            preprocessing=preprocessing or PreprocessingConfig(),
            cropping=cropping or InstanceCroppingConfig(),
            sections=JobSections(
                labels=labels or LabelsConfig(),
                optimization=optimization or OptimizationConfig(),
                outputs=outputs or OutputsConfig(),
                name=texts.get("name", ""),
                description=texts.get("description", ""),
                filename=texts.get("filename", ""),
                extra=migration.extra,
            ),
            report=MigrationReport(migration.notes),
            source=self.located.path,
            sleap_version=texts.get("sleap_version") or None,
        )

    @property
    def _model_path(self) -> str:
        return "model" if self.is_job else ""

    def _refuse_other_files(self, data: Any) -> None:
        if not isinstance(data, dict):
            raise ConfigError([Fault(f"a training job must be an object, got {json_repr(data)}")])
        foreign = foreign_keys(data)
        if foreign is not None and foreign.serves != "configuration":
            raise ConfigError([Fault(foreign.refused_as("configuration"))])
        model = data.get("model")
        if "trainer" in data or (isinstance(model, dict) and "output_type" in model):
            what = (
                "written by SLEAP before 1.0, whose models later versions cannot build; SLEAP 1.0 "
                "to 1.4 reads such a file as an empty configuration. Train the model again"
            )
            path = "trainer" if "trainer" in data else "model.output_type"
            raise ConfigError([Fault(what, path)])
        if not any(key in data for key in (*SECTIONS, *MODEL_FIELDS)):
            what = "must be a training job (with data, model, optimization or outputs) or a model"
            what += f" (with backbone or heads), got {_keys_of(data)}"
            raise ConfigError([Fault(what)])

    def _leave_out_unknown(
        self, data: Mapping[str, Any], fields: tuple[str, ...], path: str
    ) -> None:
        for key in data:
            if key not in fields and is_edition(key):
                self.migration.fault(joined(path, key), MISPLACED)
            elif key not in fields:
                close = nearest(key, fields)
                hint = f"; did you mean {close!r}?" if close else ""
                self.migration.leave_out(member(path, key), data[key], f"unknown key{hint}")

    def _text(self, key: str) -> str | None:
        value = self.data.get(key, "")
        if value is None or isinstance(value, str):
            return value
        self.migration.fault(key, f"must be a string, got {json_repr(value)}")
        return None

    def _object(self, key: str) -> dict[str, Any]:
        value = self.data.get(key, {})
        if isinstance(value, dict):
            return value
        self.migration.fault(key, f"must be an object, got {json_repr(value)}")
        return {}

    def _section(
        self, data: Mapping[str, Any], key: str, cls: type[C], parent: str, *, used: bool = True
    ) -> C | None:
        """Read one section of a job; ``None`` if it is missing or has faults."""
        path = joined(parent, key)
        if not self.is_job:
            return None
        if key not in data:
            self.migration.note("defaulted", path, "all of its defaults")
            return None
        plain = self.migration.section(data[key], cls, path)
        try:
            read = structure(plain, cls)
        except ConfigError as error:
            self.migration.faults += error.under(path).faults
            return None
        if not used:
            differing = [
                line
                for line in _differences(unstructure(read), unstructure(cls()))
                if not line.startswith("skeletons =")  # decoded, or noted separately
            ]
            what = f"not part of the model; kept in sections.{key}"
            if differing:
                what += f", with {', '.join(differing)}"
            self.migration.note("not_carried_over", path, what)
        return read

    def _skeleton(self, labels: LabelsConfig | None) -> Skeleton | None:
        if labels is None or not labels.skeletons:
            return None
        path = "data.labels.skeletons"
        for index in range(1, len(labels.skeletons)):
            what = "SLEAP uses the first skeleton; kept in sections.labels"
            self.migration.note("not_carried_over", f"{path}[{index}]", what)
        try:
            skeleton, notes = read_skeleton(labels.skeletons[0])
        except ConfigError as error:
            self.migration.faults += error.under(f"{path}[0]").faults
            return None
        self.migration.notes += [note.under(f"{path}[0]") for note in notes]
        return skeleton

    def _model(self) -> tuple[ModelConfig | None, tuple[str, ...] | None]:
        path = self._model_path
        data = self.data.get("model", {}) if self.is_job else self.data
        if self.is_job and "model" not in self.data:
            self.migration.note("defaulted", path, "no backbone and no head set")
        # Only Poise writes an edition, so whoever wrote this section meant every key of it.
        strict = isinstance(data, Mapping) and EDITION in data
        with self.migration.refusing_unknown() if strict else nullcontext():
            plain = migrate_model(data, path, self.migration)
        plain = apply_head_stride(plain, path, Origin.of(self.data), self.migration)
        try:
            # Nulls are gone from the data, and with them the form of SLEAP's files.
            as_sleap = {EDITION: SLEAP, **plain} if isinstance(plain, Mapping) else plain
            config = ModelConfig.from_data(as_sleap, path)
        except ConfigError as error:
            self.migration.faults += error.faults
            return None, None
        return config, classes_in(head_data(config))


def _differences(data: Mapping[str, Any], default: Mapping[str, Any], path: str = "") -> Any:
    for key, value in data.items():
        if isinstance(value, dict) and isinstance(default.get(key), dict):
            yield from _differences(value, default[key], joined(path, key))
        elif value != default.get(key):
            yield f"{joined(path, key)} = {shown(value)}"

"""Move a configuration to the other edition, and report what became of its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from poise.config import ModelConfig, unwarned
from poise.config.conversion import Change, Converted, converted
from poise.editions import EDITIONS, SLEAP, Edition
from poise.errors import ConfigError, Fault
from poise.job.sections import JobRecord
from poise.messages import short_repr
from poise.sleap.migration_report import MigrationReport, Note, shown
from poise.wire.structure import unstructure


@attrs.frozen
class Moved:
    """A configuration that was moved to another edition.

    Attributes:
        config: the configuration, in that edition.
        report: a note on each value that was converted, and on each difference between the
            editions that affects this model and that no value evens out.
    """

    config: ModelConfig
    report: MigrationReport


def to_edition(
    config: ModelConfig, edition: Edition, *, job: JobRecord | None = None
) -> ModelConfig:
    """Move a configuration to an edition, so that it means there what it meant before.

    Fields may have another unit in each edition: ``sigma`` of confidence maps is in cells in
    edition sleap-1.4 and in pixels in edition 2026. Poise converts such values so that training
    targets stay as they were, or as near as the editions allow. ``attrs.evolve(config,
    edition=…)`` keeps the numbers instead, and so changes their meaning.

    Args:
        config: the configuration, in either edition. It is not changed.
        edition: ``"sleap-1.4"`` or ``"2026"``.
        job: the other sections of the configuration's job, ``poise.read(path).job``. Some of
            them mean something for the model in one edition only: ``center_on_part``.

    Raises:
        ConfigError: a value has no counterpart in that edition. The error lists all of them.
        PluginError: a plugin cannot convert its section.
    """
    return to_edition_with_report(config, edition, job=job).config


def to_edition_with_report(
    config: ModelConfig, edition: Edition, *, job: JobRecord | None = None
) -> Moved:
    """Move a configuration as ``to_edition`` does, and also report what changed."""
    faults = list(_faults_of_arguments(config, edition, job))
    if faults:
        raise ConfigError(faults)
    moved = converted(config, edition, job)
    _refuse_invalid(moved.config)
    return Moved(moved.config, MigrationReport(_notes(moved, config.units)))


def _faults_of_arguments(config: Any, edition: Any, job: Any) -> Iterator[Fault]:
    if not isinstance(config, ModelConfig):
        yield Fault(f"must be a poise.ModelConfig, got {short_repr(config)}", "config")
    if edition not in EDITIONS:
        names = " or ".join(map(repr, EDITIONS))
        yield Fault(f"must be {names}, got {short_repr(edition)}", "edition")
    if job is not None and not isinstance(job, JobRecord):
        what = f"must be a JobRecord, as poise.read(path).job, got {short_repr(job)}"
        yield Fault(what, "job")


def _refuse_invalid(config: ModelConfig) -> None:
    """Raise if a file with this configuration could not be read."""
    with unwarned():
        try:
            ModelConfig.from_data(config.to_data())
        except ConfigError as error:
            raise error.with_heading(f"no such model in edition {config.edition!r}") from None


def _notes(moved: Converted, before: Edition) -> Iterator[Note]:
    after = moved.config.edition
    for change in moved.changes:
        yield Note("converted", change.path, _sentence(change, before, after))
    for path in moved.unread:
        what = f"its numbers are as in edition {before!r}; install its plugin to convert them"
        yield Note("unchecked", path, what)
    for path, difference in moved.uneven:
        was, now = difference.sleap, difference.documented
        if after == SLEAP:
            was, now = now, was
        yield Note("edition", path, f"{difference.name}: before, {was}; now, {now}")


def _sentence(change: Change, before: Edition, after: Edition) -> str:
    values = f"{_text(change.before)} in edition {before} is {_text(change.after)} in {after}"
    difference = change.difference
    now = difference.sleap if after == SLEAP else difference.documented
    return f"{values}; {difference.name}: {now}"


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else shown(unstructure(value))

"""``poise migrate``: the same model in another edition, as a new file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import click

from poise.cli import _output
from poise.cli._apart import apart
from poise.cli._shared import complain_of_faults
from poise.editions import DOCUMENTED, EDITIONS, Edition
from poise.errors import FaultsError, PoiseError
from poise.job.sections import InstanceCroppingConfig, JobRecord, PreprocessingConfig
from poise.reading import Reading, read
from poise.sleap import MigrationReport
from poise.sleap.edition_change import Moved, to_edition_with_report
from poise.sleap.migration_report import Note, shown
from poise.wire.structure import unstructure
from poise.wire.text import write_json, write_yaml
from poise.writing.whole_files import refuse_taken, write_text

EPILOG = """\b
Examples:
  poise migrate profile.json                  what would change
  poise migrate profile.json -o new.json      the profile in edition 2026
  poise migrate new.json --edition sleap-1.4 -o old.json
"""

YAML = (".yaml", ".yml")


@click.command("migrate", epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--edition",
    type=click.Choice(EDITIONS),
    default=DOCUMENTED,
    show_default=True,
    help="The edition to move to.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the new file there.")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
def command(file: Path, edition: Edition, output: Path | None, overwrite: bool) -> int:
    """Move the configuration in FILE to another edition, so that it means the same there.

    FILE is what `poise check` takes. Values with another unit in that edition, such as sigma,
    are converted, and each has a line in the report. Without -o, nothing is written. A job
    keeps its other sections; comments are not kept. Of a saved model, the new file holds the
    configuration alone, and the report lists what else there is.

    Exit status: 0 converted; 1 FILE has faults, or no counterpart in that edition; 2 it cannot
    be read.
    """
    try:
        apart(lambda: _tried(file, edition))
        return _migrate(file, edition, output, overwrite)
    except FaultsError as error:
        complain_of_faults(file, error)
        return 1


def _tried(file: Path, edition: Edition) -> None:
    """Call the functions of plugins that migrating calls."""
    reading = read(file)
    to_edition_with_report(reading.config, edition, job=reading.job)


def _migrate(file: Path, edition: Edition, output: Path | None, overwrite: bool) -> int:
    reading = read(file)
    if output is not None:
        _refuse_output(output, overwrite, is_job=reading.written is not None)
    moved = to_edition_with_report(reading.config, edition, job=reading.job)
    _output.heading(f"{file}: edition {reading.config.edition} to {edition}")
    report = MigrationReport([*moved.report, *_left_out(reading)])
    for line in str(report).splitlines():
        _output.say(f"  {line}")
    if output is None:
        _output.say("nothing written; name a new file with -o")
        return 0
    data = _data(reading, moved)
    is_yaml = output.suffix.lower() in YAML
    write_text(output, write_yaml(data) if is_yaml else f"{write_json(data)}\n")
    _output.say(f"saved in {output}")
    return 0


def _left_out(reading: Reading) -> list[Note]:
    """Notes on what the new file lacks: keys of the model section, and what is beside it."""
    notes = reading.report.of("not_carried_over")
    if reading.written is not None:  # a job, which keeps all other sections
        return [note for note in notes if note.path.startswith("model.")]
    return [*notes, *_beside(reading)]


def _beside(reading: Reading) -> list[Note]:
    """Notes on what a model folder of Poise holds beside its configuration."""
    values: dict[str, Any] = {**unstructure(reading.job.prepared())}
    others = attrs.evolve(
        reading.job, preprocessing=PreprocessingConfig(), cropping=InstanceCroppingConfig()
    )
    if others != JobRecord():
        values["the other sections of the job"] = unstructure(others.sections)
    if reading.skeleton is not None:
        values["skeleton"] = reading.skeleton.parts
    if reading.classes is not None:
        values["classes"] = reading.classes
    if reading.image != (None, None, None):
        values["image"] = reading.image
    if reading.auto_pad:
        values["auto_pad"] = True
    where = f"only in {reading.model_folder or reading.source}"
    return [
        Note("not_carried_over", path, f"{shown(value)}, {where}") for path, value in values.items()
    ]


def _data(reading: Reading, moved: Moved) -> Any:
    model = moved.config.to_data()
    return model if reading.written is None else {**reading.written, "model": model}


def _refuse_output(output: Path, overwrite: bool, *, is_job: bool) -> None:
    refuse_taken(output, overwrite, "the output")
    if is_job and output.suffix.lower() in YAML:
        raise PoiseError(
            f"the output must be a .json file, got {output}: FILE is a job, which is JSON"
        )

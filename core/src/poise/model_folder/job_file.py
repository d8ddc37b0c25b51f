"""The job of a saved model: how its images are prepared, in ``job.json``."""

from __future__ import annotations

from pathlib import Path

from poise.errors import BundleError, ConfigError
from poise.files import read_text_of
from poise.job.sections import JobRecord
from poise.wire.structure import structure, unstructure
from poise.wire.text import read_json, write_json

JOB = "job.json"


def write_job(folder: Path, job: JobRecord) -> Path | None:
    """Write the job into a model folder, unless it says nothing; return the file."""
    if job == JobRecord():
        return None
    file = folder / JOB
    file.write_text(write_json(unstructure(job)) + "\n", encoding="utf-8")
    return file


def read_job(folder: Path) -> JobRecord:
    """Read the job of a model folder, strictly.

    Raises:
        BundleError: lists every fault.
    """
    try:
        return structure(read_json(read_text_of(folder / JOB)), JobRecord)
    except ConfigError as error:
        raise BundleError(str(error.with_heading(str(folder / JOB)))) from None

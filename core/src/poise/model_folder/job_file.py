"""The job of a saved model: how its images are prepared, in ``job.json``."""

from __future__ import annotations

from pathlib import Path

from poise.errors import BundleError, ConfigError
from poise.files import MAX_TEXT
from poise.job.sections import JobRecord
from poise.wire.structure import structure, unstructure
from poise.wire.text import read_json, write_json
from poise.writing.whole_files import write_text

JOB = "job.json"

LIMIT = 2 * MAX_TEXT
"""Largest ``job.json``, in bytes: any job of ``MAX_TEXT`` with all that it leaves to defaults."""


def write_job(folder: Path, job: JobRecord) -> Path | None:
    """Write the job into a model folder, unless it says nothing; return the file.

    Raises:
        BundleError: it could not be read again.
    """
    if job == JobRecord():
        return None
    data = unstructure(job)
    text = write_json(data)
    if len(text) > MAX_TEXT:  # indented, it may be many times as large as the file of the job
        text = write_json(data, compact=True)
    text += "\n"
    try:
        job_of(text.encode())
    except ConfigError as error:
        raise BundleError(str(error.with_heading("cannot save the job of the model"))) from None
    write_text(folder / JOB, text)
    return folder / JOB


def job_of(text: bytes) -> JobRecord:
    """Read the text of ``job.json``, strictly; raises ``ConfigError`` with every fault."""
    return structure(read_json(text, limit=LIMIT), JobRecord)

"""The model of a run that SLEAP's command line trained: ``models/NAME`` as SLEAP expects it."""

from __future__ import annotations

import json
from pathlib import Path

from poise import load
from poise.editions import SLEAP
from poise.files import read_text_of
from poise.messages import described
from poise.reading.paths import BEST
from poise.sleap.locate import TRAINING
from poise.wire.text import write_json
from poise.writing.whole_files import write_text
from poise_workflows.exporting.sleap.editions import Written, written_of
from poise_workflows.exporting.sleap.jobs import job_data
from poise_workflows.exporting.sleap.weights_files import NAME, write_weights_file


def write_best_model(run: Path) -> list[str]:
    """Write ``best_model.h5`` of the best weights beside ``training_config.json``.

    Args:
        run: the folder of a run with SLEAP's files.

    Returns:
        Why there is none, a sentence: that is no failure of the training.
    """
    try:
        written = written_of(load(run / BEST))
        write_weights_file(written.network, run / NAME)
        _write_model_section(run / TRAINING, written)
    except Exception as error:  # noqa: BLE001  # a night's training does not end by its copy
        return [f"{NAME} for SLEAP's program is not written: {described(error)}"]
    return [f"{TRAINING}: {note}" for note in written.notes]


def _write_model_section(path: Path, written: Written) -> None:
    """Say the model in edition sleap-1.4, the only one that SLEAP has."""
    if written.record.config.edition == SLEAP:
        return
    ours = job_data(written.record, written.config)
    data = json.loads(read_text_of(path))
    data["model"] = ours["model"]
    data["data"]["instance_cropping"] = ours["data"]["instance_cropping"]
    write_text(path, write_json(data) + "\n")

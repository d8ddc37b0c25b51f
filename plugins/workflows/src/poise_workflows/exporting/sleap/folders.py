"""Write a run folder that SLEAP 1.4 opens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from poise.sleap.locate import TRAINING
from poise.wire.text import write_json
from poise.writing.whole_files import write_text
from poise_workflows.exporting.sleap.editions import written_of
from poise_workflows.exporting.sleap.jobs import job_data
from poise_workflows.exporting.sleap.weights_files import NAME, write_weights_file


def write_sleap_folder(model: Any, folder: Path) -> tuple[str, ...]:
    """Write ``best_model.h5`` and ``training_config.json``.

    Args:
        model: a model of ``poise.build``, with its weights. What its job says besides the model
            is written as it is.
        folder: an existing folder. Each file in it appears whole; the configuration is the last,
            so that a folder with it is complete.

    Returns:
        What means something else in SLEAP, a sentence each.

    Raises:
        ExportError: SLEAP 1.4 cannot have the model; says why. Nothing was written.
        OSError: the disk does not take the files.
        ResultsError: likewise, of the weights.
    """
    written = written_of(model)
    text = write_json(job_data(written.record, written.config)) + "\n"
    write_weights_file(written.network, folder / NAME)
    write_text(folder / TRAINING, text)
    return written.notes

"""The model whose weights a training begins with."""

from __future__ import annotations

from pathlib import Path

import poise
from poise.errors import Fault, PoiseError
from poise.messages import argument_path
from poise.weights.formats import find_weights
from poise_workflows.training.errors import TrainingError


def weights_of(path: Path) -> Path:
    """The weights of a model folder, a run or a file of weights.

    Raises:
        TrainingError: there is no such model, or it has no weights.
    """
    got = f"{path}, which does not exist"
    if path.exists():
        try:
            weights = poise.read(path).weights if path.is_dir() else find_weights(path)
        except (PoiseError, OSError) as error:
            got, weights = f"{path} ({error})", None
        else:
            got = f"{path} without weights"
        if weights is not None:
            return weights
    what = f"must be a trained model, got {got}"
    raise TrainingError([Fault(f"{what}; name a model folder or a run", argument_path("start"))])

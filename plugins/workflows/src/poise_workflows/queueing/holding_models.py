"""Models of the videos before, which the next video mostly needs again."""

from __future__ import annotations

import json
import os
from typing import Any

from poise_workflows.prediction.fastest import FramesOf
from poise_workflows.prediction.loading import Models, Predictor, load_for

MOST = 2
"""How many sets of models a worker keeps: two cameras may take turns."""


class KeptModels:
    """Loads models as ``load_for`` does, and keeps those that were needed last."""

    def __init__(self) -> None:
        self._kept: dict[str, Predictor] = {}

    def __call__(
        self, models: Models, options: dict[str, Any], frames: FramesOf | None = None
    ) -> Predictor:
        """The models with these options; those that are kept are not loaded again."""
        key = json.dumps([_names(models), options], sort_keys=True, default=str)
        predictor = self._kept.pop(key, None)
        if predictor is None:
            while len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
            predictor = load_for(models, options, frames)
        self._kept[key] = predictor  # the last one is the latest
        return predictor


def _names(models: Models) -> list[str]:
    return (
        [str(models)] if isinstance(models, str | os.PathLike) else [str(path) for path in models]
    )

"""A suggester as checks examine it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from poise.testing.subjects import Subject
from poise_workflows.suggesting.contract import Predictions, SuggesterSpec
from poise_workflows.suggesting.testing import scenes


class SuggesterSubject(Subject):
    """A suggester's key; suggesters have no configurations."""

    spec: SuggesterSpec  # pyright: ignore[reportIncompatibleMethodOverride] - it is never set

    def badness(self, predictions: Predictions) -> Any:
        """What it says of some predictions, as it is returned."""
        return self.spec.badness(predictions)

    @cached_property
    def eventful(self) -> Any:
        """What it says of a video in which much happens, as an array."""
        return np.asarray(self.badness(scenes.eventful()))

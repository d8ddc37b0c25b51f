"""What an evaluation says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

import poise
from poise.editions import Edition
from poise_workflows.evaluation.meanings import COLUMNS, MEANINGS

Figures = Mapping[str, Mapping[str, Any]]
"""Part or animal → column → figure."""


@attrs.frozen(kw_only=True, eq=False)
class Evaluation:
    """What a comparison of predictions with a truth says.

    Attributes:
        truth: path of the truth; empty for labels in memory.
        predicted: path of the predictions.
        edition: of the metrics.
        options: those of the call, by name.
        metrics: every metric by SLEAP's name, such as ``"dist.avg"``; in edition 2026 also
            ``"detection.…"``, ``"frames.…"``, ``"identity.accuracy"`` and ``"tracking.…"``.
            NaN where there is nothing to measure. Arrays are those of SLEAP.
        parts: part → its figures; in edition sleap-1.4 there are none.
        animals: name of a labeled track → its figures; there are none without tracks, and in
            edition sleap-1.4.
        notes: what to know of the figures, a sentence each.
    """

    truth: str
    predicted: str
    edition: Edition
    options: Mapping[str, Any]
    metrics: Mapping[str, Any]
    parts: Figures
    animals: Figures
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Every metric by SLEAP's name, as SLEAP's ``metrics.*.npz`` have them."""
        return dict(self.metrics)

    def to_json(self) -> dict[str, Any]:
        """The single figures, each with its meaning, as JSON; ``null`` for NaN."""
        return {
            "poise": poise.__version__,
            "truth": self.truth,
            "predicted": self.predicted,
            "edition": self.edition,
            "options": dict(self.options),
            "metrics": {
                name: {"value": plain(self.metrics[name]), "meaning": self._meaning(name)}
                for name in MEANINGS
                if name in self.metrics
            },
            "columns": {name: meaning.text for name, meaning in COLUMNS.items()},
            "parts": _plain_figures(self.parts),
            "animals": _plain_figures(self.animals),
            "notes": list(self.notes),
        }

    def _meaning(self, name: str) -> str:
        return MEANINGS[name].in_edition(self.edition)


def _plain_figures(figures: Figures) -> dict[str, Any]:
    return {
        name: {column: plain(value) for column, value in row.items()}
        for name, row in figures.items()
    }


def plain(value: Any) -> Any:
    """A figure as JSON has it."""
    number = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(number, float) and math.isnan(number) else number

"""What was recommended, and what was left out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Recommended:
    """A configuration.

    Attributes:
        changes: dotted path in the job → value, for all that differs from the profile. ``train``
            takes them as ``values``, and ``poise train`` with ``--set``.
        parameters: numbers in the weights.
        operations: FLOPs for what the network sees at once, a frame or a crop.
        image: height, width and channels of what the network sees.
        training_bytes: the most memory that a process that trains it takes.
        prediction_bytes: the most memory that a process that predicts with it takes.
        fps: frames a second of prediction.
        is_measured: whether these three were measured; or else they are estimates.
        receptive_field: height and width that a cell of the output sees, the smaller of both, in
            pixels of the frame; ``None`` for all that the network sees.
        cells: output → pixels of the frame that a cell of it covers.
        misses: what labels ask for and it does not reach: ``"sight"``, ``"distance"``.
    """

    changes: Mapping[str, Any]
    parameters: int
    operations: int
    image: tuple[int, int, int]
    training_bytes: int
    prediction_bytes: int
    fps: float
    is_measured: bool
    receptive_field: float | None
    cells: Mapping[str, float]
    misses: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Recommendations:
    """Configurations that meet a budget.

    Attributes:
        profile: the profile, as it was named.
        output: the file with the best; ``None`` if none was asked for, or nothing fits.
        configurations: those that fit, the best first.
        looked_at: how many networks were built.
        left: how many more were in reach.
        excluded: a bound → how many configurations break it; one may break several.
        nearest: if nothing fits, a bound → what it must be at least so that something does, the
            others being kept: bytes, or frames a second.
        animal_size: in pixels of the frame; ``None`` if the labels do not tell.
        spacing: the least distance that must stay visible, in pixels of the frame.
        fields: paths of the fields that were changed.
        fixed: paths of the other fields.
        notes: what people should know, a sentence each.
    """

    profile: str
    output: Path | None
    configurations: tuple[Recommended, ...]
    looked_at: int
    left: int
    excluded: Mapping[str, int]
    nearest: Mapping[str, float]
    animal_size: float | None
    spacing: float | None
    fields: tuple[str, ...]
    fixed: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON."""
        return {
            **attrs.asdict(self),
            "output": None if self.output is None else str(self.output),
            "configurations": [attrs.asdict(each) for each in self.configurations],
        }


def changes_in_words(changes: Mapping[str, Any]) -> str:
    """What differs from the profile, as ``--set`` takes it."""
    words = (f"{path.removeprefix('model.')}={_word(value)}" for path, value in changes.items())
    return ", ".join(words) or "the profile as it is"


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def finite(pixels: float) -> float | None:
    """A size, or ``None`` where there is no end to it."""
    return pixels if math.isfinite(pixels) else None

"""Frames of made-up animals, and trackers of both editions."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise.editions import edition
from poise_workflows.tracking.contract import Setting, Sight, Tracked
from poise_workflows.tracking.plugin import poise_trackers
from poise_workflows.tracking.reading_options import config_of

SHAPE = np.array([[0, 0], [10, 0], [20, 0], [20, 10]], float)
"""An animal of four parts, 22.4 pixels long."""


@pytest.fixture
def animals() -> Callable[..., Sight]:
    """``animals(place, …)``: a frame with an animal at each place, x then y.

    An animal at NaN has no visible parts.
    """

    def frame(*places: Any, scores: Any = None, scale: float = 1) -> Sight:
        points = np.array([scale * (SHAPE + place) for place in places]).reshape(-1, 4, 2)
        return Sight(
            number=None,
            points=points,
            point_scores=np.ones(points.shape[:2]),
            scores=np.ones(len(points)) if scores is None else np.array(scores, float),
            is_predicted=np.ones(len(points), bool),
        )

    return frame


@pytest.fixture
def build() -> Callable[..., Any]:
    """``build(edition, key, **options)``: a tracker of four parts."""

    def builder(name: Any, key: str = "simple", created: int = 0, **options: Any) -> Any:
        (spec,) = (spec for spec in poise_trackers() if spec.key == key)
        setting = Setting(parts=tuple("abcd"), image_size=(400, 600), created=created)
        with edition(name):
            return spec.build(config_of(spec.config, options), setting)

    return builder


@pytest.fixture
def tracks_of() -> Callable[[Any, Sequence[Sight]], list[list[int | None]]]:
    """``tracks_of(tracker, frames)``: the track of each instance, ``None`` if it is left out."""

    def track(tracker: Any, frames: Sequence[Sight]) -> list[list[int | None]]:
        return [_in_input_order(tracker.track(frame), len(frame)) for frame in frames]

    return track


def _in_input_order(tracked: Tracked, count: int) -> list[int | None]:
    by_row = dict(zip(tracked.instances.tolist(), tracked.tracks.tolist(), strict=True))
    return [by_row.get(row) for row in range(count)]


@pytest.fixture(scope="session")
def swarm() -> dict[str, Any]:
    """Six animals of five parts that cross, and the tracks that SLEAP gave them."""
    path = Path(__file__).parent.parent / "data" / "tracks.json"
    data = dict(json.loads(path.read_text(encoding="utf-8")))
    data["inputs"] = {
        name: np.array(values, int if name in ("frame_idx", "row_splits") else float)
        for name, values in data["inputs"].items()
    }
    return data

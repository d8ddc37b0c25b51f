"""Batches of a made-up run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from poise_workflows.journal.batches import Batch

DESCRIPTION = {
    "models": [{"path": "models/flies", "sha256": "ab12"}],
    "options": {"peak_threshold": 0.2, "frames": [0, 1, 2]},
}


def batch_of(index: int, *, count: int = 4, parts: int = 3, **fields: Any) -> Batch:
    """Batch ``index`` of a run of one video: frame ``f`` has ``f % 3`` animals."""
    numbers = np.arange(index * count, (index + 1) * count)
    splits = np.concatenate([[0], np.cumsum(numbers % 3)])
    rows = int(splits[-1])
    random = np.random.default_rng(index)
    points = random.uniform(0, 500, (rows, parts, 2))
    points[::2, -1] = np.nan
    values = {
        "source": 0,
        "frames": numbers,
        "row_splits": splits,
        "points": points,
        "point_scores": random.uniform(0, 1, (rows, parts)),
        "scores": random.uniform(0, 1, rows),
        "tracks": random.integers(-1, 3, rows),
        "tracking_scores": random.uniform(0, 1, rows),
        "state": f"after batch {index}".encode(),
    }
    return Batch(**(values | fields))


@pytest.fixture
def batch() -> Callable[..., Batch]:
    return batch_of


@pytest.fixture
def description() -> dict[str, Any]:
    return DESCRIPTION

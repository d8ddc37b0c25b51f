"""Runs of every kind: single, untracked, tracked, mixed, several videos."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise import Skeleton
from poise_workflows.journal.batches import Batch
from poise_workflows.journal.writing import open_journal
from poise_workflows.results.contents import Contents, Results, media_video

SKELETON = Skeleton(
    ["thorax", "head", "tail"], [("thorax", "head"), ("thorax", "tail")], name="Skeleton-0"
)
LENGTH = 40
"""Frames of each video, more than are predicted."""

KINDS = ("single", "untracked", "tracked", "mixed", "several", "empty")


def batches_of(kind: str, frames: int = 30, size: int = 4) -> Iterable[Batch]:
    """Batches of a run of this kind; instances have missing parts, frames may be empty."""
    random = np.random.default_rng(7)
    known = 0
    for source in range(2 if kind == "several" else 1):
        for start in range(0, frames, size):
            numbers = np.arange(start, min(start + size, frames))
            counts = _counts(kind, numbers)
            rows = int(counts.sum())
            points = random.uniform(0, 300, (rows, 3, 2)).astype("f4")
            points[random.uniform(size=(rows, 3)) < 0.2] = np.nan
            points[:, 0] = random.uniform(0, 300, (rows, 2))  # at least one part is there
            slots = np.concatenate([np.arange(count) for count in counts] or [[]]).astype(int)
            tracks = slots if kind in ("tracked", "several") else np.full(rows, -1)
            if kind == "mixed":
                tracks = np.where(slots == 0, 0, -1)
            most = int(tracks.max(initial=-1)) + 1
            new = [f"track_{index}" for index in range(known, most)]
            known = max(known, most)
            yield Batch(
                source=source,
                frames=numbers,
                row_splits=np.concatenate([[0], np.cumsum(counts)]),
                points=points,
                point_scores=random.uniform(0.2, 1, (rows, 3)),
                scores=random.uniform(0, 2, rows),
                tracks=tracks,
                tracking_scores=np.where(tracks < 0, 0, random.uniform(0, 1, rows)),
                new_tracks=new,
            )


def _counts(kind: str, numbers: Any) -> Any:
    if kind == "empty":
        return numbers * 0
    if kind == "single":
        return (numbers % 5 > 0).astype(int)
    return np.array([0, 2, 3, 1, 2])[numbers % 5]


def results_of(folder: Path, batches: Iterable[Batch], **contents: Any) -> Results:
    """The results of a journal with these batches."""
    batches = list(batches)
    videos = range(1 + max((batch.source for batch in batches), default=0))
    facts = {
        "skeleton": SKELETON,
        "videos": [media_video(f"films/{n}.mp4", (LENGTH, 64, 80, 1), 25.0) for n in videos],
    }
    with open_journal(folder / "run.journal", {}) as journal:
        for batch in batches:
            journal.append(batch)
    return Results(contents=Contents(**(facts | contents)), recorded=journal.recorded)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Results]:
    """``run(kind)``: the results of a run of this kind."""

    def make(kind: str, **options: Any) -> Results:
        folder = tmp_path / f"journal of {kind}"
        folder.mkdir()
        return results_of(folder, batches_of(kind, **options))

    return make

"""``sleap-track``: several commands of Poise, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from poise_workflows.sleap_commands import sleap_track
from poise_workflows.sleap_commands.track_plan import Plan


@pytest.mark.parametrize(
    ("statuses", "missing", "status", "count"),
    [
        ([0, 0], (), 0, 2),
        ([0, 0], ("a.mp4 is left out",), 1, 2),
        ([2, 0], (), 2, 2),
        ([130, 0], (), 130, 1),
    ],
)
def test_the_worst_status_counts_and_an_interruption_ends_all(
    statuses: list[int],
    missing: tuple[str, ...],
    status: int,
    count: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planned = Plan(commands=(("predict", "a"), ("predict", "b")), missing=missing)
    done: list[Sequence[str]] = []

    def run(words: Sequence[str], notes: Sequence[str]) -> int:
        done.append(words)
        assert list(notes) == list(missing)
        return statuses[len(done) - 1]

    monkeypatch.setattr("poise_workflows.sleap_commands.track_plan.plan", lambda words: planned)
    monkeypatch.setattr(sleap_track, "_run", run)

    assert sleap_track.run([]) == status
    assert len(done) == count


def test_the_folder_of_the_results_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a" / "b"
    planned = Plan(commands=(), folder=folder)
    monkeypatch.setattr("poise_workflows.sleap_commands.track_plan.plan", lambda words: planned)

    assert sleap_track.run([]) == 0
    assert folder.is_dir()

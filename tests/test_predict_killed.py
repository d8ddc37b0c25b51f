"""``poise predict`` is killed, and the same command line goes on to the same files."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest

from killing import IsTime, after_an_event, after_seconds
from killing import killed as kill
from poise.writing.drafts import drafts_of
from poise_workflows.journal.reading import journal_of, read_journal
from small_runs import HOLE, OUTPUTS, command, contents, run, standing, write_images, write_model

pytestmark = pytest.mark.usefixtures("keras")


def killed(folder: Path, is_time: IsTime) -> int:
    """Start the command, kill it when it is time, and return how many frames are done.

    Not one output may stand before everything is predicted.
    """
    done = kill(folder, command(), OUTPUTS[0], is_time)
    journal = journal_of(folder / OUTPUTS[0])
    recorded = read_journal(journal) if journal.exists() else None
    names = standing(folder)
    assert recorded is not None or not names
    if recorded is None or recorded.report is None:
        assert names == []
    return done


def while_writing(folder: Path) -> IsTime:
    """As soon as there is a draft of an output that was not there before."""

    def drafts() -> set[Path]:
        return {draft for name in OUTPUTS for draft in drafts_of(folder / name)}

    before = drafts()

    def is_time(process: subprocess.Popen[str]) -> bool:
        while process.poll() is None and drafts() <= before:
            pass
        return process.poll() is None

    return is_time


@pytest.mark.parametrize(
    ("at_frames", "at_start", "count"),
    [(2, 1, 150), pytest.param(30, 5, 3000, marks=pytest.mark.slow)],
)
def test_a_run_that_is_killed_again_and_again_has_the_files_of_an_uninterrupted_one(
    at_frames: int, at_start: int, count: int, tmp_path: Path
) -> None:
    write_model(tmp_path / "model")
    write_images(tmp_path / "images", count)
    calm, folder = tmp_path / "calm", tmp_path / "killed"
    folder.mkdir()
    before = time.monotonic()
    assert run(calm).returncode == 0
    whole = time.monotonic() - before
    chance = random.Random(16)
    # The first tenth of a whole run is start-up for certain.
    moments = [after_seconds(chance.uniform(0, 0.1) * whole) for _ in range(at_start)]
    most = 0.5 * min(1.0, count / 1000)
    moments += [after_an_event(chance.uniform(0, most)) for _ in range(at_frames)]
    chance.shuffle(moments)

    done = [killed(folder, moment) for moment in moments]
    last = [killed(folder, while_writing(folder))] if at_frames > 3 else []
    end = run(folder)

    assert end.returncode == 0, end.stderr
    assert done == sorted(done)
    assert len(set(done)) > at_frames // 2  # not always at the same frame
    assert done[-1] < count
    assert last in ([], [count])
    assert contents(folder) == contents(calm)
    report = contents(calm)["report"]
    assert [entry["frame"] for entry in report["unreadable"]] == [HOLE]
    assert 0 < report["empty"] == sum(report["missing"].values()) < report["frames"] == count
    assert contents(calm)["count"] > count // 5
    assert [path.name for path in folder.glob("*.part")] == []

"""``poise train`` is killed, and the same command line goes on to the same weights."""

from __future__ import annotations

import json
import random
import subprocess
import time
from pathlib import Path

import pytest

from killing import IsTime, after_an_event, after_seconds
from poise_workflows import train
from small_trainings import command, contents, differing, trained, write_job, write_labels

pytestmark = pytest.mark.usefixtures("keras")


def kill(folder: Path, words: list[str], is_time: IsTime) -> None:
    """Start a command and kill it when it is time; a folder of the run is whole at any moment."""
    with subprocess.Popen(
        command(*words), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert is_time(process), "it ended too early"
        process.kill()
    assert process.returncode == -9
    run = folder / "run"
    if run.exists():
        status = json.loads((run / "status.json").read_text(encoding="utf-8"))
        assert status["state"] == "running"
        assert (run / "request.json").exists()


@pytest.mark.parametrize(
    ("at_epochs", "at_start", "epochs"),
    [(1, 0, 12), pytest.param(16, 4, 120, marks=pytest.mark.slow)],
)
def test_a_training_that_is_killed_again_and_again_has_the_weights_of_an_uninterrupted_one(
    at_epochs: int, at_start: int, epochs: int, tmp_path: Path
) -> None:
    write_job(tmp_path / "job.json")
    write_labels(tmp_path / "flies")
    words = ["../job.json", "../flies/labels.slp", "-o", "run"]
    words += ["--set", f"optimization.epochs={epochs}"]
    calm, folder = tmp_path / "calm", tmp_path / "killed"
    calm.mkdir()
    folder.mkdir()
    before = time.monotonic()
    assert trained(*words, cwd=calm).returncode == 0
    whole = time.monotonic() - before
    chance = random.Random(20)
    moments = [after_seconds(chance.uniform(0, 0.3) * whole) for _ in range(at_start)]
    moments += [after_an_event(chance.uniform(0, 0.5), of="epoch") for _ in range(at_epochs)]
    chance.shuffle(moments)

    for moment in moments:
        kill(folder, words, moment)
    end = trained(*words, cwd=folder)

    assert end.returncode == 0, end.stderr
    assert differing(contents(calm / "run"), contents(folder / "run")) == []
    assert len(contents(calm / "run")["log"].splitlines()) == epochs + 1


def test_a_finished_run_is_left_alone_and_another_seed_gives_other_weights(tmp_path: Path) -> None:
    job, labels = write_job(tmp_path / "job.json"), write_labels(tmp_path / "flies")
    values = {"optimization.epochs": 2}
    first = train(job, labels, tmp_path / "run", values=values)
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "run").rglob("*")}

    again = train(job, labels, tmp_path / "run", values=values)
    same = train(job, labels, tmp_path / "same", values=values)
    other = train(job, labels, tmp_path / "other", values=values, seed=1)

    assert (first.was_finished, again.was_finished) == (False, True)
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "run").rglob("*")} == before
    assert differing(contents(first.folder), contents(same.folder)) == []
    names = differing(contents(first.folder), contents(other.folder))
    assert any(name.startswith("model_") for name in names)
    assert any(name.startswith("best/") for name in names)

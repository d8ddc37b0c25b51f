"""Workers of a queue are killed, ended and moved, and the results are those of one process."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import poise_workflows
from poise_workflows.queueing.stops import Stop
from small_queues import (
    OPTIONS,
    WORDS,
    contents_of,
    ended,
    faults_of,
    poise,
    results_in,
    write_videos,
)
from small_runs import write_model

pytestmark = [
    pytest.mark.usefixtures("keras"),
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL"),
]


@pytest.fixture(scope="module")
def place(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model, 40 short videos, and what one process makes of them in ``calm``."""
    return furnish(tmp_path_factory.mktemp("queue"), 8)


@pytest.fixture(scope="module")
def calm(place: Path) -> dict[str, Any]:
    results = results_in(place / "calm")
    assert len(results) == 40
    assert sum(len(result["instances"]) for result in results.values()) > 40
    return results


def furnish(folder: Path, frames: int) -> Path:
    write_model(folder / "model")
    write_videos(folder / "videos", 40, frames)
    for camera in ("Camera1", "Camera2"):
        (folder / "calm" / camera).mkdir(parents=True)
        poise_workflows.predict(
            folder / "videos" / camera,
            folder / "model",
            folder / "calm" / camera,
            progress="none",
            **OPTIONS,
        )
    return folder


def start(place: Path, results: str, *words: str) -> subprocess.Popen[str]:
    asked = ["predict", place / "videos", "-m", place / "model", "-o", place / results]
    return poise(*asked, "--recursive", "--devices", "cpu", *WORDS, *words)


def worker_at_work(folder: Path, but: set[int]) -> int | None:
    """The number of a process that has begun a video, as the queue says."""
    seen = poise_workflows.status(folder)
    begun = [video.worker for video in seen.videos if video.worker and video.frames_done]
    pids = [int(worker.split("-")[-2]) for worker in begun]
    return next((pid for pid in pids if pid not in but), None)


def kill_workers(place: Path, results: str, kills: int, whole: dict[str, Any]) -> None:
    """Run the command, kill its workers, and look whether the queue tells the truth meanwhile."""
    out, chance = place / results, random.Random(23)
    killed: set[int] = set()
    wrong: list[str] = []
    command = start(place, results, "--jobs", "2")
    while command.poll() is None:
        time.sleep(0.05)
        if not (out / "poise-queue" / "waiting" / "entries.json").exists():
            continue
        wrong += faults_of(poise_workflows.status(out), whole, out)
        pid = worker_at_work(out, killed) if len(killed) < kills else None
        if pid is not None:
            time.sleep(chance.uniform(0, 0.1))
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            killed.add(pid)

    status, said = ended(command)

    assert status == 0, said
    assert wrong == []
    assert len(killed) == kills
    assert results_in(out) == whole
    assert list(out.rglob("*.part")) == []


def test_whichever_workers_are_killed_the_results_are_those_of_one_process(
    place: Path, calm: dict[str, Any]
) -> None:
    kill_workers(place, "killed", 5, calm)


@pytest.mark.slow
def test_fifty_kills_change_nothing(keras: Any, tmp_path: Path) -> None:
    furnish(tmp_path, 60)

    kill_workers(tmp_path, "killed", 50, results_in(tmp_path / "calm"))


def test_two_workers_under_two_mount_points_share_a_queue_and_one_may_end(
    place: Path, calm: dict[str, Any]
) -> None:
    asked = {"recursive": True, **OPTIONS}
    poise_workflows.queue(place / "videos", place / "model", place / "mounted", **asked)
    mounts = [place.parent / f"{place.name}-mount{number}" for number in (1, 2)]
    for mount in mounts:
        mount.symlink_to(place)
    out = place / "mounted"

    first, second = (poise("work", mount / "mounted", "--progress", "none") for mount in mounts)
    while not worker_at_work(out, {second.pid}):
        assert first.poll() is None, ended(first)
        time.sleep(0.05)
    first.send_signal(signal.SIGTERM)

    assert ended(first)[0] == 143
    status, said = ended(second)
    assert status == 0, said
    assert results_in(out) == calm
    assert poise_workflows.status(out).workers == ()


class StopAfter(Stop):
    """The time is up after some batches."""

    left = 5

    def is_due(self) -> bool:
        return not self.left

    def check(self) -> None:
        self.left -= 1
        super().check()


def test_a_video_goes_on_where_everything_is_mounted_elsewhere(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (video,) = write_videos(here / "videos", 1, 20)
    (here / "model").symlink_to(place / "model")
    poise_workflows.queue(here / "videos", here / "model", here / "out", recursive=True, **OPTIONS)

    with monkeypatch.context() as patch:
        patch.setattr("poise_workflows.queueing.attending.Stop", StopAfter)
        before = poise_workflows.work(here / "out", progress="none")
    here.rename(there)
    after = poise_workflows.work(there / "out", progress="none")
    (calm,) = poise_workflows.predict(
        there / "videos" / "Camera1" / video.name,
        there / "model",
        there / "calm.slp",
        progress="none",
        **OPTIONS,
    )

    assert (before.exit_status, before.workers) == (3, ())
    assert before.frames_done == 5
    assert (after.exit_status, after.counts["done"]) == (0, 1)
    assert contents_of(after.videos[0].output) == contents_of(calm.output)


@pytest.mark.slow
def test_an_interrupted_command_ends_all_its_workers_and_the_same_one_goes_on(
    place: Path, calm: dict[str, Any]
) -> None:
    command = start(place, "interrupted", "--jobs", "1")
    out = place / "interrupted"
    entries = out / "poise-queue" / "waiting" / "entries.json"
    while not entries.exists() or not poise_workflows.status(out).counts["done"]:
        assert command.poll() is None, ended(command)
        time.sleep(0.05)
    command.send_signal(signal.SIGTERM)
    status, _ = ended(command)
    seen = poise_workflows.status(out)
    again, said = ended(start(place, "interrupted", "--jobs", "1"))

    assert status == 143
    assert seen.workers == ()
    assert seen.counts["claimed"] == 0
    assert seen.left > 0
    assert (again, results_in(out) == calm) == (0, True), said

"""Workers of a queue are killed, ended and moved, and the results are those of one process."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

import poise_workflows
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
    folder = tmp_path_factory.mktemp("queue")
    write_model(folder / "model")
    videos = write_videos(folder / "videos", 40, 8)
    for video in videos:
        name = video.relative_to(folder / "videos").with_suffix(".predictions.slp")
        (folder / "calm" / name).parent.mkdir(parents=True, exist_ok=True)
    for camera in ("Camera1", "Camera2"):
        poise_workflows.predict(
            folder / "videos" / camera,
            folder / "model",
            folder / "calm" / camera,
            progress="none",
            **OPTIONS,
        )
    return folder


@pytest.fixture(scope="module")
def calm(place: Path) -> dict[str, Any]:
    results = results_in(place / "calm")
    assert len(results) == 40
    assert sum(len(result["instances"]) for result in results.values()) > 40
    return results


def start(place: Path, results: str, *words: str) -> subprocess.Popen[str]:
    asked = ["predict", place / "videos", "-m", place / "model", "-o", place / results]
    return poise(*asked, "--recursive", "--devices", "cpu", *WORDS, *words)


def worker_at_work(folder: Path, but: set[int]) -> int | None:
    """The number of a process that works on a video, as the queue says."""
    seen = poise_workflows.status(folder)
    pids = [int(video.worker.split("-")[-2]) for video in seen.videos if video.worker]
    return next((pid for pid in pids if pid not in but), None)


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_whichever_workers_are_killed_the_results_are_those_of_one_process(
    kills: int, place: Path, calm: dict[str, Any]
) -> None:
    out, chance = place / f"killed{kills}", random.Random(23)
    killed: set[int] = set()
    wrong: list[str] = []
    command = start(place, out.name, "--jobs", "2")
    while command.poll() is None:
        time.sleep(0.02)
        if not (out / "poise-queue" / "waiting" / "entries.json").exists():
            continue
        wrong += faults_of(poise_workflows.status(out), calm, out)
        pid = worker_at_work(out, killed) if len(killed) < kills else None
        if pid is not None:
            time.sleep(chance.uniform(0, 0.2))
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)

    status, said = ended(command)

    assert status == 0, said
    assert wrong == []
    assert len(killed) == kills
    assert results_in(out) == calm
    assert list(out.rglob("*.part")) == []


def test_two_workers_that_see_the_folder_under_two_names_share_a_queue(
    place: Path, calm: dict[str, Any]
) -> None:
    planned, said = ended(start(place, "mounted", "--jobs", "0"))
    assert planned == 0, said
    for mount in ("mount1", "mount2"):
        (place.parent / f"{place.name}-{mount}").symlink_to(place)

    workers = [
        poise("work", place.parent / f"{place.name}-{mount}" / "mounted", "--progress", "none")
        for mount in ("mount1", "mount2")
    ]

    assert [ended(worker)[0] for worker in workers] == [0, 0]
    assert results_in(place / "mounted") == calm


def test_a_worker_that_is_terminated_gives_its_video_back_and_another_place_goes_on(
    place: Path, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    (here / "model").symlink_to(place / "model")
    (video,) = write_videos(here / "videos", 1, 400)
    poise_workflows.queue(here / "videos", here / "model", here / "out", recursive=True, **OPTIONS)
    worker = poise("work", here / "out", "--progress", "none")
    while not list((here / "out").rglob("*.journal")):
        assert worker.poll() is None, ended(worker)
        time.sleep(0.02)
    worker.send_signal(signal.SIGTERM)

    status, said = ended(worker)
    seen = poise_workflows.status(here / "out")
    (state,) = seen.videos
    here.rename(there)  # as another machine mounts it elsewhere
    after = poise_workflows.work(there / "out", progress="none")
    whole = poise_workflows.predict(
        there / "videos" / "Camera1" / video.name, there / "model", there / "calm.slp", **OPTIONS
    )

    assert status == 143, said
    assert seen.workers == ()
    assert (state.state, state.worker, seen.exit_status) == ("waiting", "", 3)
    assert 0 <= state.frames_done < 400
    assert (after.exit_status, after.counts["done"]) == (0, 1)
    assert contents_of(after.videos[0].output) == contents_of(whole[0].output)


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

"""What a queue of 10,000 videos costs beside predicting; ``queue.py`` runs this.

- *Per video*: what eight workers pay in turns for the queue's files: they take an entry, renew the
  claim twice, are asked by the guard of the journal ten times, and finish. Median and mean.
- *Status*: ``poise status FOLDER --json``, from the start of Python to its end, while entries wait,
  are claimed, are done, and are set aside with reasons. Median.

The limits are of processor time, which other load on the machine changes little. The time that
passes is told as well.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from poise_workflows.queueing.claiming import Queue
from poise_workflows.queueing.owners import this_owner
from poise_workflows.queueing.plans import Plan, Video, write_plan

ENTRIES = 10_000
WORKERS = 8
RECORDS = 10
"""Records of a journal before each of which the guard is asked."""

BEATS = 2
ASIDE, CLAIMED = 100, 200
"""Entries that are set aside and claimed when the status is read."""

LIMIT_MILLISECONDS = 20.0
"""For a video, beside its prediction."""

LIMIT_SECONDS = 1.0
"""For the status."""


def attempt(queue: Queue) -> None:
    """All that a worker asks of the queue for a video."""
    claim = queue.take()
    assert claim is not None
    for _ in range(BEATS):
        queue.beat({"frames": 1000})
    for _ in range(RECORDS):
        claim.require_held()
    assert claim.finish(1000)


def videos(folder: Path, count: int) -> dict[str, Any]:
    """Milliseconds for a video."""
    queues = [Queue(folder, this_owner(f"GPU {index}")) for index in range(WORKERS)]
    began = time.perf_counter()
    queues[0].create(range(ENTRIES))
    created = time.perf_counter() - began
    passed, worked = [], []
    for index in range(count):
        before = time.perf_counter(), time.process_time()
        attempt(queues[index % WORKERS])
        passed.append(time.perf_counter() - before[0])
        worked.append(time.process_time() - before[1])
    return {
        "videos": count,
        "created_seconds": round(created, 2),
        **_milliseconds("passed", passed),
        **_milliseconds("processor", worked),
        "limit_milliseconds": LIMIT_MILLISECONDS,
    }


def _milliseconds(name: str, seconds: list[float]) -> dict[str, float]:
    return {
        f"{name}_median_milliseconds": round(statistics.median(seconds) * 1000, 3),
        f"{name}_mean_milliseconds": round(statistics.fmean(seconds) * 1000, 3),
    }


def plan(folder: Path) -> None:
    """Write the plan of the queue in a folder of results."""
    videos = tuple(
        Video(
            number=number,
            source=f"../recordings/Camera{number % 8}/{number}.mp4",
            output=f"Camera{number % 8}/{number}.predictions.slp",
            models=("../models/flies",),
            frames=1000,
        )
        for number in range(ENTRIES)
    )
    write_plan(Plan(videos=videos, options={}, models={}, retries=3), folder)


def status(folder: Path, repeats: int) -> dict[str, Any]:
    """Seconds of ``poise status``."""
    plan(folder.parent)
    for index in range(ASIDE + CLAIMED):
        queue = Queue(folder, this_owner())
        claim = queue.take()
        assert claim is not None
        if index < ASIDE:
            claim.set_aside("frame 12 cannot be read")
            queue.close()
    command = [sys.executable, "-P", "-m", "poise", "status", str(folder.parent), "--json"]
    passed, worked, answer = [], [], ""
    for _ in range(repeats):
        before = time.perf_counter(), _of_children()
        answer = subprocess.run(command, check=False, capture_output=True, text=True).stdout
        passed.append(time.perf_counter() - before[0])
        worked.append(_of_children() - before[1])
    facts = json.loads(answer)
    counts, reasons = facts["counts"], [video["reason"] for video in facts["videos"]]
    assert sum(counts.values()) == len(reasons) == ENTRIES, counts
    assert (len(facts["workers"]), sum(map(bool, reasons))) == (WORKERS + CLAIMED, ASIDE), counts
    return {
        "counts": counts,
        "passed_median_seconds": round(statistics.median(passed), 3),
        "processor_median_seconds": round(statistics.median(worked), 3),
        "limit_seconds": LIMIT_SECONDS,
    }


def _of_children() -> float:
    """Processor time of the processes that this one has started and waited for."""
    times = os.times()
    return times.children_user + times.children_system


def main() -> int:
    """Measure, print JSON; 1 if a limit is exceeded, unless the run is quick."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer videos and repeats")
    parser.add_argument("-o", "--output", type=Path, help="also write the JSON there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root, "poise-queue")
        per_video = videos(folder, 200 if options.quick else ENTRIES // 2)
        of_status = status(folder, 1 if options.quick else 9)
    is_within = (
        per_video["processor_mean_milliseconds"] <= LIMIT_MILLISECONDS
        and of_status["processor_median_seconds"] <= LIMIT_SECONDS
    )
    report = {
        "benchmark": "queue",
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "entries": ENTRIES,
        "workers": WORKERS,
        "per_video": per_video,
        "status": of_status,
        "within_limits": is_within,
    }
    text = json.dumps(report, indent=2)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    return 0 if is_within or options.quick else 1

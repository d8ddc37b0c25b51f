"""What trackers cost a frame, against plain Python loops over the same rules, and their memory.

Ten animals of 13 parts walk for 10,000 frames, some parts hidden. Poise's tracker and the plain
loops take turns at pieces of the clip; the first frames must get the same tracks from both.
Processor time is that of the process. Memory is what Python has allocated at most (tracemalloc),
after a tenth of the frames and after all of them, and the size of the tracker's state at both.

    python tests/benchmarks/tracking.py [--quick] [-o FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _plain_filters import Kalman
from _plain_tracking import Simple

from poise_workflows.tracking.contract import Setting, Sight, Tracker
from poise_workflows.tracking.plugin import poise_trackers

ANIMALS, PARTS, SIZE = 10, 13, 1024
WINDOW = 5
PIECE = 50
"""Frames of a turn. In the first one no part is hidden, so that filters can begin."""

COMPARED = 300
"""Frames whose tracks must be those of the plain loops."""

NODES = 0, 1, 2
"""Parts that Kalman filters follow."""

MOST = 0.5
"""Largest ratio to the plain loops, of the trackers that have a limit."""

GROWTH = 1.1
"""Largest ratio of the memory after all frames to that after a tenth of them."""


class Job(NamedTuple):
    """A tracker to time.

    ``plain()`` makes the plain loops with the same rules.
    """

    key: str
    options: dict[str, Any]
    plain: Callable[[], Any]
    limit: float | None


JOBS = (
    Job("simple", {}, lambda: Simple("instance", "greedy", WINDOW), MOST),
    Job(
        "simple",
        {"similarity": "centroid", "match": "hungarian"},
        lambda: Simple("centroid", "hungarian", WINDOW),
        None,
    ),
    Job("simple", {"similarity": "iou"}, lambda: Simple("iou", "greedy", WINDOW), None),
    Job(
        "simplemaxtracks",
        {"max_tracks": ANIMALS},
        lambda: Simple("instance", "greedy", WINDOW, ANIMALS),
        None,
    ),
    Job(
        "kalman",
        {
            "target_instance_count": ANIMALS,
            "kf_init_frame_count": 10,
            "kf_node_indices": NODES,
        },
        lambda: Kalman(WINDOW, ANIMALS, 10, NODES),
        MOST,
    ),
)


def clip(frames: int) -> Iterator[Sight]:
    """Animals that walk at random, one frame after the other."""
    random = np.random.default_rng(0)
    places = random.uniform(0, SIZE, (ANIMALS, 1, 2))
    shapes = random.normal(0, 20, (ANIMALS, PARTS, 2))
    for number in range(frames):
        places = np.clip(places + random.normal(0, 3, places.shape), 0, SIZE)
        points = places + shapes + random.normal(0, 0.5, shapes.shape)
        points[random.random((ANIMALS, PARTS)) < (0.05 if number >= PIECE else 0)] = np.nan
        yield Sight(
            number=number,
            points=points[random.permutation(ANIMALS)],
            point_scores=np.ones((ANIMALS, PARTS)),
            scores=np.ones(ANIMALS),
            is_predicted=np.ones(ANIMALS, bool),
        )


def built(job: Job) -> Tracker:
    """Poise's tracker."""
    (spec,) = (spec for spec in poise_trackers() if spec.key == job.key)
    setting = Setting(parts=tuple(map(str, range(PARTS))))
    return spec.build(spec.config(track_window=WINDOW, **job.options), setting)


def check(job: Job) -> None:
    """End the run if the first frames do not get the same tracks from both."""
    tracker, plain = built(job), job.plain()
    for sight in clip(COMPARED):
        tracked = tracker.track(sight)
        tracks = np.full(len(sight), -1)
        tracks[tracked.instances] = tracked.tracks
        if tracks.tolist() != (expected := plain.track(sight.points, sight.point_scores)):
            sys.exit(f"{job.key} {job.options}: {tracks} are not the plain loops' {expected}")


def costs(job: Job, frames: int) -> tuple[float, float]:
    """Processor time a frame in seconds, of Poise's tracker and of the plain loops.

    The plain loops get every tenth piece of the clip; their state is small enough not to matter.
    """
    tracker, plain = built(job), job.plain()
    spent, counts = {"poise": 0.0, "plain": 0.0}, {"poise": 0, "plain": 0}
    piece: list[Sight] = []
    for number, sight in enumerate(clip(frames), start=1):
        piece.append(sight)
        if len(piece) < PIECE:
            continue
        turns: dict[str, Callable[[Sight], Any]] = {"poise": tracker.track}
        if number % (10 * PIECE) == 0:
            turns["plain"] = lambda sight: plain.track(sight.points, sight.point_scores)
        for name, track in turns.items():
            start = time.process_time()
            for each in piece:
                track(each)
            spent[name] += time.process_time() - start
            counts[name] += len(piece)
        piece = []
    return spent["poise"] / counts["poise"], spent["plain"] / counts["plain"]


def memory(job: Job, frames: int) -> dict[str, Any]:
    """Peak memory and size of the state, after a tenth of the frames and after all of them."""
    tracker = built(job)
    peaks, states = [], []
    tracemalloc.start()
    for number, sight in enumerate(clip(frames), start=1):
        tracker.track(sight)
        if number in (frames // 10, frames):
            peaks.append(tracemalloc.get_traced_memory()[1])
            states.append(len(tracker.state()))
            tracemalloc.reset_peak()
    tracemalloc.stop()
    return {"peak_bytes": peaks, "state_bytes": states, "growth": round(peaks[1] / peaks[0], 3)}


def timed(job: Job, frames: int) -> dict[str, Any]:
    """The figures of a tracker."""
    check(job)
    ours, plain = costs(job, frames)
    facts = memory(job, frames)
    ratio = ours / plain
    return {
        "tracker": job.key,
        "options": job.options,
        "microseconds_a_frame": round(ours * 1e6, 1),
        "microseconds_a_frame_plain": round(plain * 1e6, 1),
        "ratio": round(ratio, 3),
        "at_most": job.limit,
        **facts,
        "met": (job.limit is None or ratio <= job.limit) and facts["growth"] <= GROWTH,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="2,000 frames")
    parser.add_argument("-o", "--output", type=Path, help="also write the JSON here")
    arguments = parser.parse_args()
    frames = 2_000 if arguments.quick else 10_000
    results = []
    for job in JOBS:
        results.append(timed(job, frames))
        print(*results[-1].values(), file=sys.stderr, flush=True)
    report = {
        "numpy": np.__version__,
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "animals": ANIMALS,
        "parts": PARTS,
        "frames": frames,
        "window": WINDOW,
        "results": results,
        "met": all(result["met"] for result in results),
    }
    text = json.dumps(report, indent=2)
    print(text)
    if arguments.output:
        arguments.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

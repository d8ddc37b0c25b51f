"""How fast targets are made, against the plain formulas written with the same library.

The plain formulas go image by image and instance by instance over the whole image, vectorized
over parts, also in ``keras.ops``; Poise's functions get a batch, as in training. Both are traced
where the backend can (as in a train step or a data pipeline), and take turns, in processor time.
What is timed is also compared: both must agree in every turn. Images are 1024 × 1024, parts 13,
edges 12; throughput is in images per second. Targets of one animal at stride 1 are also judged by
what it costs to fill such an array.

The plain formulas take the same step for each instance, so that one image of fifty is fifty
repetitions of it. Such a job has one image and one turn. A whole run takes some five minutes of
processor time.

    python tests/benchmarks/targets.py [--quick] [-o FILE]
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import ops

from poise_heads.confmaps.targets import confidence_maps
from poise_heads.pafs.targets import part_affinity_fields

SIZE = (1024, 1024)
BATCHES = {1: 4, 5: 4, 50: 1}
"""Instances in an image → images in a batch, which are four in SLEAP's baseline profiles."""

PARTS = 13
STRIDES = (1, 2, 4)
INSTANCES = (1, 5, 50)
SIGMA = 5.0
"""Spread of the confidence maps in pixels."""

FIELDS = {"pafs": ("gaussian", 15.0), "pafs of sleap-1.4": ("squared", 75.0)}
"""Default of edition 2026, and what SLEAP's own profiles have."""

TURNS = {1: 9, 5: 2, 50: 1}
"""Instances in an image → how often each of the candidates computes them."""

LIMITS = {"confmaps": 5.0, "pafs": 3.0, "pafs of sleap-1.4": 3.0}
"""Smallest speedup over the plain formulas."""

WRITING = {"confmaps": 2.0, "pafs": 5.0, "pafs of sleap-1.4": 2.5}
"""Largest cost for one animal at stride 1, in times of filling an array with a constant."""


class Job(NamedTuple):
    """One target to time, computed by Poise and by the plain formulas.

    ``batched()`` computes it for all images of the batch, ``plain(image)`` for one of them, and
    ``plain(image, count)`` for the first instances alone.
    """

    target: str
    stride: int
    instances: int
    batched: Callable[[], Any]
    plain: Callable[..., Any]
    channels: int

    @property
    def batch(self) -> int:
        """How many images ``batched()`` computes."""
        return BATCHES[self.instances]

    def constant(self) -> Callable[[], Any]:
        """Fills arrays as large as the maps, with a number that tracing does not know."""
        shape = (self.batch, SIZE[0] // self.stride, SIZE[1] // self.stride, self.channels)
        return partial(traced(partial(ops.full, shape)), ops.convert_to_tensor(0.5))


def animals(count: int) -> np.ndarray:
    """Points ``(B, I, P, 2)``: chains of parts some 20 pixels apart; every tenth is hidden."""
    rng = np.random.default_rng(count)
    starts = rng.uniform(0.0, SIZE[0], (BATCHES[count], count, 1, 2))
    steps = rng.normal(0.0, 20.0, (BATCHES[count], count, PARTS, 2))
    points = (starts + np.cumsum(steps, axis=2)).astype("float32")
    points[rng.random(points.shape[:-1]) < 0.1] = np.nan
    return points


def grid(stride: int) -> tuple[Any, Any]:
    """x of the columns ``(1, W, 1)`` and y of the rows ``(H, 1, 1)``."""
    x = np.arange(0, SIZE[1], stride, dtype="float32")[None, :, None]
    y = np.arange(0, SIZE[0], stride, dtype="float32")[:, None, None]
    return ops.convert_to_tensor(x), ops.convert_to_tensor(y)


def plain_confmaps(maps: Any, instance: Any, stride: int) -> Any:
    """``exp(-((c·s - x)² + (r·s - y)²) / (2·sigma²))`` of one instance, and the maximum."""
    x, y = grid(stride)
    squared = ops.square(x - instance[:, 0]) + ops.square(y - instance[:, 1])
    confidence = ops.exp(-squared / (2 * SIGMA**2))
    return ops.maximum(maps, ops.where(ops.isnan(confidence), 0.0, confidence))


def plain_pafs(fields: Any, instance: Any, stride: int, profile: str, sigma: float) -> Any:
    """The distance of every cell to every edge of one instance, its field, and the sum."""
    x, y = grid(stride)
    cells = ops.stack(ops.meshgrid(x[0, :, 0], y[:, 0, 0]), axis=-1)[:, :, None]
    source, vector = instance[:-1], instance[1:] - instance[:-1]
    squared = ops.sum(ops.square(vector), axis=-1)
    place = ops.sum((cells - source) * vector, axis=-1) / ops.maximum(squared, 1.0)
    nearest = ops.clip(place, 0.0, 1.0)[..., None] * vector
    distance = ops.sum(ops.square(nearest - (cells - source)), axis=-1)
    if profile == "squared":
        distance = ops.square(distance)
    weight = ops.exp(-distance / (2 * sigma**2))
    field = weight[..., None] * (vector / ops.sqrt(squared)[:, None])
    field = ops.reshape(field, (*field.shape[:2], -1))
    return fields + ops.where(ops.isnan(field), 0.0, field)


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as it runs in a train step, without Python between its operations."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(function)
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    return function


def one_by_one(step: Callable[..., Any], points: np.ndarray) -> Callable[..., Any]:
    """Apply the plain formula to the instances of an image in turn."""
    step = traced(step)
    images = [[ops.convert_to_tensor(instance) for instance in image] for image in points]

    def call(image: int, count: int | None = None) -> Any:
        result = ops.zeros(())
        for instance in images[image][:count]:
            result = step(result, instance)
        return result

    return call


def jobs() -> Iterator[Job]:
    """Every target to time."""
    for stride, count in itertools.product(STRIDES, INSTANCES):
        points = animals(count)
        argument = ops.convert_to_tensor(points)
        compute = traced(partial(confidence_maps, size=SIZE, stride=stride, sigma=SIGMA))
        plain: Callable[..., Any] = partial(plain_confmaps, stride=stride)
        yield Job(
            *("confmaps", stride, count),
            partial(compute, argument),
            one_by_one(plain, points),
            PARTS,
        )
        for target, (profile, sigma) in FIELDS.items():
            compute = traced(partial(fields, stride=stride, profile=profile, sigma=sigma))
            plain = partial(plain_pafs, stride=stride, profile=profile, sigma=sigma)
            yield Job(
                *(target, stride, count),
                *(partial(compute, argument), one_by_one(plain, points)),
                2 * (PARTS - 1),
            )


def fields(points: Any, stride: int, profile: Any, sigma: float) -> Any:
    """Fields of the edges from each part to the next."""
    return part_affinity_fields(points[:, :, :-1], points[:, :, 1:], SIZE, stride, sigma, profile)


def timed(function: Callable[..., Any], *args: Any) -> tuple[float, np.ndarray]:
    """Processor time of a call until its numbers are there, which a CPU need not copy; and they."""
    start = time.process_time()
    numbers = np.asarray(function(*args))
    return time.process_time() - start, numbers


def agree(target: str, maps: np.ndarray, plain: np.ndarray) -> None:
    """End the run if an image's maps are not those of the plain formulas."""
    apart = float(np.abs(maps - plain).max()) if maps.shape == plain.shape else math.inf
    if not apart <= 1e-4:
        sys.exit(f"{target} is not the plain formula's: off by {apart}")


def measured(job: Job, turns: int) -> dict[str, float]:
    """Median seconds per image of all three, taking turns in which both must agree."""
    constant = job.constant()
    for warm_up in (job.batched, partial(job.plain, 0, 2), constant):  # they are traced here
        timed(warm_up)
    times: dict[str, list[float]] = {"ours": [], "plain": [], "constant": []}
    for turn in range(turns):
        image = turn % job.batch
        ours, maps = timed(job.batched)
        plain, numbers = timed(job.plain, image)
        agree(job.target, maps[image], numbers)
        del maps, numbers
        times["ours"].append(ours / job.batch)
        times["plain"].append(plain)
        times["constant"].append(timed(constant)[0] / job.batch)
    return {name: statistics.median(durations) for name, durations in times.items()}


def judged(job: Job, turns: int) -> dict[str, Any]:
    """The job's figures beside their limits."""
    median = measured(job, turns)
    ratio, writing = median["plain"] / median["ours"], median["ours"] / median["constant"]
    is_judged = (job.stride, job.instances) == (1, 1)
    most = WRITING[job.target] if is_judged else math.inf
    return {
        "target": job.target,
        "stride": job.stride,
        "instances": job.instances,
        "images_per_second": round(1 / median["ours"], 2),
        "images_per_second_plain": round(1 / median["plain"], 2),
        "times_faster": round(ratio, 1),
        "at_least": LIMITS[job.target],
        "times_of_writing": round(writing, 2),
        "at_most": most if is_judged else None,
        "met": ratio >= LIMITS[job.target] and writing <= most,
    }


def main() -> int:
    """Measure and print JSON; return 1 if a limit is not met, unless the run is quick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one turn, and no 50 instances")
    parser.add_argument("-o", "--output", type=Path, help="also write the JSON here")
    arguments = parser.parse_args()
    began, results = time.process_time(), []
    for job in jobs():
        if arguments.quick and job.instances > 5:
            continue
        results.append(judged(job, 1 if arguments.quick else TURNS[job.instances]))
        print(*results[-1].values(), file=sys.stderr, flush=True)
    report = {
        "backend": keras.backend.backend(),
        "keras": keras.version(),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "size": SIZE,
        "batches": BATCHES,
        "parts": PARTS,
        "seconds": round(time.process_time() - began),
        "results": results,
        "met": all(result["met"] for result in results),
    }
    text = json.dumps(report, indent=2)
    print(text)
    if arguments.output:
        arguments.output.write_text(text + "\n", encoding="utf-8")
    return 0 if report["met"] or arguments.quick else 1


if __name__ == "__main__":
    sys.exit(main())

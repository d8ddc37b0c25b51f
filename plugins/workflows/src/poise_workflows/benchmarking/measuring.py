"""The measurement of one row, in a process of its own.

    python -m poise_workflows.benchmarking.measuring < job.json

The last line that it prints is the row as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from poise.cli.commands import import_keras
from poise_workflows.exporting.pictures import made_up
from poise_workflows.memory_use import peak_memory

WARM = 2
"""Calls before the first that is timed: compilation, then memory."""

LEAST = 5
"""Calls that are timed, however long they take."""

LONG = 0.2
"""Seconds of a call from which on the machine's peak does not grow with the arrays any more."""


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """The figures of a row.

    Args:
        job: what ``processes.job_of`` has written.
    """
    from poise_workflows.prediction.devices import on_device

    is_keras = job["export"] is None
    if is_keras:
        import_keras(in_batches=job["batch_size"] > 1)
    with on_device(job["device"], "keras" if is_keras else job["runtime"]) as device:
        network = _network(job)
        frames = made_up(job["batch_size"], tuple(job["image"]), "uint8")
        network(frames)
        start = time.time() - psutil.Process().create_time()
        seconds = timed(lambda: network(frames), job["seconds"])
    return {
        "library": str(device),
        "frames_per_second": job["batch_size"] * len(seconds) / sum(seconds),
        "latency": float(np.median(seconds)),
        "latency_99": float(np.percentile(seconds, 99)),
        "calls": len(seconds),
        "start": start,
        "memory": peak_memory(),
    }


def timed(call: Callable[[], Any], seconds: float) -> list[float]:
    """How long each call took, over some seconds."""
    for _ in range(WARM):
        call()
    each: list[float] = []
    began = time.perf_counter()
    while len(each) < LEAST or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        call()
        each.append(time.perf_counter() - start)
    return each


def _network(job: dict[str, Any]) -> Callable[[Any], Any]:
    """The network as ``poise predict`` has it."""
    import attrs

    from poise_workflows.pipelines.composing import network_of
    from poise_workflows.pipelines.exports import read_either

    member = read_either(Path(job["model"]))
    if job["export"] is not None:
        member = attrs.evolve(member, export=Path(job["export"]))
        return network_of(member, job["batch_size"], runtime=job["runtime"])
    options: dict[str, Any] = {"jit_compile": True} if job["runtime"] == "xla" else {}
    return network_of(member, job["batch_size"], precision=job["precision"], **options)


def measure_peak(job: dict[str, Any]) -> dict[str, Any]:
    """FLOPs a second of a large convolution and a large product of matrices, the better one."""
    from poise_workflows.prediction.devices import on_device

    import_keras(in_batches=True)
    with on_device(job["device"]) as device:
        return {"library": str(device), "flops": max(_of_products(), _of_convolutions())}


def _of_products() -> float:
    from keras import ops

    def cost(side: int) -> tuple[Callable[[], Any], float]:
        matrix = ops.ones((side, side), "float32")
        return lambda: ops.sum(ops.matmul(matrix, matrix)), 2.0 * side**3

    return _best([1024, 2048, 4096, 8192], cost)


def _of_convolutions() -> float:
    from keras import ops

    side, channels = 64, 128
    kernel = ops.ones((3, 3, channels, channels), "float32")

    def cost(batch: int) -> tuple[Callable[[], Any], float]:
        images = ops.ones((batch, side, side, channels), "float32")
        convolve: Callable[[], Any] = lambda: ops.sum(  # noqa: E731  # beside its cost
            ops.conv(images, kernel, padding="same", data_format="channels_last")
        )
        return convolve, 2.0 * batch * side**2 * 9 * channels**2

    return _best([4, 16, 64, 256], cost)


def _best(sizes: Sequence[int], cost: Callable[[int], tuple[Callable[[], Any], float]]) -> float:
    """The most FLOPs a second, with arrays that grow until a call takes long."""
    from keras import ops

    best = 0.0
    for size in sizes:
        call, operations = cost(size)
        least = min(timed(lambda call=call: ops.convert_to_numpy(call()), 0))  # type: ignore[misc]
        best = max(best, operations / least)
        if least > LONG:
            break
    return best


def main() -> None:
    """Read a job, and print its figures."""
    job = json.load(sys.stdin)
    figures = measure_peak(job) if job["runtime"] is None else measure(job)
    print(json.dumps(figures), flush=True)  # noqa: T201  # for the process that waits


if __name__ == "__main__":
    main()

"""What decoding costs in processor time: against one forward pass, and against plain formulas.

Five animals of 13 parts on a frame of 1024 × 1024 pixels, their maps and fields at strides 1,
2 and 4, decoded by ``poise.decode``. The same run compares this with two baselines:

- one forward pass of SLEAP's profile ``baseline_medium_rf.bottomup`` on such a frame, the
  upper limit for decoding at every stride;
- the plain formulas with the same NumPy and SciPy: one map, one peak and one pair at a time.

*Many animals*: up to a hundred of them at stride 4, against the same decoder with pairs scored by
the plain formulas for all pairs at once. *Global peaks*: the highest cells of a batch of maps,
against two reductions by NumPy.

    python tests/benchmarks/decoding.py [--quick] [-o FILE]
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import _plain_decoding
import keras
import numpy as np
from scipy.optimize import linear_sum_assignment

import poise
from poise_heads import (
    MultiInstanceConfig,
    MultiInstanceConfmapsHeadConfig,
    PartAffinityFieldsHeadConfig,
)
from poise_heads.confmaps.peaks import global_peaks
from poise_heads.decoding import bottom_up
from poise_unet import UNetConfig

SIZE = 1024
ANIMALS = 5
PARTS = tuple(f"part {index}" for index in range(13))
EDGES = tuple(itertools.pairwise(PARTS))
STRIDES = (1, 2, 4)
THRESHOLD, PATCH, N_POINTS = 0.2, 5, 10

MANY = {1: 0.8, 5: 0.8, 20: 1.2, 50: 2.0, 100: 3.0}
"""Number of animals → least speedup of decoding where pairs are scored by Poise."""

BATCHES = {1: 4.0, 16: 5.0}
"""Number of images → least speedup of global peaks."""


def heads(stride: int, of_fields: int) -> MultiInstanceConfig:
    """The bottom-up heads of the profile at other strides."""
    return MultiInstanceConfig(
        confmaps=MultiInstanceConfmapsHeadConfig(
            part_names=PARTS, sigma=2.5 * stride, output_stride=stride
        ),
        pafs=PartAffinityFieldsHeadConfig(edges=EDGES, sigma=75.0, output_stride=of_fields),
    )


def forward_pass() -> Callable[[], Any]:
    """One frame through the network of SLEAP's profile, a small one."""
    config = poise.ModelConfig(
        backbone=UNetConfig(
            max_stride=32, output_stride=4, filters=16, filters_rate=2.0, up_interpolate=True
        ),
        heads=heads(4, 8),
        edition="sleap-1.4",
    )
    model = poise.build(config, (SIZE, SIZE, 1))
    frame = np.random.default_rng(0).random((1, SIZE, SIZE, 1), dtype=np.float32)
    return lambda: model.predict_on_batch(frame)


def frame_of_animals() -> Any:
    """Points ``(I, P, 2)``: animals in columns of the frame, each part below the one before."""
    random = np.random.default_rng(0)
    x = np.linspace(120, 900, ANIMALS)[:, None] + np.cumsum(
        random.normal(0, 8, (ANIMALS, len(PARTS))), axis=1
    )
    y = 100 + 60 * np.arange(len(PARTS)) + random.normal(0, 6, (ANIMALS, len(PARTS)))
    return np.stack([x, y], axis=-1).astype(np.float32)


def herd(count: int) -> Any:
    """Points ``(I, P, 2)``: animals anywhere, each part some 20 pixels from the one before."""
    random = np.random.default_rng(count)
    start = random.uniform(60, SIZE - 60, (count, 1, 2))
    points = start + np.cumsum(random.normal(0, 14, (count, len(PARTS), 2)), axis=1)
    return points.clip(8, SIZE - 8).astype(np.float32)


def predictions_of(points: Any, stride: int, sigma_of_fields: float = 75.0) -> dict[str, Any]:
    """Maps ``(1, H, W, P)`` and fields ``(1, H, W, 2 · E)`` as a good network predicts them."""
    grid = np.arange(0, SIZE, stride, dtype=np.float32)
    sigma = 2.5 * stride
    across, down = (
        np.exp(-((points[..., axis, None] - grid) ** 2) / (2 * sigma**2)) for axis in (0, 1)
    )
    maps = np.max(down[..., :, None] * across[..., None, :], axis=0)  # (P, H, W)
    fields = np.zeros((len(EDGES), 2, len(grid), len(grid)), dtype=np.float32)
    for animal, edge in itertools.product(points, range(len(EDGES))):
        source, vector = animal[edge], animal[edge + 1] - animal[edge]
        from_x, from_y = grid[None, :] - source[0], grid[:, None] - source[1]
        squared = (vector**2).sum()
        along = np.clip((from_x * vector[0] + from_y * vector[1]) / squared, 0, 1)
        off = (from_x - along * vector[0]) ** 2 + (from_y - along * vector[1]) ** 2
        unit = vector / np.linalg.norm(vector)
        fields[edge] += np.exp(-(off**2) / (2 * sigma_of_fields**2)) * unit[:, None, None]
    noise = np.random.default_rng(1).normal(0, 0.02, maps.shape)
    return {
        "confmaps": np.ascontiguousarray(np.moveaxis(maps + noise, 0, -1)[None], dtype=np.float32),
        "pafs": np.ascontiguousarray(
            fields.reshape(-1, len(grid), len(grid)).transpose(1, 2, 0)[None], dtype=np.float32
        ),
    }


def plainly(predictions: dict[str, Any], stride: int) -> Any:
    """The same by the plain formulas, one map, one peak and one pair at a time."""
    maps, pafs = predictions["confmaps"][0], predictions["pafs"][0]
    height, width, parts = maps.shape
    reach = PATCH // 2
    peaks: list[list[Any]] = []
    for part in range(parts):
        padded = np.pad(maps[..., part], 1, constant_values=-np.inf)
        around = [
            padded[1 + row : 1 + row + height, 1 + column : 1 + column + width]
            for row in (-1, 0, 1)
            for column in (-1, 0, 1)
            if row or column
        ]
        highest = (maps[..., part] > np.max(around, axis=0)) & (maps[..., part] > THRESHOLD)
        zeros = np.pad(maps[..., part], reach).clip(min=0)
        part_peaks = []
        for row, column in zip(*np.nonzero(highest), strict=True):
            patch = zeros[row : row + PATCH, column : column + PATCH]
            steps = np.arange(PATCH) - reach
            x = column + (patch * steps).sum() / patch.sum()
            y = row + (patch * steps[:, None]).sum() / patch.sum()
            part_peaks.append(np.array([x, y]) * stride)
        peaks.append(part_peaks)
    animals: list[dict[int, int]] = []
    for edge in range(len(EDGES)):
        sources, destinations = peaks[edge], peaks[edge + 1]
        scores = np.zeros((len(sources), len(destinations)))
        for source, destination in itertools.product(range(len(sources)), range(len(destinations))):
            vector = destinations[destination] - sources[source]
            length = np.linalg.norm(vector)
            total = 0.0
            for step in np.linspace(0, 1, N_POINTS):
                place = np.rint((sources[source] + step * vector) / stride).astype(int)
                x, y = np.clip(place, 0, (width - 1, height - 1))
                total += pafs[y, x, 2 * edge : 2 * edge + 2] @ (vector / length)
            longest = 0.25 * SIZE
            scores[source, destination] = total / N_POINTS + min(longest / length - 1, 0)
        for source, destination in zip(*linear_sum_assignment(-scores), strict=True):
            if scores[source, destination] < 0.25:
                continue
            owner = next((animal for animal in animals if animal.get(edge) == source), None)
            if owner is None:
                owner = {edge: int(source)}
                animals.append(owner)
            owner[edge + 1] = int(destination)
    return np.array([[peaks[part][animal[part]] for part in range(parts)] for animal in animals])


def seconds(calls: dict[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Median processor times of calls that take turns, after a warm-up."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(repeats + 1):
        for name, call in calls.items():
            began = time.process_time()
            call()
            if turn:
                times[name].append(time.process_time() - began)
    return {name: statistics.median(values) for name, values in times.items()}


def measure(stride: int, repeats: int, forward: Callable[[], Any]) -> dict[str, Any]:
    """Times and ratios at one stride."""
    points = frame_of_animals()
    predictions = predictions_of(points, stride)
    config = poise.ModelConfig(backbone=UNetConfig(max_stride=32), heads=heads(stride, stride))
    resolution = poise.resolve(config)
    # As a model gives them: arrays of the backend.
    tensors = {name: keras.ops.convert_to_tensor(array) for name, array in predictions.items()}
    instances = poise.decode(resolution, tensors)
    for decoded in (instances.points[0], plainly(predictions, stride)):
        order = np.argsort(decoded[:, 0, 0])
        np.testing.assert_allclose(decoded[order], points, atol=stride)
    calls = {
        "decode": lambda: poise.decode(resolution, tensors),
        "plain": lambda: plainly(predictions, stride),
        "forward": forward,
    }
    medians = seconds(calls, repeats)
    return {
        "stride": stride,
        "milliseconds": {name: round(value * 1000, 2) for name, value in medians.items()},
        "times_faster_than_plain": round(medians["plain"] / medians["decode"], 2),
        "part_of_a_forward_pass": round(medians["decode"] / medians["forward"], 3),
        "within_limit": medians["decode"] < medians["forward"],
    }


def compared(medians: dict[str, float], least: float) -> dict[str, Any]:
    """Milliseconds of Poise and of the plain formulas, and whether the ratio is large enough."""
    ratio = medians["plain"] / medians["poise"]
    return {
        "milliseconds": {name: round(value * 1000, 2) for name, value in medians.items()},
        "times_faster_than_plain": round(ratio, 2),
        "at_least": least,
        "within_limit": ratio >= least,
    }


def measure_many(count: int, repeats: int) -> dict[str, Any]:
    """Times and ratios for this number of animals."""
    stride = 4
    predictions = predictions_of(herd(count), stride, sigma_of_fields=12.0)
    config = poise.ModelConfig(backbone=UNetConfig(max_stride=32), heads=heads(stride, stride))
    resolution = poise.resolve(config)
    quick = bottom_up.scores

    def decode(scores: Any) -> Any:
        vars(bottom_up)["scores"] = scores
        try:
            return poise.decode(resolution, predictions)
        finally:
            vars(bottom_up)["scores"] = quick

    both = [decode(scores).points for scores in (quick, _plain_decoding.scores)]
    np.testing.assert_array_equal(*both)
    calls = {"poise": lambda: decode(quick), "plain": lambda: decode(_plain_decoding.scores)}
    return {"animals": count, **compared(seconds(calls, repeats), MANY[count])}


def measure_global(images: int, repeats: int) -> dict[str, Any]:
    """Times and ratios of global peaks for a batch of this many images."""
    maps = np.repeat(predictions_of(herd(1), 4)["confmaps"], images, axis=0)
    peaks, plain = global_peaks(maps), _plain_decoding.highest_cells(maps)
    for array, other in zip((peaks.row, peaks.column, peaks.value), plain, strict=True):
        np.testing.assert_array_equal(array, other.ravel())
    calls = {
        "poise": lambda: global_peaks(maps),
        "plain": lambda: _plain_decoding.highest_cells(maps),
    }
    return {"images": images, **compared(seconds(calls, repeats), BATCHES[images])}


def main() -> int:
    """Measure and print JSON; return 1 if a limit is not met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("-o", "--output", type=Path, help="also write the JSON there")
    options = parser.parse_args()
    forward = forward_pass()
    repeats = 3 if options.quick else 15
    results = [measure(stride, repeats, forward) for stride in STRIDES]
    many = [measure_many(count, repeats) for count in ([5] if options.quick else MANY)]
    global_peaks_of = [measure_global(images, repeats) for images in BATCHES]
    report = {
        "benchmark": "decoding",
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "machine": platform.machine(),
        "frame": [SIZE, SIZE],
        "animals": ANIMALS,
        "parts": len(PARTS),
        "results": results,
        "many_animals": many,
        "global_peaks": global_peaks_of,
    }
    text = json.dumps(report, indent=2)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    within = all(result["within_limit"] for result in (*results, *many, *global_peaks_of))
    return 0 if within or options.quick else 1  # a few repeats only show that it runs


if __name__ == "__main__":
    sys.exit(main())

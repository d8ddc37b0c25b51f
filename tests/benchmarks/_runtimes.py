"""A row for each runtime: one network on frames in memory, as ``poise predict`` runs it.

The network is the U-Net of the profile ``baseline_medium_rf.single`` with random weights. Each
runtime is a process, and they take turns. TensorFlow is there with oneDNN and without, and the
faster of the two is what others are compared with. ``auto`` is what ``--runtime auto`` takes.
Beside a runtime of exports is its own floor: a bare session on the same images, in the same
process. On PyTorch, Keras is beside a plain network of the same layers.

Seconds are those of the wall, the lower quartile of the calls of a turn, since others only disturb;
the processor time of a call is beside them. A ratio is the median of those of the turns.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from _turns import Asked
from _turns import turns as asked_turns

SIZES = (256, 1024)
BATCHES = (1, 4)

TARGETS = {256: 0.8, 1024: 0.65}
"""Side of the frames → what part of TensorFlow's time single frames may take."""

AUTO = 1.05
"""What part of TensorFlow's time ``auto`` may take, in batches of any size."""

FLOOR = 1.1
"""What part of the bare session's time single frames of 256² may take."""

PLAIN = 1.3
"""What part of a plain PyTorch network's time Keras on PyTorch may take."""

SECONDS, LONGEST = 0.5, 6.0
"""Of a turn, for a frame of the smallest size; and of any turn."""

MORE = 4
"""How many times as many turns the shortest calls get, which noise disturbs most."""

PAUSE = 0.05
"""Seconds before another session computes: threads of ONNX Runtime spin for a while."""

LOOPS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "tensorflow": ("keras", {"KERAS_BACKEND": "tensorflow", "TF_ENABLE_ONEDNN_OPTS": "0"}),
    "tensorflow, oneDNN": ("keras", {"KERAS_BACKEND": "tensorflow", "TF_ENABLE_ONEDNN_OPTS": "1"}),
    "onnx": ("onnx", {}),
    "openvino": ("openvino", {}),
    "auto": ("auto", {"KERAS_BACKEND": "tensorflow"}),
    "torch": ("torch", {"KERAS_BACKEND": "torch"}),
}
"""Row → what its process runs, and its environment."""

NEEDS = {"onnx": "onnxruntime", "openvino": "openvino", "torch": "torch"}


def rows(turns: int, folder: Path) -> Any:
    """Every row of every size and batch."""
    import poise_workflows

    model = save_model(folder / "model")
    facts = poise_workflows.benchmark(model, image=(256, 256, 1), batch_sizes=1, runtimes="keras")
    for side in SIZES:
        for batch in BATCHES:
            row = measure(model, side, batch, turns, folder)
            yield {**row, **bounded(row, facts.operations * (side / 256) ** 2 * batch, facts.peak)}


def bounded(row: Mapping[str, Any], operations: float, peak: float) -> dict[str, Any]:
    """How close each runtime is to the machine's peak, and the goals that lie beyond it.

    A goal of a time in which the processor cannot do the network's FLOPs is not held against
    anybody.
    """
    times = row["milliseconds_of_wall_and_processor"]
    of_peak = {
        name: round(operations / peak / calls["network"][0] * 1000, 3)
        for name, calls in times.items()
    }
    beyond = [
        name
        for name in row["goals"]
        if name == "single frames" and of_peak[row["reference"]] > TARGETS[row["side"]]
    ]
    met = all(row["goals"][name] for name in row["goals"] if name not in beyond)
    figures = {"gflops_at_peak": round(peak / 1e9, 1), "of_peak": of_peak}
    return {**figures, "goals_beyond_peak": beyond, "met": met}


def save_model(folder: Path) -> Path:
    """The network, with random weights."""
    import poise
    from poise_workflows.training.jobs import read_job

    reading = read_job("baseline_medium_rf.single")
    parts = poise.Skeleton(tuple(f"part {number}" for number in range(13)))
    model = poise.build(reading.config, (None, None, 1), parts, seed=0, job=reading.job)
    poise.save(model, folder)
    return folder


def measure(model: Path, side: int, batch: int, turns: int, folder: Path) -> dict[str, Any]:
    """The rows of a size and a batch."""
    processes = {}
    for name, (runtime, environment) in LOOPS.items():
        if find_spec(NEEDS.get(name, "keras")) is None:
            continue
        facts = json.dumps([runtime, str(model), side, batch])
        words = ["env", f"POISE_CACHE_DIR={folder / 'cache'}"]
        words += [f"{key}={value}" for key, value in environment.items()]
        words += [sys.executable, __file__, facts]
        processes[name] = Asked(words, folder / f"{name}.{side}.{batch}.log")
        processes[name].line()  # one after the other: the first one writes the export
    seconds = min(SECONDS * batch * (side / min(SIZES)) ** 2, LONGEST)
    for _ in range(turns if seconds > SECONDS else MORE * turns):
        for process in processes.values():
            process.ask(seconds)
    ends = {name: json.loads(process.end()) for name, process in processes.items()}
    return {"side": side, "batch": batch, **judged(ends, side, batch)}


def judged(ends: dict[str, Any], side: int, batch: int) -> dict[str, Any]:
    """The rows with their ratios, and whether the goals are met."""
    times = {
        name: {call: np.array([turn[call] for turn in end["turns"]]) for call in end["turns"][0]}
        for name, end in ends.items()
    }
    walls = {name: calls["network"][:, 0] for name, calls in times.items()}
    reference = min(
        (name for name in walls if name.startswith("tensorflow")),
        key=lambda name: float(np.median(walls[name])),
    )
    ratios = {name: ratio(wall, walls[reference]) for name, wall in walls.items()}
    floors = {
        name: ratio(walls[name], calls["bare"][:, 0])
        for name, calls in times.items()
        if "bare" in calls
    }
    met = goals(ratios, floors, side, batch)
    milliseconds = {
        name: {call: np.round(1000 * np.median(table, 0), 2).tolist() for call, table in of.items()}
        for name, of in times.items()
    }
    return {
        "auto_took": ends["auto"]["took"],
        "milliseconds_of_wall_and_processor": milliseconds,
        "reference": reference,
        "ratio_to_tensorflow": ratios,
        "ratio_to_bare": floors,
        "goals": met,
        "met": all(met.values()),
    }


def ratio(here: Any, there: Any) -> float:
    """The median of the ratios of turns, since what disturbs lasts longer than a turn."""
    return round(float(np.median(here / there)), 3)


def goals(
    ratios: Mapping[str, float], floors: Mapping[str, float], side: int, batch: int
) -> dict[str, bool]:
    """Which goals there are for a size and a batch, and whether they are met."""
    met = {"auto": ratios["auto"] <= AUTO}
    if batch == 1 and {"onnx", "openvino"} & ratios.keys():
        met["single frames"] = ratios["auto"] <= TARGETS[side]
    if batch == 1 and side == min(SIZES):
        met["floor"] = all(floors[name] <= FLOOR for name in floors if name != "torch")
    if "torch" in floors:
        met["torch"] = floors["torch"] <= PLAIN
    return met


def loop(runtime: str, model: Path, side: int, batch: int) -> None:
    """Call a network again and again for as long as the other process asks; then tell the costs."""
    from poise_workflows.exporting.pictures import made_up

    frames = made_up(batch, (side, side, 1), "uint8")
    calls, took = calls_of(runtime, model, frames)
    for call in calls.values():
        call()
        call()
    of_turns = []
    for seconds in asked_turns():
        costs: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
        for name, call in calls.items():
            time.sleep(PAUSE)
            end = time.perf_counter() + seconds / len(calls)
            while time.perf_counter() < end:
                began, used = time.perf_counter(), time.process_time()
                call()
                costs[name].append((time.perf_counter() - began, time.process_time() - used))
        of_turns.append({name: quartiles(pairs) for name, pairs in costs.items()})
    print(json.dumps({"turns": of_turns, "took": took}), flush=True)


def quartiles(pairs: Sequence[tuple[float, float]]) -> list[float]:
    """The lower quartile of the wall's seconds, and of the processor's."""
    return [float(np.percentile(column, 25)) for column in zip(*pairs, strict=True)]


def calls_of(runtime: str, model: Path, frames: Any) -> tuple[dict[str, Callable[[], Any]], str]:
    """What is timed, and what ``auto`` has taken."""
    import poise_workflows

    chosen = runtime if runtime in ("onnx", "openvino", "auto") else "keras"
    predictor = poise_workflows.load(model, batch_size=len(frames), runtime=chosen)
    (network,) = predictor.pipeline.networks
    calls: dict[str, Callable[[], Any]] = {"network": lambda: network(frames)}
    if chosen in ("onnx", "openvino"):
        calls["bare"] = BARE[chosen](predictor.pipeline.first.export, frames)
    if runtime == "torch":
        calls["bare"] = plain_torch(network, frames)
    return calls, predictor.options.runtime


def bare_onnx(export: Path, frames: Any) -> Callable[[], Any]:
    """ONNX Runtime as its own pages show it."""
    import onnxruntime

    session = onnxruntime.InferenceSession(export / "model.onnx")
    images = frames.astype(np.float32) / 255
    return lambda: session.run(None, {"image": images})


def bare_openvino(export: Path, frames: Any) -> Callable[[], Any]:
    """OpenVINO as its own pages show it, in float32 and for one shape."""
    import openvino

    network = openvino.Core().read_model(export / "model.onnx")
    images = frames.astype(np.float32) / 255
    network.reshape(list(images.shape))
    settings = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    compiled = openvino.compile_model(network, "CPU", settings)
    return lambda: compiled(images)


BARE = {"onnx": bare_onnx, "openvino": bare_openvino}


def plain_torch(network: Any, frames: Any) -> Callable[[], Any]:
    """The plain network, from frames to arrays as well."""
    import torch
    from _plain_torch import Plain

    plain = Plain(network.model).eval()

    def predict() -> dict[str, Any]:
        with torch.inference_mode():
            images = torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255
            outputs = plain(images)
            return {name: each.permute(0, 2, 3, 1).numpy() for name, each in outputs.items()}

    for name, array in predict().items():
        np.testing.assert_allclose(array, network(frames)[name], atol=1e-4)
    return predict


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _runtime, _model, _side, _batch = json.loads(sys.argv[1])
    loop(_runtime, Path(_model), _side, _batch)

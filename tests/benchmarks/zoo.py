"""Which backbone? All of them on the same made-up animals, with the same budget.

Each network trains on 200 images for so many seconds of processor time, in a process of its own;
compiling, validation and saving are not counted. Then it predicts 50 new images:

- *accuracy*: median and 95 % error in pixels, and the share of the animals that it detects;
- *frames*: images for each second of processor time, from uint8 to points;
- *memory*: the largest resident set of the process that trains, in MiB;
- *parameters*, and FLOPs of an image.

Every network begins with random weights. A row is written as soon as it is there, and the same
command again measures what the file lacks.

    python tests/benchmarks/zoo.py [--quick | --full] [--only ROW …] [--also KEY …] [-o FILE]

Without ``--full``: the small size, the scene of several animals, three seeds. ``--also`` takes
the key of any other installed backbone, in its default configuration or as
``KEY={"field": value}``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as the commands set it

from _zoo_networks import NETWORKS, SIZES, job, learning_rate_of
from _zoo_scenes import SCENES, write_scene

BUDGET, QUICK_BUDGET = 45.0, 3.0
"""Seconds of processor time of a training."""

IMAGES, NEW = 200, 50
SEEDS = 3


def main() -> None:
    options = _options()
    if options.train:
        print(json.dumps(measure(**json.loads(options.train))))
        return
    rows = _rows_of(options.output)
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(options):
            if not any(case.items() <= row.items() for row in rows):
                rows.append(_measured(case, Path(folder)))
                _write(options.output, rows)
                print(json.dumps(rows[-1]), flush=True)
    _write(options.output, rows)
    failed = [row for row in rows if "error" in row]
    sys.exit(1 if failed else 0)


def cases(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """What is trained, one case after another; the seeds come last, so that rows fill evenly."""
    scenes = tuple(SCENES) if options.full else ("several",)
    sizes = SIZES if options.full else SIZES[:1]
    seeds = 1 if options.quick else SEEDS
    networks = {**NETWORKS, **dict(map(_other, options.also))}
    for seed in range(seeds):
        for scene in scenes:
            for name, of_sizes in networks.items():
                for size in sizes:
                    if size in of_sizes and (not options.only or name in options.only):
                        case = {"row": name, "size": size, "scene": scene, "seed": seed}
                        budget = {"budget": options.budget, "learning_rate": learning_rate_of(name)}
                        yield {**case, **budget, "backbone": of_sizes[size]}


def _other(text: str) -> tuple[str, dict[str, Any]]:
    """A backbone of another plugin: ``KEY`` or ``KEY={"field": value}``."""
    key, _, fields = text.partition("=")
    return key, {"small": {key: json.loads(fields or "{}")}}


def _measured(case: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Train in a process of its own, whose memory is then its own."""
    words = [sys.executable, __file__, "--train", json.dumps({"case": case, "folder": str(folder)})]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        return {**case, "error": done.stderr.strip().splitlines()[-1:]}
    return {**case, **json.loads(done.stdout.splitlines()[-1])}


def measure(case: dict[str, Any], folder: str) -> dict[str, Any]:
    """Train a network, predict new images, and compare."""
    import poise
    import poise_workflows

    place = Path(folder)
    labels, new = (
        _scene(place, case["scene"], count, seed) for count, seed in ((IMAGES, 1), (NEW, 2))
    )
    name = "-".join(str(case[key]) for key in ("row", "size", "scene", "seed"))
    config = place / f"{name}.json"
    fields = job(case["backbone"], case["scene"], case["learning_rate"])
    config.write_text(json.dumps(fields), encoding="utf-8")
    budget = _budget(case["budget"])
    run = poise_workflows.train(
        config, labels, place / name, seed=case["seed"], callbacks=[budget], progress="none"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    poise_workflows.predict(new, run.folder, place / f"{name}.slp", progress="none")
    cost = poise.inspect(poise.load(run.folder / "best"))
    return {
        **_accuracy(new, place / f"{name}.slp"),
        "epochs": run.epochs,
        "frames_per_second": round(_frames_per_second(run.folder, new), 1),
        "memory": round(peak),
        "parameters": cost.parameters,
        "operations": cost.operations,
    }


METRICS = {
    "median": "dist.p50",
    "p95": "dist.p95",
    "recall": "detection.recall",
    "precision": "detection.precision",
    "parts": "vis.recall",
}
"""Figure of a row → metric."""


def _accuracy(truth: Path, predicted: Path) -> dict[str, float | None]:
    """The figures; a network that finds nothing has no errors to measure."""
    import poise_workflows

    metrics = poise_workflows.evaluate(truth, predicted).to_dict()
    values = {name: float(metrics[metric]) for name, metric in METRICS.items()}
    return {name: None if math.isnan(value) else round(value, 4) for name, value in values.items()}


def _scene(folder: Path, scene: str, count: int, seed: int) -> Path:
    path = folder / f"{scene}-{seed}.pkg.slp"
    return path if path.exists() else write_scene(path, scene, count, seed)


def _budget(seconds: float) -> Any:
    """A callback that ends a training after the epoch in which its steps have cost so much."""
    import keras

    class Budget(keras.callbacks.Callback):
        """Counts the processor time of steps, but not of the first, which compiles."""

        def __init__(self) -> None:
            super().__init__()
            self._spent = self._began = 0.0
            self._is_compiled = False

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            self._began = time.process_time()

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self._spent += (time.process_time() - self._began) * self._is_compiled
            self._is_compiled = True

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if self._spent >= seconds:
                self.model.stop_training = True

    return Budget()


def _frames_per_second(run: Path, labels: Path) -> float:
    """Of prediction in batches of four, by processor time: the median of several calls."""
    import numpy as np
    import sleap_io

    import poise_workflows

    frames = list(sleap_io.load_slp(str(labels)))
    images = np.stack([frame.image for frame in frames[:4]])
    predictor = poise_workflows.load(run)
    predictor.predict_frames(images)
    costs = []
    for _ in range(9):
        began = time.process_time()
        predictor.predict_frames(images)
        costs.append(time.process_time() - began)
    return float(len(images) / np.median(costs))


def _rows_of(output: Path) -> list[dict[str, Any]]:
    """The rows of an earlier run that measured something."""
    if not output.is_file():
        return []
    rows = json.loads(output.read_text(encoding="utf-8"))["rows"]
    return [row for row in rows if "error" not in row]


def _write(output: Path, rows: list[dict[str, Any]]) -> None:
    import keras

    facts = {"images": IMAGES, "new_images": NEW, "cores": os.cpu_count()}
    versions = {"python": platform.python_version(), "keras": keras.__version__}
    draft = output.with_suffix(".draft")
    draft.write_text(json.dumps({**facts, **versions, "rows": rows}, indent=1) + "\n", "utf-8")
    draft.replace(output)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one seed and a small budget")
    parser.add_argument("--full", action="store_true", help="both sizes and all three scenes")
    parser.add_argument("--only", nargs="+", metavar="ROW", default=[])
    parser.add_argument("--also", nargs="+", metavar="KEY", default=[])
    parser.add_argument("--budget", type=float, help="seconds of processor time of a training")
    parser.add_argument("--train", help=argparse.SUPPRESS)
    parser.add_argument("-o", "--output", type=Path, default=Path("zoo.json"))
    options = parser.parse_args()
    options.budget = options.budget or (QUICK_BUDGET if options.quick else BUDGET)
    return options


if __name__ == "__main__":
    main()

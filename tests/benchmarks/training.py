"""What ``poise train`` costs beyond ``fit`` on arrays in memory.

- *Step*: processor time of a step of ``poise.train`` without augmentation, against that of a step
  of ``fit`` on arrays in memory plus that of their targets. Epochs of both take turns in one
  process, each with its own copy of the network. What an epoch costs beside its steps (validation,
  saving) is not part of either.
- *Augmentation*: what all of it together costs for an image, against an image's part of that step.
- *Memory*: the largest resident set of the command, against what it said before the first epoch.

Images and labels are made up.

    python tests/benchmarks/training.py [--quick] [--only PROFILE] [--parts PART …] [-o FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as the command sets it

import keras
import numpy as np
from _turns import Process

import poise
from poise.job.optimization import AugmentationConfig
from poise_workflows import train
from poise_workflows.augmentation.augmenting import augment
from poise_workflows.training import fitting
from poise_workflows.training.jobs import read_job
from poise_workflows.training.networks import build, compile_model
from poise_workflows.training.options import Options
from poise_workflows.training.pictures import read_pictures
from poise_workflows.training.plans import Plan, plan_of

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
import small_trainings

LIMITS = {"step": 1.1, "augmentation": 0.25, "memory": 0.2}

PROFILES = (
    "baseline_medium_rf.single",
    "baseline_medium_rf.bottomup",
    "baseline_medium_rf.topdown",
)
SMALL = PROFILES[0]
"""The stock profile that costs least for an image of this size."""

SIZE, FRAMES = 384, 40
OFF = {"rotate": False, "translate": False, "scale": False}
ALL = AugmentationConfig(
    rotate=True,
    translate=True,
    scale=True,
    uniform_noise=True,
    gaussian_noise=True,
    contrast=True,
    brightness=True,
    random_flip=True,
)


def values(steps: int, epochs: int) -> dict[str, Any]:
    """Fields of the job: as many steps, nothing changed at random, and little to validate."""
    switches = {f"optimization.augmentation_config.{name}": value for name, value in OFF.items()}
    return {
        **switches,
        "optimization.epochs": epochs,
        "optimization.batches_per_epoch": steps,
        "optimization.val_batches_per_epoch": 1,
        "optimization.early_stopping.stop_training_on_plateau": False,
    }


def seconds_of(call: Callable[[], Any], repeats: int) -> float:
    """Processor time of a call, in all threads: the median."""
    costs = []
    for _ in range(repeats):
        began = time.process_time()
        call()
        costs.append(time.process_time() - began)
    return float(np.median(costs))


class Steps(keras.callbacks.Callback):
    """Processor time of the steps of an epoch. The first ones fill what is read ahead."""

    FIRST = 3

    def __init__(self) -> None:
        super().__init__()
        self.costs: list[float] = []
        self._began = self._last = 0.0
        self._batch = 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._batch, self._last = batch, time.process_time()
        if batch == self.FIRST - 1:
            self._began = self._last

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch:  # in the first one, functions are compiled
            count = self._batch + 1 - self.FIRST
            self.costs.append((self._last - self._began) / count)


class Turns(Steps):
    """After each epoch of ``poise train``, an epoch of its rival."""

    def __init__(self, rival: Callable[[int], None]) -> None:
        super().__init__()
        self._rival = rival

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        super().on_epoch_end(epoch, logs)
        self._rival(epoch)


class Bare:
    """``fit`` on arrays in memory: those of a training, and its targets.

    Args:
        plan: of the training.
        steps: of an epoch.
    """

    def __init__(self, plan: Plan, steps: int) -> None:
        self.model = build(plan.reading, plan.geometry, plan.sets.skeleton, None, plan.options)
        compile_model(self.model, plan.reading, plan.options)
        pictures = read_pictures(plan.videos)
        self.batches, _ = fitting._batches(plan, self.model, pictures)
        self.batch_size = plan.reading.sections.optimization.batch_size
        several = [self.batches[number] for number in range(min(steps, self.batches.num_batches))]
        self.images = np.concatenate([images for images, _ in several])
        self.targets = {
            name: np.concatenate([targets[name] for _, targets in several])
            for name in several[0][1]
        }
        self.steps = Steps()

    def fit(self, epoch: int) -> None:
        """Train an epoch."""
        self.model.fit(
            self.images,
            self.targets,
            batch_size=self.batch_size,
            shuffle=False,
            epochs=epoch + 1,
            initial_epoch=epoch,
            callbacks=[self.steps],
            verbose=0,
        )

    def seconds_of_targets(self, repeats: int) -> float:
        """What the targets of a batch cost."""
        rows = self.batches._indices[: self.batch_size]
        samples = [self.batches._samples[row] for row in rows]
        _, labels = self.batches._preparation(samples, None)
        size = tuple(int(side) for side in self.images.shape[1:3])

        def make() -> Any:
            targets = poise.make_targets(self.model, labels, (size[0], size[1]))
            return [keras.ops.convert_to_numpy(target) for target in targets.values()]

        make()
        return seconds_of(make, repeats)


def measure_step(profile: str, labels: Path, *, is_quick: bool, folder: Path) -> dict[str, Any]:
    """Epochs of ``poise train`` and of ``fit`` in turn."""
    steps, epochs = (8, 2) if is_quick else (20, 7)
    some = values(steps, epochs)
    bare = Bare(plan_of(read_job(profile, some, None), labels, Options()), steps)
    turns = Turns(bare.fit)
    train(profile, labels, folder / f"{profile}.run", values=some, callbacks=[turns])
    ours, theirs = float(np.median(turns.costs)), float(np.median(bare.steps.costs))
    targets = bare.seconds_of_targets(3 if is_quick else 20)
    pairs = [a / (b + targets) for a, b in zip(turns.costs, bare.steps.costs, strict=True)]
    ratio = float(np.median(pairs))
    return {
        "profile": profile,
        "batch": bare.batch_size,
        "milliseconds": {
            "step": round(ours * 1000, 1),
            "fit": round(theirs * 1000, 1),
            "targets": round(targets * 1000, 2),
            "data": round(seconds_of_data(bare, 3 if is_quick else 20) * 1000, 2),
        },
        "of_each_turn": [round(each, 3) for each in pairs],
        "ratio": round(ratio, 3),
        "met": ratio <= LIMITS["step"],
    }


def seconds_of_data(bare: Bare, repeats: int) -> float:
    """What a batch costs before the network sees it, targets included."""
    numbers = iter(range(repeats + 1))
    bare.batches[0]
    return seconds_of(lambda: bare.batches[next(numbers) % bare.batches.num_batches], repeats)


def measure_augmentation(labels: Path, *, is_quick: bool) -> dict[str, Any]:
    """All of augmentation, against the step of the stock small profile."""
    steps, epochs = (8, 2) if is_quick else (20, 4)
    plan = plan_of(read_job(SMALL, values(steps, epochs), None), labels, Options())
    bare = Bare(plan, steps)
    pictures = list(read_pictures(plan.videos).values())[: bare.batch_size]
    images = np.stack(pictures).astype(np.float32)
    points = np.stack([each.points for each in plan.sets.of(plan.sets.split.train)])
    random = np.random.default_rng(0)

    def change() -> Any:
        some = points[: len(images)]
        changed, _ = augment(images, some, ALL, random, skeleton=plan.sets.skeleton)
        return keras.ops.convert_to_numpy(changed)

    change()
    costs = []
    for epoch in range(epochs):
        bare.fit(epoch)
        costs.append(seconds_of(change, 3 if is_quick else 10))
    cost = float(np.median(costs)) / len(images)
    step = float(np.median(bare.steps.costs)) / bare.batch_size
    return {
        "profile": SMALL,
        "image": list(images.shape[1:]),
        "milliseconds_an_image": {
            "augmentation": round(cost * 1000, 2),
            "step": round(step * 1000, 2),
        },
        "ratio": round(cost / step, 3),
        "met": cost <= LIMITS["augmentation"] * step,
    }


def measure_memory(profile: str, labels: Path, batch_size: int, folder: Path) -> dict[str, Any]:
    """A run of the command, and what it has said of itself."""
    run = folder / f"{profile}.{batch_size}"
    some: Mapping[str, Any] = {**values(4, 1), "optimization.batch_size": batch_size}
    options = [word for path, value in some.items() for word in ("--set", f"{path}={_yaml(value)}")]
    words = ["train", profile, str(labels), "-o", str(run), "--device", "cpu", *options]
    ours = Process([sys.executable, "-m", "poise", *words], run.with_suffix(".log"))
    ours.run_until(lambda: False, turn=float("inf"))
    if ours.status:
        sys.exit(f"{ours.process.args}: ended with {ours.status}")
    said = json.loads((run / "report.json").read_text())["bytes_of_memory"]
    peak = ours.used.ru_maxrss * 1024
    return {
        "profile": profile,
        "batch": batch_size,
        "megabytes": {"said": round(said / 1e6), "peak": round(peak / 1e6)},
        "ratio": round(said / peak, 3),
        "met": abs(said / peak - 1) <= LIMITS["memory"],
    }


def _yaml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def results(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that is asked for, one after the other."""
    labels = small_trainings.write_labels(folder / "flies", FRAMES, side=SIZE)
    profiles = [name for name in PROFILES if options.only in (None, name)]
    if "step" in options.parts:
        for profile in profiles:
            yield "step", measure_step(profile, labels, is_quick=options.quick, folder=folder)
    if "augmentation" in options.parts:
        yield "augmentation", measure_augmentation(labels, is_quick=options.quick)
    if "memory" in options.parts:
        for profile in profiles:
            for batch_size in (2,) if options.quick else (1, 4, 8):
                yield "memory", measure_memory(profile, labels, batch_size, folder)


def main() -> int:
    """Measure and print JSON; return 1 if a limit is not met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few steps; limits are only shown")
    parser.add_argument("--only", choices=PROFILES, help="one profile")
    parser.add_argument("--parts", nargs="*", default=list(LIMITS), choices=list(LIMITS))
    parser.add_argument("-o", "--output", type=Path, help="also write the JSON there")
    options = parser.parse_args()
    report: dict[str, Any] = {
        "benchmark": "training",
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "limits": LIMITS,
        **{part: [] for part in options.parts},
    }
    with tempfile.TemporaryDirectory() as folder:
        for part, result in results(options, Path(folder)):
            report[part].append(result)
            print(json.dumps(result), file=sys.stderr, flush=True)
    met = all(result["met"] for part in options.parts for result in report[part])
    text = json.dumps({**report, "met": met}, indent=2)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    return 0 if met or options.quick else 1  # a few steps only show that it runs


if __name__ == "__main__":
    sys.exit(main())

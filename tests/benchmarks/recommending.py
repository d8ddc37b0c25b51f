"""Whether what ``poise recommend`` says of memory and speed is what a run then takes.

For each budget: the command's figures of the best configuration, against the largest resident set
of ``poise train`` (a few steps) and of ``poise predict`` with the file that it wrote, and against
frames a second of another measurement. Images and labels are made up.

    python tests/benchmarks/recommending.py [--quick] [--only NAME …] [-o FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from poise_workflows import recommend
from poise_workflows.recommending.results import Recommended
from poise_workflows.recommending.trials import answer_of

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
import small_trainings

LIMITS = {"memory": 0.2, "speed": 0.3}
"""How far figures of the best configuration may be off."""

FRAMES = 32
STEPS = {
    "optimization.epochs": 1,
    "optimization.batches_per_epoch": 4,
    "optimization.min_batches_per_epoch": 1,
    "optimization.val_batches_per_epoch": 1,
    "optimization.min_val_batches_per_epoch": 1,
}


class Budget(NamedTuple):
    """What is asked for.

    Attributes:
        profile: name of a profile.
        side: of the frames, in pixels.
        animals: in each frame.
        memory: the bound.
        fps: the bound; ``None`` for none.
        batch_size: of training and of prediction.
    """

    profile: str
    side: int
    animals: int
    memory: str
    fps: float | None
    batch_size: int


BUDGETS = {
    "generous": Budget("baseline_medium_rf.single", 256, 1, "4GiB", 2, 4),
    "fast": Budget("baseline_medium_rf.bottomup", 256, 2, "2GiB", 15, 4),
    "small": Budget("baseline.centroid", 384, 3, "1GiB", None, 2),
    "crops": Budget("baseline_medium_rf.topdown", 384, 3, "1200MiB", 20, 4),
}
QUICK = ("small",)

LIMIT = 40
"""Networks that are built: the best of them is measured, whichever it is."""


def real(config: Path, labels: Path, batch_size: int, place: Path) -> dict[str, float]:
    """What training with a configuration takes, and what prediction takes then."""
    sets = [f"--set={path}={json.dumps(value)}" for path, value in STEPS.items()]
    run = str(place / "run")
    arguments = [str(config), str(labels), "-o", run, *sets, "--device=cpu", "--progress=none"]
    training = answer_of("training", {"arguments": arguments})
    prediction = answer_of(
        "prediction",
        {
            "arguments": [
                *(str(labels), "--only-labeled", f"--model={run}"),
                *(f"--output={place / 'predicted.slp'}", f"--batch-size={batch_size}"),
                *("--device=cpu", "--progress=none"),
            ],
            "source": str(labels),
            "model": run,
            "choice": {"only_labeled": True},
            "batch_size": batch_size,
        },
    )
    return {
        "training": training["peak"],
        "prediction": prediction["peak"],
        "fps": prediction["fps"],
    }


def figures_of(each: Recommended) -> dict[str, float]:
    """What the command said."""
    return {
        "training": each.training_bytes,
        "prediction": each.prediction_bytes,
        "fps": each.fps,
    }


def off(said: dict[str, float], taken: dict[str, float]) -> dict[str, float]:
    """How far each figure is off, as a part of what was taken."""
    return {name: round(value / taken[name] - 1, 3) for name, value in said.items()}


def benchmark(budget: Budget, place: Path) -> dict[str, Any]:
    """One row."""
    labels = small_trainings.write_labels(
        place / "flies", frames=FRAMES, animals=budget.animals, side=budget.side
    )
    config = place / "best.json"
    asked = {"memory": budget.memory, "fps": budget.fps, "batch_size": budget.batch_size}
    start = time.perf_counter()
    result = recommend(
        budget.profile,
        labels,
        **asked,  # type: ignore[arg-type]
        output=config,
        limit=LIMIT,
        measured=1,
    )
    seconds = time.perf_counter() - start
    row: dict[str, Any] = {
        "asked": budget._asdict(),
        "seconds": round(seconds, 1),
        "looked_at": result.looked_at,
        "fitting": len(result.configurations),
        "excluded": dict(result.excluded),
        "nearest": dict(result.nearest),
        "notes": list(result.notes),
    }
    if not result.configurations:
        return row
    best = result.configurations[0]
    taken = real(config, labels, budget.batch_size, place)
    row |= {
        "changes": dict(best.changes),
        "said": figures_of(best),
        "taken": taken,
        "off": off(figures_of(best), taken),
    }
    return row


def faults(row: dict[str, Any]) -> list[str]:
    """What is off by more than the limits."""
    limits = {
        "training": LIMITS["memory"], "prediction": LIMITS["memory"], "fps": LIMITS["speed"]
    }  # fmt: skip
    return [
        f"{name} off by {size:+.0%}"
        for name, size in row.get("off", {}).items()
        if abs(size) > limits[name]
    ]


def main() -> int:
    """Run all, print rows, write a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"only {', '.join(QUICK)}")
    parser.add_argument("--only", nargs="+", choices=BUDGETS, help="only these budgets")
    parser.add_argument("-o", "--output", type=Path)
    arguments = parser.parse_args()
    names = arguments.only or (QUICK if arguments.quick else tuple(BUDGETS))
    rows = {}
    for name in names:
        with tempfile.TemporaryDirectory() as place:
            rows[name] = benchmark(BUDGETS[name], Path(place))
        print(name, json.dumps(rows[name], indent=2), flush=True)
    report = {
        "machine": {"system": platform.platform(), "cores": os.cpu_count()},
        "versions": {"numpy": np.__version__, "python": platform.python_version()},
        "limits": LIMITS,
        "rows": rows,
    }
    if arguments.output:
        arguments.output.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    wrong = {name: faults(row) for name, row in rows.items() if faults(row)}
    for name, what in wrong.items():
        print(f"{name}: {', '.join(what)}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

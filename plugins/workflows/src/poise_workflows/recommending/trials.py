"""Measure the machine, and networks: each in processes of their own, with Poise's own commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import poise
from poise.errors import PoiseError
from poise.wire.text import write_json
from poise_workflows.examples.splitting import FrameKey
from poise_workflows.recommending.candidates import Candidate
from poise_workflows.recommending.estimates import Machine, Needs, Work
from poise_workflows.training.jobs import to_data, with_values
from poise_workflows.training.listed_frames import positions_of
from poise_workflows.training.plans import Plan

STEPS = 3
"""Steps of a training: from the second on, the optimizer has all its arrays."""

VALIDATED = 4
"""Frames that validate."""

BATCHES = 6
"""Batches of a prediction: as many as are read ahead, and more."""

SECONDS = 900
"""How long a process may take."""

_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3"}


class TrialError(PoiseError):
    """Nothing could be measured; the message says why."""


def measure_machine() -> Machine:
    """Measure what a process of Poise takes, and how fast the machine is.

    Raises:
        TrialError: it cannot be measured.
    """
    return Machine(**answer_of("machine", {}))


def measure(plan: Plan, candidate: Candidate, work: Work) -> Needs:
    """Train a network for some steps, predict some frames with it, and measure both.

    Args:
        plan: the labels.
        candidate: the job.
        work: the sizes of batches.

    Raises:
        TrialError: it cannot be measured.
    """
    with TemporaryDirectory(prefix="poise-") as folder:
        place = Path(folder)
        arguments = _training(plan, candidate, work, place)
        trained = answer_of("training", {"arguments": arguments})
        predicted = answer_of("prediction", _prediction(plan, work, place))
    return Needs(
        training=float(trained["peak"]),
        prediction=float(predicted["peak"]),
        fps=float(predicted["fps"]),
    )


def answer_of(task: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What another process measures.

    Args:
        task: one of ``trial.TASKS``.
        arguments: of the task.

    Raises:
        TrialError: it measures nothing.
    """
    words = [sys.executable, "-m", "poise_workflows.recommending.trial", task]
    try:
        done = subprocess.run(  # noqa: S603  # this interpreter, and a module of Poise
            [*words, json.dumps(arguments)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            env={**_QUIET, **os.environ},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TrialError(f"its {task} took longer than {SECONDS / 60:.3g} minutes") from None
    if done.returncode:
        raise TrialError(f"its {task} {_ended(done)}")
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _ended(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode < 0:
        return f"was ended by signal {-done.returncode}, as Linux does where memory is used up"
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith("poise: ")] or lines
    return f"failed (exit status {done.returncode}): {said[-1] if said else 'it said nothing'}"


def _training(plan: Plan, candidate: Candidate, work: Work, place: Path) -> list[str]:
    """The arguments of a training of some steps."""
    values = {
        **_listed(plan),
        "optimization.batch_size": work.training_batch,
        "optimization.epochs": 1,
        "optimization.batches_per_epoch": STEPS,
        "optimization.min_batches_per_epoch": 1,
        "optimization.val_batches_per_epoch": 1,
        "optimization.min_val_batches_per_epoch": 1,
    }
    file = place / "job.json"
    job = to_data(with_values(candidate.reading, values))
    file.write_text(write_json(job), "utf-8")
    return [
        *(str(file), str(plan.sets.files[0].path.absolute()), f"--output={place / 'run'}"),
        *(*_start(plan, candidate, place), "--device=cpu", "--progress=none"),
    ]


def _start(plan: Plan, candidate: Candidate, place: Path) -> list[str]:
    """An untrained model to begin from, instead of published weights, which need not be here."""
    if not candidate.is_published:
        return []
    config, image = candidate.reading.config, candidate.geometry.image
    model = poise.build(config, image, plan.sets.skeleton, plan.classes)
    poise.save(model, place / "start")
    return [f"--from={place / 'start'}"]


def _listed(plan: Plan) -> dict[str, Any]:
    """A few frames that validate; all others train."""
    labels = plan.sets.files[0].labels
    keys = [key for key in sorted(plan.sets.examples) if key.video < len(labels.videos)]
    validation = keys[-VALIDATED:]
    training = keys[:-VALIDATED] or keys
    if training == validation:  # so few that a single one must do both
        training = validation = keys[:1]
    return {
        "data.labels.split_by_inds": True,
        "data.labels.training_inds": positions_of(labels, training),
        "data.labels.validation_inds": positions_of(labels, validation),
        "data.labels.test_inds": None,
    }


def _prediction(plan: Plan, work: Work, place: Path) -> dict[str, Any]:
    """The arguments of a prediction of some labeled frames of a video."""
    video, numbers = max(_numbers(plan), key=lambda pair: len(pair[1]))
    frames = ",".join(map(str, numbers[: BATCHES * work.prediction_batch]))
    labels, run = str(plan.sets.files[0].path.absolute()), str(place / "run")
    return {
        "arguments": [
            *(labels, f"--model={run}", f"--output={place / 'predicted.slp'}"),
            *(f"--video-index={video}", f"--frames={frames}"),
            *(f"--batch-size={work.prediction_batch}", "--device=cpu", "--progress=none"),
        ],
        "source": labels,
        "model": run,
        "choice": {"video_index": video, "frames": frames},
        "batch_size": work.prediction_batch,
    }


def _numbers(plan: Plan) -> Iterator[tuple[int, list[int]]]:
    """The labeled frames of each video of the first file."""
    count = len(plan.sets.files[0].labels.videos)
    keys: list[FrameKey] = sorted(plan.sets.examples)
    for video in range(count):
        numbers = [key.frame for key in keys if key.video == video]
        if numbers:
            yield video, numbers

"""A run evaluates itself after its last epoch: the best weights predict each set of frames.

``metrics.json`` has the validation frames, ``metrics.test.json`` and ``metrics.train.json`` the
others; with SLEAP's files there are ``metrics.<split>.npz``, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from poise.editions import DOCUMENTED, SLEAP
from poise.messages import counted, described
from poise_workflows.evaluation.checks import DEFAULTS
from poise_workflows.evaluation.comparing import evaluation_of
from poise_workflows.evaluation.metric_files import read_metrics, write_metrics
from poise_workflows.evaluation.opening import opened
from poise_workflows.evaluation.pairing import compare, labeled_frames
from poise_workflows.evaluation.results import Evaluation
from poise_workflows.evaluation.training_frames import Shared, shared_frames
from poise_workflows.examples.splitting import FrameKey
from poise_workflows.training.plans import Plan
from poise_workflows.training.run_folders import RunFolder
from poise_workflows.training.sleap_files import SPLITS, predict_sets, sets_of, truth_of_frames

METRICS = {
    "validation": "metrics.json",
    "test": "metrics.test.json",
    "train": "metrics.train.json",
}
"""Set of frames → the file of its metrics."""

MOST = 200
"""Training frames that are evaluated at most. They say whether a network has learned at all."""

ORDER = ("validation", "test", "train")
"""Which set is evaluated first: a run that is stopped here has what matters most."""


@attrs.frozen(kw_only=True, eq=False)
class EvaluatedSet:
    """What the best weights of a run make of a set of frames.

    Attributes:
        name: ``"validation"``, ``"test"`` or ``"train"``.
        truth: the ``sleap_io.Labels`` of the set.
        predicted: the ``sleap_io.Labels`` of what was predicted there.
        run: the folder.
        labels: path of the label file.
        shared: which frames trained the model.
        stage: of a model of top-down, which predicts alone; else empty.
        notes: what to know of the frames.
    """

    name: str
    truth: Any
    predicted: Any
    run: Path
    labels: Path
    shared: Shared
    stage: str = ""
    notes: tuple[str, ...] = ()

    def evaluation(self, edition: str = DOCUMENTED) -> Evaluation:
        """The evaluation of the set, in an edition of the metrics.

        Raises:
            EvaluationError: the two cannot be compared.
        """
        return evaluation_of(
            compare(self.truth, self.predicted, user_labels_only=True, may_be_empty=True),
            DEFAULTS,
            edition,
            names=(f"{self.labels} ({self.name})", str(self.run)),
            shared=self.shared,
            stage=self.stage,
            notes=self.notes,
        )


def evaluate_run(folder: RunFolder, plan: Plan) -> list[str]:
    """Evaluate a run and write its metrics.

    Args:
        folder: of the run, which has its best weights.
        plan: what was trained.

    Returns:
        Why it could not be evaluated, a sentence: that is no failure of the training.
    """
    try:
        for each in evaluated_sets(folder, plan):
            write_metrics(each.evaluation(), folder.path / METRICS[each.name])
            if folder.has_sleap_files:
                path = folder.path / f"metrics.{SPLITS[each.name]}.npz"
                write_metrics(each.evaluation(SLEAP), path)
    except Exception as error:  # noqa: BLE001  # a decoder of a plugin, or a device without memory
        lost = ", and labels_pr.*.slp or metrics.*.npz are missing"
        rest = lost if folder.has_sleap_files else ""
        fix = f"`poise evaluate LABELS -m {folder.path}` tries again"
        return [f"the run could not be evaluated{rest}: {described(error)}; {fix}"]
    return []


def metrics_of(run: Path, name: str = "validation") -> dict[str, Any]:
    """The figures of a set that a run has evaluated, by SLEAP's names; none if it has not.

    Args:
        run: the folder.
        name: of the set.

    Raises:
        EvaluationError: the file is damaged.
    """
    path = run / METRICS[name]
    return read_metrics(path) if path.is_file() else {}


def evaluated_sets(folder: RunFolder, plan: Plan) -> Iterator[EvaluatedSet]:
    """Predict each set of frames once, and compare it with its labels.

    ``each.evaluation()`` is a ``poise_workflows.evaluation.results.Evaluation``; ``each.truth`` and
    ``each.predicted`` are the labels behind it, for whoever shows poses, too.

    Args:
        folder: of the run.
        plan: what was trained.

    Yields:
        The sets that have frames, the validation first. Of training frames there are at most
        ``MOST``, unless SLEAP's files have all of them.

    Raises:
        Exception: whatever predicting raises.
    """
    sets = {name: sets_of(plan)[name] for name in ORDER if name in sets_of(plan)}
    predicted = _from_files if folder.has_sleap_files else _in_memory
    for name, truth, predictions, notes in predicted(folder, plan, sets):
        frames = labeled_frames(truth, user_labels_only=True)
        stage = plan.resolution.head.stage
        yield EvaluatedSet(
            name=name,
            truth=truth,
            predicted=predictions,
            run=folder.path,
            labels=_labels_of(plan, name),
            shared=shared_frames(truth, folder.path, frames, [folder.path]),
            stage="" if stage == "image" else stage,
            notes=notes,
        )


Predicted = tuple[str, Any, Any, tuple[str, ...]]
"""Name of a set, its truth, its predictions, and what to know of them."""


def _from_files(
    folder: RunFolder, plan: Plan, sets: dict[str, Sequence[FrameKey]]
) -> Iterator[Predicted]:
    """With SLEAP's files, predictions are files."""
    paths = predict_sets(folder.path, plan)
    for name in sets:
        truth, predictions = paths[name]
        with opened(truth, "truth") as (_, labels), opened(predictions, "predicted") as (_, others):
            yield name, labels, others, ()


def _in_memory(
    folder: RunFolder, plan: Plan, sets: dict[str, Sequence[FrameKey]]
) -> Iterator[Predicted]:
    from poise_workflows.evaluation.predicting import predicted
    from poise_workflows.prediction.devices import on_device
    from poise_workflows.prediction.loading import load

    with on_device(plan.options.device):
        predictor = load(folder.path)  # it compiles once
        for name, keys in sets.items():
            chosen = _spread(keys) if name == "train" else keys
            truth = truth_of_frames(plan, chosen)
            result = predicted(predictor, truth, _labels_of(plan, name))
            few = f"{len(chosen)} of {counted(len(keys), 'training frame')}, evenly spread"
            notes = (few,) if len(chosen) < len(keys) else ()
            yield name, truth, result.labels, (*notes, *result.notes)


def _spread(keys: Sequence[FrameKey]) -> list[FrameKey]:
    """At most ``MOST`` frames, evenly spread."""
    if len(keys) <= MOST:
        return list(keys)
    return [keys[index] for index in np.linspace(0, len(keys) - 1, MOST).round().astype(int)]


def _labels_of(plan: Plan, name: str) -> Path:
    """The label file of a set."""
    first = sets_of(plan)[name][0].video
    return next(file.path for file in reversed(plan.sets.files) if file.first <= first)

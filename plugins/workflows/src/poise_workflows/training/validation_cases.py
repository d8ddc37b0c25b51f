"""The callback that draws the page of a run, and the examples that it shows."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import keras

from poise import Labels
from poise_workflows.frames.preparation import SizeMatch
from poise_workflows.reporting.callback import Reporter
from poise_workflows.reporting.cases import Array, Cases
from poise_workflows.training.keeping import row_of
from poise_workflows.training.pages import noting
from poise_workflows.training.plans import Plan
from poise_workflows.training.preparing import Preparation, Sample
from poise_workflows.training.run_folders import RunFolder
from poise_workflows.training.states import State


def reporter_of(
    folder: RunFolder, plan: Plan, preparation: Preparation, state: State, batches: int
) -> Reporter:
    """The callback that draws the page of a run.

    Args:
        folder: of the run.
        plan: what is trained, on what.
        preparation: how samples become arrays.
        state: from which the run goes on.
        batches: of an epoch.
    """
    return Reporter(
        run=folder.path,
        cases=cases_of(plan, preparation, batches),
        rows=state.log,
        epochs=plan.reading.sections.optimization.epochs,
        row_of=row_of,
        note=noting(folder),
    )


def cases_of(plan: Plan, preparation: Preparation, batches: int) -> Cases:
    """The validation examples of a run, never augmented; arguments as of ``reporter_of``."""
    batch_size = plan.reading.sections.optimization.batch_size
    samples = plan.samples(plan.sets.split.validation)
    plain = attrs.evolve(preparation, imagenet_mode=None)

    def prepare(rows: Sequence[int]) -> tuple[Array, Array, Labels]:
        chosen = [samples[row] for row in rows]
        with keras.device("cpu:0"):  # as batches are
            values, labels = preparation(chosen, None)
            images = values if preparation.imagenet_mode is None else plain(chosen, None)[0]
        return images, values, labels

    return Cases(
        titles=[_title(plan, sample) for sample in samples],
        factors=[_factor(plan, sample) for sample in samples],
        prepare=prepare,
        batch_size=min(batch_size, len(samples)),
        skeleton=plan.sets.skeleton,
        trained=batches * batch_size,
    )


def _title(plan: Plan, sample: Sample) -> str:
    video = plan.videos.sources[sample.key.video].title
    animal = "" if sample.animal is None else f", animal {sample.animal}"
    return f"{video}, frame {sample.key.frame}{animal}"


def _factor(plan: Plan, sample: Sample) -> float:
    source, geometry = plan.videos.sources[sample.key.video], plan.geometry
    return SizeMatch((source.height, source.width), geometry.frame).ratio * geometry.scaling

"""``recommend``: configurations of a profile that meet a budget on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from poise.reading import Reading
from poise_workflows.prediction.devices import grow_on_demand, on_device
from poise_workflows.recommending.animals import Animals, animals_of
from poise_workflows.recommending.asking import Question, question_of
from poise_workflows.recommending.choosing import Choice, choose
from poise_workflows.recommending.configuration_files import write_configuration
from poise_workflows.recommending.estimates import Work, needs_of
from poise_workflows.recommending.leaving_out import excluded_by, nearest_bounds
from poise_workflows.recommending.ranking import SIGHT, Considered, Judge
from poise_workflows.recommending.results import Recommendations, Recommended, finite
from poise_workflows.recommending.searching import Search, search
from poise_workflows.recommending.trials import measure_machine
from poise_workflows.training.jobs import read_job
from poise_workflows.training.named_labels import with_named_labels
from poise_workflows.training.options import Options
from poise_workflows.training.pictures import fits
from poise_workflows.training.plans import Plan, plan_of

Tell = Callable[[str], None]
"""Gets what Poise is doing, in a few words."""

EVERY = 25
"""After how many networks Poise says how many there are."""


def recommend(
    profile: str | os.PathLike[str],
    labels: str | os.PathLike[str],
    *,
    memory: str | int | None = None,
    fps: float | None = None,
    batch_size: int | None = None,
    output: str | os.PathLike[str] | None = None,
    values: Mapping[str, Any] | None = None,
    seed: int = 0,
    limit: int = 100,
    measured: int = 3,
    overwrite: bool = False,
) -> Recommendations:
    """Find configurations of a profile that meet a budget on this machine's processor.

    Poise changes the values that the plugins declare, builds the networks without computing
    anything, and estimates what they need. The best are trained for some steps, and predict some
    frames, in processes of their own that are measured.

    Args:
        profile: what ``train`` takes: the name of a profile, a job file, a configuration.
        labels: a file of labels. Sizes of frames and of animals are read there.
        memory: the most that a process takes while it trains, and while it predicts: bytes, or
            text such as ``"4GiB"``.
        fps: the least frames a second of prediction, without reading them.
        batch_size: images of a batch, of training and of prediction. By default what the profile
            says, and 4.
        output: a new file for the best configuration, which ``train`` takes: ``.json`` or
            ``.yaml``.
        values: dotted path in the job → value, as of ``train``. These values stay.
        seed: decides which values of long lists are tried.
        limit: how many networks are built at most.
        measured: how many of the best are measured; with 0, all figures are estimates.
        overwrite: keep a file that is there under a numbered name.

    Returns:
        What fits, and what does not; nothing fits if ``configurations`` is empty.

    Raises:
        OptionsError: an option is out of its domain, or the output is there.
        TrainingError: there is no such profile, or it does not go with the labels.
        ConfigError: the profile has faults.
        LabelsError: the labels have no animals.
        OSError: a file cannot be read or written.
    """
    asked = {
        "memory": memory,
        "fps": fps,
        "labels": labels,
        "batch_size": batch_size,
        "output": output,
        "seed": seed,
        "limit": limit,
        "measured": measured,
    }
    return find(prepare(profile, asked, values, overwrite=overwrite))


@attrs.frozen(kw_only=True, eq=False)
class Prepared:
    """All that is known before a network is built.

    Attributes:
        profile: the profile, as it was named.
        question: what is asked for.
        reading: the job.
        plan: the labels and their frames.
        kept: paths of the values that the user has set.
    """

    profile: str
    question: Question
    reading: Reading
    plan: Plan
    kept: tuple[str, ...]


def prepare(
    profile: Any, asked: Mapping[str, Any], values: Mapping[str, Any] | None, *, overwrite: bool
) -> Prepared:
    """Check a call, and read what it names. Keras is not imported.

    Args:
        profile: as of ``recommend``.
        asked: the arguments of ``recommend`` besides.
        values: as of ``recommend``.
        overwrite: as of ``recommend``.

    Raises:
        OptionsError: an option is out of its domain.
        TrainingError: there is no such profile, or it does not go with the labels.
        ConfigError: the profile has faults.
        LabelsError: the labels have no animals.
    """
    question = question_of(profile, asked, overwrite=overwrite)
    kept = dict(values or {})
    if question.batch_size is not None:
        kept["optimization.batch_size"] = question.batch_size
    reading = read_job(os.fspath(profile), kept, named="profile")
    named, labels, options = with_named_labels(reading, question.labels, Options(device="cpu"))
    return Prepared(
        profile=os.fspath(profile),
        question=question,
        reading=reading,
        plan=plan_of(named, labels, options),
        kept=tuple(kept),
    )


def find(prepared: Prepared, tell: Tell = lambda text: None) -> Recommendations:
    """What ``recommend`` does, when everything that is asked for is read.

    Args:
        prepared: what was read before.
        tell: gets what is being done.

    Raises:
        TrialError: this machine cannot be measured.
        OSError: the file cannot be written.
    """
    question, plan = prepared.question, prepared.plan
    grow_on_demand()
    tell("measuring this machine")
    machine, work = measure_machine(), _work_of(plan, question)
    with on_device("cpu"):
        result = search(
            plan,
            prepared.reading,
            lambda cost: needs_of(cost, machine, work),
            Judge(budget=question.budget, animals=_animals_of(plan), stage=_stage_of(plan)),
            limit=question.limit,
            seed=question.seed,
            kept=prepared.kept,
            tell=lambda number: _tell_number(number, question.limit, tell),
        )
    judge = result.judge
    choice = choose(plan, result.considered, judge, work, question.measured, tell)
    written, notes = _write(question.output, prepared.reading, choice)
    return Recommendations(
        profile=prepared.profile,
        output=written,
        configurations=tuple(_recommended(each, judge) for each in choice.fitting),
        looked_at=len(result.considered),
        left=result.left,
        excluded=excluded_by(judge, choice.considered),
        nearest=nearest_bounds(judge, choice.considered),
        animal_size=judge.animals.size,
        spacing=judge.spacing,
        fields=result.fields,
        fixed=result.fixed,
        notes=(*choice.notes, *_notes(plan, result, choice), *notes),
    )


def _stage_of(plan: Plan) -> str:
    return plan.resolution.head.stage


def _tell_number(number: int, limit: int, tell: Tell) -> None:
    if number % EVERY == 0:
        tell(f"{number} networks built, of {limit} at most")


def _animals_of(plan: Plan) -> Animals:
    return animals_of(list(plan.sets.examples.values()))


def _work_of(plan: Plan, question: Question) -> Work:
    return Work(
        training_batch=plan.reading.sections.optimization.batch_size,
        prediction_batch=question.batch_size or 4,
        images_per_frame=_animals_of(plan).each_frame if plan.is_of_crops else 1.0,
        held=plan.videos.bytes if fits(plan.videos) else 0,
    )


def _write(
    output: Path | None, profile: Reading, choice: Choice
) -> tuple[Path | None, Sequence[str]]:
    """Write the best configuration, and say what became of what was there."""
    if output is None or not choice.fitting:
        return None, ()
    former = write_configuration(output, profile, choice.fitting[0].candidate.changes)
    return output, () if former is None else (f"the former {output.name} is now {former.name}",)


def _notes(plan: Plan, result: Search, choice: Choice) -> Iterator[str]:
    judge = result.judge
    if _stage_of(plan) != "image":
        yield "frames a second are of this stage alone; both stages together take longer"
    if judge.animals.size is None:
        yield "each animal has one visible part, which does not tell how large it is"
    if choice.fitting and SIGHT in judge.excesses(choice.fitting[0].traits):
        yield "no cell of a network that fits sees a whole animal; a larger budget may help"
    for path, number in result.thinned.items():
        yield f"{path}: {number} of its values were not tried; another seed draws others"


def _recommended(each: Considered, judge: Judge) -> Recommended:
    traits = each.traits
    return Recommended(
        changes=dict(each.candidate.changes),
        parameters=traits.cost.parameters,
        operations=traits.cost.operations,
        image=each.candidate.geometry.image,
        training_bytes=round(traits.needs.training),
        prediction_bytes=round(traits.needs.prediction),
        fps=traits.needs.fps,
        is_measured=each.is_measured,
        receptive_field=finite(traits.sight),
        cells=traits.cells,
        misses=tuple(judge.excesses(traits)),
    )

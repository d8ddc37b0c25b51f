"""One run: the frames of a selection, through a journal, into a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Any

import attrs

import poise
from poise.messages import argument
from poise_workflows.journal.aside import set_aside
from poise_workflows.journal.batches import Batch
from poise_workflows.journal.descriptions import as_json, differences
from poise_workflows.journal.errors import JournalError
from poise_workflows.journal.reading import Recorded, journal_of
from poise_workflows.journal.writing import Journal, open_journal, refuse_live
from poise_workflows.prediction.describing import description_of
from poise_workflows.prediction.finishing import (
    failure,
    files_of,
    finish,
    notes_of,
    remarks_of,
    remove_drafts,
    write_partial,
    write_rest,
)
from poise_workflows.prediction.outputs import recorded_beside
from poise_workflows.prediction.predicting import predict_selection
from poise_workflows.prediction.recordings import Inherited, inherited_of
from poise_workflows.prediction.reports import Report, clock, report_of
from poise_workflows.prediction.runs import Prediction, Run, StoppedError, UnreadableFrameError
from poise_workflows.prediction.steps import frames_of_step
from poise_workflows.progress.events import Meter
from poise_workflows.progress.showing import Shown
from poise_workflows.tracking.prediction import go_on, trackers_of


def run_selection(run: Run, show: Shown) -> Prediction:
    """Predict what is not predicted yet, and write the file.

    Raises:
        JournalError: the journal is of another run, in use, or cannot be written.
        StoppedError: the journal cannot be written any more, for example on a full disk.
        ResultsError: a file cannot be written. The journal keeps the poses.
        UnreadableFrameError: a frame cannot be read, and the run is strict.
        KeyboardInterrupt: the run was interrupted; what there is lies in ``partial_of``, and its
            argument says so.
    """
    run.output.parent.mkdir(parents=True, exist_ok=True)
    replaced: list[str] = []
    inherited = inherited_of(run.before)
    with _open(run, inherited, replaced) as journal:
        if journal.is_finished and run.output.exists():
            return _left_alone(run, journal.recorded)
        if journal.is_finished:
            journal.go_on()
        remove_drafts(run)
        notes = [*notes_of(run), *run.notes, *replaced]
        report = Report(
            notes=notes,
            seconds=Counter(journal.recorded.seconds),
            runtime=run.predictor.runtime_facts(),
        )
        if not journal.is_finished:
            _predict_or_keep(run, inherited, journal, report, show)
        return finish(run, journal, report)


def _left_alone(run: Run, recorded: Recorded) -> Prediction:
    report = dict(recorded.report or {})
    files = write_rest(run, recorded, report)
    return Prediction(
        output=run.output,
        report=report,
        was_finished=True,
        failed=failure(run, report),
        files=files,
        remarks=remarks_of(run, files),
    )


def _open(run: Run, inherited: Inherited | None, replaced: list[str]) -> Journal:
    run.guard()
    description = description_of(
        run.predictor.pipeline,
        run.selection,
        run.predictor.options,
        run.predictor.tracking,
        inherited,
        no_empty_frames=run.no_empty_frames,
        merge=run.merge and run.merge.name,
    )
    plain = as_json(description)
    anew = False
    if run.overwrite or (run.renew and _is_of_another(run, plain)):
        anew = _keep_aside(run, plain, replaced)
    background = {"started": datetime.now().astimezone().isoformat(), "poise": poise.__version__}
    place = journal_of(run.output)
    return open_journal(place, description, background, overwrite=anew, guard=run.guard)


def _is_of_another(run: Run, description: dict[str, Any]) -> bool:
    """Whether what is there cannot be of this run, or has no journal that says so."""
    recorded = recorded_beside(run.output)
    if recorded is None:
        paths = (run.output, journal_of(run.output), *files_of(run))
        return any(path.exists() for path in paths)
    if recorded.report is None and run.output.exists():
        return True
    return bool(list(differences(recorded.description, description)))


def _keep_aside(run: Run, description: dict[str, Any], replaced: list[str]) -> bool:
    """Give what is there other names; whether the journal is to be replaced, too.

    It is not if it is of this very run, which was interrupted: then overwriting has begun.
    """
    recorded = recorded_beside(run.output)
    if recorded is not None:
        refuse_live(recorded)
    for path in (run.output, report_of(run.output), *files_of(run)):
        aside = set_aside(path)
        if aside is not None:
            replaced.append(f"{path} was there, and is {aside} now")
    if recorded is None or recorded.report is not None:
        return True
    return bool(list(differences(recorded.description, description)))


def _predict_or_keep(
    run: Run, inherited: Inherited | None, journal: Journal, report: Report, show: Shown
) -> None:
    try:
        _predict(run, inherited, journal, report, show)
    except KeyboardInterrupt as stop:
        stop.args = (write_partial(run, journal),)
        raise


def _predict(
    run: Run, inherited: Inherited | None, journal: Journal, report: Report, show: Shown
) -> None:
    done = sum(journal.recorded.progress.values())
    meter = Meter(run.selection.path.name, len(run.selection), done)
    predictor, recorded = run.predictor, journal.recorded
    pipeline, trackers = predictor.pipeline, None
    if predictor.tracking is not None:
        trackers = trackers_of(predictor.tracking, pipeline, run.selection, inherited)
        go_on(trackers, recorded, run.selection, pipeline.channels, inherited, run.before)
    size = frames_of_step(pipeline, run.selection.largest, predictor.options.batch_size)
    batches = predict_selection(pipeline, run.selection, size, done, trackers)
    with closing(batches):  # type: ignore[type-var]  # a generator
        for batch, _ in _timed(batches, report):
            if run.strict and batch.unreadable:
                _refuse_unreadable(run, batch)
            with clock(report, "journal"):
                fresh = report.seconds - journal.recorded.seconds
                _append(journal, attrs.evolve(batch, seconds=fresh))
            show(meter.add(len(batch)))


def _append(journal: Journal, batch: Batch) -> None:
    try:
        journal.append(batch)
    except JournalError as error:
        raise StoppedError(str(error)) from None


def _timed(batches: Iterator[Any], report: Report) -> Iterator[Any]:
    while True:
        with clock(report, "prediction"):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


def _refuse_unreadable(run: Run, batch: Any) -> None:
    row, reason = next(iter(batch.unreadable.items()))
    if int(batch.frames[row]) > run.selection.sources[batch.source].last_readable():
        return
    what = f"{run.selection.path}: frame {batch.frames[row]} must be readable, got {reason}"
    fix = f"leave {argument('strict', value='True')} out to predict the others"
    raise UnreadableFrameError(f"{what}\n  fix: {fix}")

"""One run: the frames of a selection, through a journal, into a file."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs

import poise
from poise.errors import PoiseError
from poise.messages import argument
from poise_workflows.frames.selections import Selection
from poise_workflows.journal.aside import set_aside
from poise_workflows.journal.batches import Batch
from poise_workflows.journal.descriptions import as_json, differences
from poise_workflows.journal.errors import JournalError
from poise_workflows.journal.reading import Recorded, journal_of, read_journal
from poise_workflows.journal.writing import Journal, open_journal
from poise_workflows.prediction.describing import description_of, readers_of
from poise_workflows.prediction.loading import Predictor
from poise_workflows.prediction.outputs import refuse_taken
from poise_workflows.prediction.predicting import predict_selection
from poise_workflows.prediction.reports import Report, count_frames, write_report
from poise_workflows.prediction.sources import contents_of_run
from poise_workflows.progress.events import Meter
from poise_workflows.progress.showing import Shown
from poise_workflows.results.contents import Results
from poise_workflows.results.formats import FORMATS, path_of, write_format
from poise_workflows.results.merging import merge_results
from poise_workflows.results.provenance import Origin, provenance_of
from poise_workflows.results.sleap_files import write_slp

SLP = "slp"
"""The format that every result has."""


class UnreadableFrameError(PoiseError):
    """A frame cannot be read, and the run is strict."""


class StoppedError(PoiseError):
    """The journal cannot be written any more; it keeps every batch before."""


@attrs.frozen(kw_only=True, eq=False)
class Run:
    """A run that is about to start.

    Attributes:
        predictor: the models and the options of decoding.
        selection: the frames.
        output: the ``.slp`` file.
        options: everything that the user asked for, as JSON, for the provenance.
        command: the command line; empty in Python.
        empty_frames: whether frames without animals are kept in the file.
        overwrite: whether what is there is kept aside, and all is predicted anew.
        strict: whether the first frame that cannot be read ends the run.
        allow_unreadable: how many holes are no failure.
        format: which files are written beside the ``.slp`` file; ``"slp"`` for none.
        merge: a project, of which a copy with the poses is written instead.
    """

    predictor: Predictor
    selection: Selection
    output: Path
    options: Mapping[str, Any]
    command: tuple[str, ...] = ()
    empty_frames: bool = True
    overwrite: bool = False
    strict: bool = False
    allow_unreadable: int = 0
    format: str = SLP
    merge: Path | None = None


@attrs.frozen(kw_only=True, eq=False)
class Prediction:
    """What became of a run.

    Attributes:
        output: the ``.slp`` file.
        report: what to say of it, as JSON; see ``reports.Report``.
        was_finished: whether an earlier process had finished it; then nothing was touched.
        failed: why the run does not count as successful; empty if it does.
        files: of another format, and the drawing, if they were asked for.
        remarks: which of these are not there, and why, a sentence each.
    """

    output: Path
    report: Mapping[str, Any]
    was_finished: bool = False
    failed: str = ""
    files: tuple[Path, ...] = ()
    remarks: tuple[str, ...] = ()


def partial_of(output: Path) -> Path:
    """Where poses go of a run that was interrupted: ``flies.partial.slp``."""
    return output.with_suffix(f".partial{output.suffix}")


def run_selection(run: Run, show: Shown) -> Prediction:
    """Predict what is not predicted yet, and write the file.

    Raises:
        OptionsError: the output is there, and no journal says that it is of this run.
        JournalError: the journal is of another run, in use, or cannot be written.
        StoppedError: the journal cannot be written any more, for example on a full disk.
        ResultsError: the file cannot be written. The journal keeps the poses.
        UnreadableFrameError: a frame cannot be read, and the run is strict.
        KeyboardInterrupt: the run was interrupted; what there is lies in ``partial_of``.
    """
    refuse_taken(run.output, overwrite=run.overwrite)
    with _open(run) as journal:
        if journal.is_finished and run.output.exists():
            report = dict(journal.recorded.report or {})
            files = _write_format(run, journal.recorded, report, keep=True)
            return Prediction(
                output=run.output,
                report=report,
                was_finished=True,
                failed=_failure(run, report),
                files=files,
                remarks=_remarks(run, files),
            )
        report_in_making = Report(notes=_notes(run.selection))
        if not journal.is_finished:
            _predict(run, journal, report_in_making, show)
        return _finish(run, journal, report_in_making)


def _open(run: Run) -> Journal:
    place = journal_of(run.output)
    description = description_of(run.predictor.pipeline, run.selection, run.predictor.options)
    anew = run.overwrite and not _goes_on(place, description)
    if anew:
        for path in (run.output, *files_of(run)):
            set_aside(path)
    background = {"started": datetime.now().astimezone().isoformat(), "poise": poise.__version__}
    return open_journal(place, description, background, overwrite=anew)


def _goes_on(place: Path, description: Mapping[str, Any]) -> bool:
    """Whether a journal is of this very run, which was interrupted: overwriting has begun."""
    try:
        recorded = read_journal(place)
    except (JournalError, OSError):
        return False
    if recorded is None or recorded.report is not None:
        return False
    return not list(differences(recorded.description, as_json(description)))


def _predict(run: Run, journal: Journal, report: Report, show: Shown) -> None:
    done = sum(journal.recorded.progress.values())
    meter = Meter(run.selection.path.name, len(run.selection), done)
    size = run.predictor.options.batch_size
    batches = predict_selection(run.predictor.pipeline, run.selection, size, done)
    try:
        with closing(batches):  # type: ignore[type-var]  # a generator
            for batch, animals in _timed(batches, report):
                if run.strict and batch.unreadable:
                    _refuse_unreadable(run, batch)
                with _clock(report, "journal"):
                    _append(journal, batch)
                report.add_missing(animals)
                show(meter.add(len(batch)))
    except KeyboardInterrupt:
        write_slp(
            _results(run, journal.recorded),
            partial_of(run.output),
            _origin(run, journal.recorded, {}),
            empty_frames=run.empty_frames,
        )
        raise


def _append(journal: Journal, batch: Batch) -> None:
    try:
        journal.append(batch)
    except JournalError as error:
        raise StoppedError(str(error)) from None


def _timed(batches: Iterator[Any], report: Report) -> Iterator[Any]:
    while True:
        with _clock(report, "prediction"):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


@contextmanager
def _clock(report: Report, stage: str) -> Iterator[None]:
    start = time.monotonic()
    try:
        yield
    finally:
        report.seconds[stage] += time.monotonic() - start  # type: ignore[assignment]


def _refuse_unreadable(run: Run, batch: Any) -> None:
    row, reason = next(iter(batch.unreadable.items()))
    if int(batch.frames[row]) > run.selection.sources[batch.source].last_readable():
        return
    what = f"{run.selection.path}: frame {batch.frames[row]} must be readable, got {reason}"
    fix = f"leave {argument('strict', value='True')} out to predict the others"
    raise UnreadableFrameError(f"{what}\n  fix: {fix}")


def _finish(run: Run, journal: Journal, report: Report) -> Prediction:
    count_frames(report, journal.recorded, run.selection)
    with _clock(report, "result"):
        _write(run, journal.recorded, run.output, report.to_json())
    facts = report.to_json()
    if not journal.is_finished:
        journal.finish(facts)
    write_report(facts, run.output)
    partial_of(run.output).unlink(missing_ok=True)
    files = _write_format(run, journal.recorded, facts)
    return Prediction(
        output=run.output,
        report=facts,
        failed=_failure(run, facts),
        files=files,
        remarks=_remarks(run, files),
    )


def _remarks(run: Run, files: tuple[Path, ...]) -> tuple[str, ...]:
    lacking = (file for file in files_of(run) if file not in files)
    return tuple(f"{file} is not written: its video has no animal" for file in lacking)


def _failure(run: Run, report: Mapping[str, Any]) -> str:
    holes = report.get("holes", 0)
    if holes <= run.allow_unreadable:
        return ""
    what = (
        "1 frame cannot be read and is" if holes == 1 else f"{holes} frames cannot be read and are"
    )
    return f"{what} empty; pass {argument('allow_unreadable', value=str(holes))} to accept that"


def _write(run: Run, recorded: Recorded, path: Path, report: Mapping[str, Any]) -> None:
    results, origin = _results(run, recorded), _origin(run, recorded, report)
    if run.merge is not None:
        merge_results(results, run.merge, path, origin)
    else:
        write_slp(results, path, origin, empty_frames=run.empty_frames)


def _write_format(
    run: Run, recorded: Recorded, report: Mapping[str, Any], *, keep: bool = False
) -> tuple[Path, ...]:
    """Write the files of another format; if ``keep``, only those that are not there."""
    kept = tuple(file for file in files_of(run) if keep and file.exists())
    if run.format == SLP or len(kept) == len(files_of(run)):
        return kept
    origin = _origin(run, recorded, report)
    written = write_format(_results(run, recorded), run.format, run.output, origin, keep=kept)
    return (*kept, *(file.path for file in written))


def files_of(run: Run) -> tuple[Path, ...]:
    """The files of another format, one for each video."""
    if run.format == SLP:
        return ()
    videos = [video.name for video in contents_of_run(run.predictor.pipeline, run.selection).videos]
    form = FORMATS[run.format]
    return tuple(path_of(run.output, form, index, videos) for index in range(len(videos)))


def _results(run: Run, recorded: Recorded) -> Results:
    contents = contents_of_run(run.predictor.pipeline, run.selection)
    return Results(contents=contents, recorded=recorded)


def _origin(run: Run, recorded: Recorded, report: Mapping[str, Any]) -> dict[str, Any]:
    pipeline, started = run.predictor.pipeline, recorded.background.get("started")
    finished = datetime.now().astimezone()
    origin = Origin(
        model_paths=[str(member.reading.source) for member in pipeline.roles.members],
        predictor=pipeline.predictor,
        command=run.command,
        data_path=str(run.selection.path),
        output_path=str(run.output),
        options=run.options,
        started=datetime.fromisoformat(started) if started else finished,
        finished=finished,
        details={
            "models": [member.facts() for member in pipeline.roles.members],
            "readers": readers_of(run.selection),
            "report": dict(report),
        },
    )
    return provenance_of(origin)


def _notes(selection: Selection) -> list[str]:
    of_sources = [note for source in selection.sources for note in source.notes]
    return list(dict.fromkeys([*selection.notes, *of_sources]))

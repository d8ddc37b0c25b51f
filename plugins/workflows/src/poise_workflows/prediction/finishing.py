"""From a journal to the files of a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from poise.errors import PoiseError
from poise.messages import argument, counted, join_names
from poise.settings import ONEDNN
from poise.writing.drafts import drafts_of
from poise_workflows.journal.aside import set_aside
from poise_workflows.journal.errors import JournalError
from poise_workflows.journal.reading import Recorded
from poise_workflows.journal.writing import Journal
from poise_workflows.prediction.describing import checksum_of, readers_of
from poise_workflows.prediction.recordings import notes_of_recording, tracks_before
from poise_workflows.prediction.reports import (
    Report,
    clock,
    count_frames,
    report_of,
    write_report,
)
from poise_workflows.prediction.runs import SLP, Prediction, Run, StoppedError, partial_of
from poise_workflows.prediction.sources import contents_of_run
from poise_workflows.results.contents import Results
from poise_workflows.results.errors import ResultsError, unwritable
from poise_workflows.results.formats import FORMATS, path_of, write_format
from poise_workflows.results.merging import merge_results
from poise_workflows.results.provenance import Origin, provenance_of
from poise_workflows.results.sleap_files import write_slp
from poise_workflows.tracking.passing import tracked_results


def finish(run: Run, journal: Journal, report: Report) -> Prediction:
    """Write the files of a run of which every frame is predicted.

    The journal is marked as finished first. A result that stands is thus never written again,
    and one that is missing is.

    Raises:
        StoppedError: the journal cannot be written.
        ResultsError: a file cannot be written; the journal keeps the poses.
    """
    if not journal.is_finished:
        if run.predictor.tracking is not None:
            report.tracking = run.predictor.tracking.facts()
        count_frames(report, _results(run, journal.recorded), run.selection)
        try:
            journal.finish(report.to_json())
        except JournalError as error:
            raise StoppedError(str(error)) from None
    facts = dict(journal.recorded.report or {})
    with clock(report, "result"):
        _write(run, journal.recorded, facts)
    facts["seconds"] = {**report.to_json()["seconds"], **facts["seconds"]}
    files = write_rest(run, journal.recorded, facts)
    partial = partial_of(run.output)
    is_corrected = _is_corrected(partial, journal.recorded)
    if not is_corrected:
        partial.unlink(missing_ok=True)
    left = (f"{partial} is left as it is: you have changed it",) if is_corrected else ()
    return Prediction(
        output=run.output,
        report=facts,
        failed=failure(run, facts),
        files=files,
        remarks=(*remarks_of(run, files), *left),
    )


def write_rest(run: Run, recorded: Recorded, report: Mapping[str, Any]) -> tuple[Path, ...]:
    """Write the report and the files of another format, unless they are there.

    Returns:
        The files of another format.

    Raises:
        ResultsError: a file cannot be written.
    """
    path = report_of(run.output)
    if not path.exists():
        try:
            write_report(report, run.output)
        except OSError as error:
            raise unwritable(path, error) from None
    kept = tuple(file for file in files_of(run) if file.exists())
    if run.format == SLP or len(kept) == len(files_of(run)):
        return kept
    origin = _origin(run, recorded, report)
    written = write_format(_results(run, recorded), run.format, run.output, origin, keep=kept)
    return (*kept, *(file.path for file in written))


def remarks_of(run: Run, files: Collection[Path]) -> tuple[str, ...]:
    """Which files of another format are not there, and why."""
    lacking = (file for file in files_of(run) if file not in files)
    return tuple(f"{file} is not written: its video has no animal" for file in lacking)


def write_partial(run: Run, journal: Journal) -> str:
    """Write what is predicted of an interrupted run, and say what became of it.

    The file of an earlier interruption is replaced. If a user has changed it, Poise keeps it
    under a numbered name.

    Returns:
        What to tell the user.
    """
    recorded, aside = journal.recorded, ""
    done = sum(recorded.progress.values())
    if not done:
        return "interrupted before the first batch was predicted"
    path = partial_of(run.output)
    many = f"interrupted after {done} of {counted(len(run.selection), 'frame')}"
    try:
        run.guard()
        if _is_corrected(path, recorded):
            aside = f"; the file that you have changed is {_set_aside(path)} now"
        origin = _origin(run, recorded, {})
        write_slp(_results(run, recorded), path, origin, empty_frames=not run.no_empty_frames)
    except ResultsError as error:
        return f"{many}, which the journal keeps{aside}; {error.faults[0]}"
    except PoiseError as error:  # the guard's
        return f"{many}, which the journal keeps{aside}; {error.one_line()}"
    with suppress(JournalError, OSError):  # else Poise takes the file for a changed one
        journal.record_partial(checksum_of(path))
    return f"{many}, which are in {path} and in the journal{aside}"


def _is_corrected(partial: Path, recorded: Recorded) -> bool:
    """Whether a file of an earlier interruption is not as Poise wrote it."""
    try:
        return partial.exists() and checksum_of(partial) != recorded.partial
    except OSError:  # it cannot be read, so nobody knows
        return True


def _set_aside(path: Path) -> Path | None:
    try:
        return set_aside(path)
    except OSError as error:
        raise unwritable(path, error) from None


def failure(run: Run, report: Mapping[str, Any]) -> str:
    """Why a run does not count as successful; empty if it does."""
    holes = report.get("holes", 0)
    if holes <= run.allow_unreadable:
        return ""
    what = (
        "1 frame cannot be read and is" if holes == 1 else f"{holes} frames cannot be read and are"
    )
    return f"{what} empty; pass {argument('allow_unreadable', value=str(holes))} to accept that"


def files_of(run: Run) -> tuple[Path, ...]:
    """The files of another format, one for each video."""
    if run.format == SLP:
        return ()
    videos = [video.name for video in contents_of_run(run.predictor.pipeline, run.selection).videos]
    form = FORMATS[run.format]
    return tuple(path_of(run.output, form, index, videos) for index in range(len(videos)))


def remove_drafts(run: Run) -> None:
    """Remove what killed processes have left of files. This one must have claimed the journal."""
    outputs = (run.output, partial_of(run.output), report_of(run.output), *files_of(run))
    for draft in (draft for output in outputs for draft in drafts_of(output)):
        with suppress(OSError):
            draft.unlink()


def notes_of(run: Run) -> list[str]:
    """What the user should know of the sources, and of the names of identities."""
    selection, names = run.selection, run.predictor.pipeline.class_names
    notes = [note for source in selection.sources for note in source.notes]
    tracks = [track.name for track in getattr(selection.labels, "tracks", ())]
    if names and tracks and tracks[: len(names)] != list(names):
        notes.append(
            f"identities have the model's names, {join_names(names)}; {selection.path.name} has "
            f"the tracks {join_names(tracks)}, whose names SLEAP would give them in this order"
        )
    return list(dict.fromkeys([*selection.notes, *notes, *notes_of_recording(run.before)]))


def _write(run: Run, recorded: Recorded, report: Mapping[str, Any]) -> None:
    run.guard()
    results, origin = _results(run, recorded), _origin(run, recorded, report)
    if run.merge is not None:
        merge_results(results, run.merge, run.output, origin, run.maps)
    else:
        write_slp(results, run.output, origin, empty_frames=not run.no_empty_frames)


def _results(run: Run, recorded: Recorded) -> Results:
    contents = contents_of_run(run.predictor.pipeline, run.selection)
    results = Results(contents=contents, recorded=recorded)
    before = tracks_before(recorded.description)
    return tracked_results(results, run.predictor.tracking, before=before)


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
            "environment": {ONEDNN.name: ONEDNN.text() or None},
            "report": dict(report),
        },
    )
    return provenance_of(origin)

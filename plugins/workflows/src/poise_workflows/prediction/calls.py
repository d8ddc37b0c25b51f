"""A call of ``predict``: its runs are checked together, and then done one after the other."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from poise_workflows.frames.opening import open_sources
from poise_workflows.frames.path_maps import path_maps
from poise_workflows.journal.writing import Guard
from poise_workflows.prediction.devices import Device, prepare_devices
from poise_workflows.prediction.drawings import with_drawing
from poise_workflows.prediction.finishing import files_of, notes_of
from poise_workflows.prediction.loading import Models, Predictor, load_for
from poise_workflows.prediction.outputs import check_format, outputs_of, project_of, refuse_taken
from poise_workflows.prediction.predicting import check_channels, check_sizes, labeled
from poise_workflows.prediction.predictors import Ready, predictors_of
from poise_workflows.prediction.recordings import in_order, parts_before
from poise_workflows.prediction.room import check_room, unfinished
from poise_workflows.prediction.running import run_selection
from poise_workflows.prediction.runs import Prediction, Run
from poise_workflows.prediction.sources import contents_of_run
from poise_workflows.progress.showing import Shown, shown
from poise_workflows.rendering.of_results import rendering_of
from poise_workflows.results.merging import note_videos
from poise_workflows.results.sleap_files import check_writer
from poise_workflows.tracking.prediction import check_sources

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

DECODING = (
    "batch_size",
    "peak_threshold",
    "refinement",
    "max_instances",
    "max_edge_length_ratio",
    "dist_penalty_weight",
    "precision",
    "runtime",
    "track",
    "tracking",
)


def predict_all(
    sources: Paths,
    models: Models,
    output: str | os.PathLike[str] | None,
    options: dict[str, Any],
    command: Sequence[str] = (),
    tell: Any = None,
    note: Callable[[str, str], None] | None = None,
    notes: Sequence[str] = (),
    loader: Callable[..., Predictor] = load_for,
    show: Shown | None = None,
    guard: Guard = lambda: None,
) -> list[Prediction]:
    """The work of ``predict``.

    Args:
        sources: as of ``predict``.
        models: as of ``predict``.
        output: as of ``predict``.
        options: all others.
        command: the command line; empty in Python.
        tell: is called with the device before the first frame; by default Poise warns if a GPU
            cannot be used.
        note: is called before the first frame with the name of a source and each sentence that
            the user should know of it; by default the progress shows it.
        notes: sentences for every report.
        loader: loads the models, as ``load_for``; who predicts often keeps them.
        show: shows progress; by default as the options say.
        guard: called before anything of a run is written; what it raises ends the run.
    """
    is_free = options["overwrite"] or options["renew"]
    prepare_devices(options["device"])
    paths = [sources] if isinstance(sources, str | os.PathLike) else list(sources)
    of_sources = {name: options[name] for name in OF_SOURCES}
    maps = path_maps(options.get("map"))
    goes_on = options.get("continue_tracks", False)
    selections = open_sources(in_order(paths) if goes_on else paths, **of_sources, maps=maps)
    nothing: list[Any] = [()] * len(selections)
    outputs = outputs_of(selections, output)
    check_format(options["format"])
    merge = project_of(options["merge"], outputs, output)
    rendering = rendering_of(options["render"], selections)
    if merge is not None:
        note_videos(merge, maps)
    general = maps.notes()
    for path in outputs:
        refuse_taken(path, overwrite=is_free)
    if rendering is not None:
        refuse_taken(rendering, overwrite=is_free, output=outputs[0])
    of_load = {name: options[name] for name in DECODING}
    with (
        predictors_of(
            models,
            of_load,
            options["device"],
            selections,
            outputs,
            overwrite=options["overwrite"],
            loader=loader,
        ) as ready,
        show or shown(options["progress"]) as showing,
    ):
        for (predictor, _), selection in zip(ready, selections, strict=True):
            # All refuse before the first frame is predicted.
            labeled(predictor.pipeline, selection)
            check_channels(predictor.pipeline, selection)
            check_sizes(predictor.pipeline, selection)
            if predictor.tracking is not None:
                check_sources(predictor.tracking, predictor.pipeline, selection)
        tracking = ready[0].predictor.tracking
        before = parts_before(selections, outputs, tracking, general) if goes_on else nothing
        _say(ready, tell or _warn, note or showing.note)
        plain = {name: _plain(value) for name, value in options.items()}
        runs = [
            Run(
                predictor=predictor,
                selection=selection,
                output=path,
                options={**plain, "device": str(device)},
                command=tuple(command),
                no_empty_frames=options["no_empty_frames"],
                overwrite=options["overwrite"],
                renew=options["renew"],
                notes=(*notes, *general),
                maps=maps,
                before=parts,
                strict=options["strict"],
                allow_unreadable=options["allow_unreadable"],
                format=options["format"],
                merge=merge,
                guard=guard,
            )
            for (predictor, device), selection, path, parts in zip(
                ready, selections, outputs, before, strict=True
            )
        ]
        for run in runs:
            for path in files_of(run):
                refuse_taken(path, overwrite=is_free, output=run.output)
        left = unfinished(runs)
        check_room(left)
        for run in left[:1]:  # all are written by one library
            check_writer(contents_of_run(run.predictor.pipeline, run.selection))
        for text in general:
            (note or showing.note)("call", text)
        for run in runs:
            for text in notes_of(run):
                (note or showing.note)(run.selection.path.name, text)
        results = [run_selection(run, showing) for run in runs]
    if rendering is None:
        return results
    return [with_drawing(runs[0], results[0], rendering, options.get("map"))]


def _say(ready: Sequence[Ready], tell: Any, note: Callable[[str, str], None]) -> None:
    """Say what predicts, and with which tracker; each once."""
    for device in dict.fromkeys(each.device for each in ready):
        tell(device)
    for choice in dict.fromkeys(each.predictor.choice for each in ready):
        if choice is not None:
            note("runtime", str(choice))
    tracking = ready[0].predictor.tracking
    if tracking is not None:
        note("tracker", str(tracking))


OF_SOURCES = (
    "frames",
    "only_labeled",
    "only_suggested",
    "video_index",
    "dataset",
    "input_format",
    "color_matrix",
)


def _warn(device: Device) -> None:
    if device.note:
        warnings.warn(device.note, stacklevel=4)


def _plain(value: Any) -> Any:
    """A value as JSON can hold it: numbers of frames as a list."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return value if isinstance(value, str | int | float | None) else list(value)

"""``predict``: from models and sources to files."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from poise.errors import Fault
from poise_workflows.frames.opening import open_sources
from poise_workflows.frames.path_maps import Maps, path_maps
from poise_workflows.journal.writing import Guard
from poise_workflows.prediction.devices import Device, prepare_devices
from poise_workflows.prediction.drawings import with_drawing
from poise_workflows.prediction.finishing import files_of, notes_of
from poise_workflows.prediction.loading import Models, Predictor, load_for
from poise_workflows.prediction.options import OptionsError
from poise_workflows.prediction.outputs import check_format, outputs_of, project_of, refuse_taken
from poise_workflows.prediction.predicting import check_channels, check_sizes, labeled
from poise_workflows.prediction.predictors import Ready, predictors_of
from poise_workflows.prediction.recordings import in_order, parts_before
from poise_workflows.prediction.room import check_room, unfinished
from poise_workflows.prediction.running import run_selection
from poise_workflows.prediction.runs import SLP, Prediction, Run
from poise_workflows.prediction.sources import contents_of_run
from poise_workflows.progress.showing import Shown, shown
from poise_workflows.queueing.options import taken
from poise_workflows.rendering.of_results import rendering_of
from poise_workflows.results.merging import note_videos
from poise_workflows.results.sleap_files import check_writer
from poise_workflows.tracking.prediction import check_sources

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

POSITIONAL = ("sources", "models", "output")

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


def predict(
    sources: Paths,
    models: Models,
    output: str | os.PathLike[str] | None = None,
    *,
    frames: str | Iterable[int] | None = None,
    only_labeled: bool = False,
    only_suggested: bool = False,
    video_index: int | None = None,
    dataset: str | None = None,
    input_format: Any = "channels_last",
    color_matrix: Any = "bt601",
    map: Maps | None = None,  # noqa: A002  # the option's name
    batch_size: int = 4,
    peak_threshold: float | None = None,
    refinement: str | None = None,
    max_instances: int | None = None,
    max_edge_length_ratio: float | None = None,
    dist_penalty_weight: float | None = None,
    track: str | None = None,
    tracking: Mapping[str, Any] | None = None,
    continue_tracks: bool = False,
    no_empty_frames: bool = False,
    format: str = SLP,  # noqa: A002  # the option's name
    merge: str | os.PathLike[str] | None = None,
    render: str | os.PathLike[str] | None = None,
    device: str = "auto",
    precision: str = "float32",
    runtime: str = "keras",
    strict: bool = False,
    allow_unreadable: int = 0,
    overwrite: bool = False,
    renew: bool = False,
    progress: str = "auto",
    jobs: int | str | None = None,
    recursive: bool = False,
    devices: str = "auto",
    retries: int = 3,
    engine: str = "processes",
    engine_options: Mapping[str, str] | None = None,
    scheduler: str | None = None,
) -> list[Prediction]:
    """Predict the animals in videos, images or labels, and write ``.slp`` files.

    Everything is checked before the first frame is predicted. Each finished batch is in a
    journal beside the output: the same call again goes on from there, and leaves a finished run
    alone.

    Args:
        sources: video files, images, folders of either, TIFF stacks, HDF5 files, ``.slp`` files,
            and ``.txt`` or ``.csv`` lists of paths.
        models: a model for whole images, or one or both stages of top-down: SLEAP's folders,
            archives or ``training_config.json``, and Poise's folders.
        output: the ``.slp`` file, or a folder. By default each result lies beside its source, as
            ``flies.predictions.slp``.
        frames: which frames of a video, ``"0-99,200"``; by default all.
        only_labeled: of a label file, frames that a person labeled.
        only_suggested: of a label file, suggestions that no person has labeled yet.
        video_index: of a label file, one video instead of the listed frames.
        dataset: of an HDF5 file.
        input_format: order of the axes of the dataset, ``"channels_last"`` or
            ``"channels_first"``.
        color_matrix: how YUV becomes RGB: ``"bt601"`` as for SLEAP, ``"bt709"``, or ``"file"``.
        map: path on another machine → path here, as ``{"/mnt/lab": "/data/lab"}``, for paths that
            label files, lists and the project of ``merge`` name and that begin so.
        batch_size: how many frames the network sees at once.
        peak_threshold: the least value of a peak, of centroids and of parts; by default 0.2.
        refinement: how parts are located within their cells: ``"auto"``, ``"integral"``,
            ``"local"`` or ``"none"``.
        max_instances: keep at most this many animals of a frame, the best.
        max_edge_length_ratio: of bottom-up models: longer edges, as a part of the image, cost;
            by default 0.25.
        dist_penalty_weight: of bottom-up models: how much they cost; by default 1.
        track: the tracker that follows the animals from frame to frame, such as ``"simple"``; by
            default none does.
        tracking: its options by SLEAP's names, as ``{"similarity": "centroid"}``, and
            ``edition``: ``"2026"``, or ``"sleap-1.4"`` for SLEAP's tracks.
        continue_tracks: whether the videos of a folder are one recording, in which tracks go on
            from each to the next one. Each folder is a recording of its own.
        no_empty_frames: leave frames without animals out of the file.
        format: a format that is written beside the ``.slp`` file: ``"analysis"``,
            ``"analysis.csv"``, ``"dlc"`` or ``"nwb"``.
        merge: a project of SLEAP, a ``.slp`` file. ``output`` is a copy of it with the poses,
            which replace earlier predictions on the same frames.
        render: a video (``.mp4``, ``.mov``, ``.mkv``, ``.avi``) or picture (``.png``, ``.jpg``)
            of the poses, drawn over the source. A drawing that fails does not fail the prediction.
        device: ``"auto"``, ``"cpu"`` or ``"gpu:N"``.
        precision: what the networks compute in: ``"float32"``, ``"float16"`` or ``"bfloat16"``.
        runtime: what runs the networks: ``"keras"``, ``"onnx"`` for ONNX Runtime, ``"openvino"``,
            that of a plugin, or ``"auto"`` for the fastest that is installed and agrees with
            Keras. ``models`` may be exports then, which need no backend of Keras.
        strict: stop at the first frame that cannot be read.
        allow_unreadable: how many frames that cannot be read are no failure.
        overwrite: predict anew, and keep the files that are there under numbered names.
        renew: as ``overwrite``, but only where what is there is of another run.
        progress: ``"auto"``, ``"rich"``, ``"json"``, ``"lines"`` or ``"none"``.
        jobs: predict the videos as a queue in the folder ``output``, by so many workers, or
            ``"auto"``: one for each GPU, or for some cores. 0 only plans the queue.
        recursive: of a queue: take the videos of folders in folders, too.
        devices: of a queue: what workers on this machine predict on: ``"auto"``, ``"cpu"``, or
            GPUs as ``"gpu:0,gpu:2"``; each worker sees one.
        retries: of a queue: attempts without a new frame after which a video is set aside.
        engine: of a queue: what runs the workers; ``"processes"``, or one of a plugin.
        engine_options: of the engine, by name.
        scheduler: of an engine that has one: where it listens.

    Returns:
        What became of each source. Of a queue, ``failed`` says why a video was set aside, or that
        it is left.

    Raises:
        ModelsError: the models do not make a pipeline, or an option does not fit them.
        SourceError: a source cannot be read, or lacks the frames.
        OptionsError: options do not fit each other or the sources, or an output is there.
        RenderingError: a rendering cannot be drawn as asked.
        JournalError: the journal is of another run, in use, or cannot be written.
        ResultsError: sleap-io cannot write results, so that nothing is predicted; or a file
            cannot be written, and the journal keeps the poses.
        QueueError: a queue cannot be planned, or the folder has another one.
        EngineError: workers cannot be run.
    """
    options = {name: value for name, value in locals().items() if name not in POSITIONAL}
    faults: list[Fault] = []
    queued = taken(options, faults)
    if faults:
        raise OptionsError(faults)
    if queued is not None:
        from poise_workflows.queueing.workflow import predict_queue

        return predict_queue(sources, models, output, options, queued)
    return predict_all(sources, models, output, options)


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

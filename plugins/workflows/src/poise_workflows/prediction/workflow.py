"""``predict``: from models and sources to files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from poise.errors import Fault
from poise_workflows.frames.path_maps import Maps
from poise_workflows.prediction.calls import Paths, predict_all
from poise_workflows.prediction.loading import Models
from poise_workflows.prediction.options import OptionsError
from poise_workflows.prediction.runs import SLP, Prediction
from poise_workflows.queueing.options import taken

POSITIONAL = ("sources", "models", "output")


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

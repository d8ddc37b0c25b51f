"""Predict the labeled frames of a truth, in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs

from poise.messages import counted
from poise_workflows.evaluation.pairing import Frames
from poise_workflows.frames.label_files import select_labels
from poise_workflows.frames.path_maps import NO_MAPS, PathMaps
from poise_workflows.prediction.devices import on_device, prepare_devices
from poise_workflows.prediction.loading import Predictor, load
from poise_workflows.prediction.predicting import check_channels, predict_selection
from poise_workflows.prediction.sources import contents_of_run, without_poses
from poise_workflows.progress.events import Event, Meter
from poise_workflows.progress.showing import shown
from poise_workflows.results.sleap_objects import add_frames, labels_without_frames


@attrs.frozen(kw_only=True, eq=False)
class Predictions:
    """What models predict of labeled frames.

    Attributes:
        labels: the ``sleap_io.Labels`` with the predicted animals.
        stage: of a model of top-down that predicted alone, with labels for the other stage; else
            empty.
        notes: what to know of the frames, a sentence each.
    """

    labels: Any
    stage: str = ""
    notes: tuple[str, ...] = ()


def predicted_by(
    models: Sequence[Path],
    truth: Any,
    path: Path,
    device: str,
    progress: str,
    maps: PathMaps = NO_MAPS,
) -> Predictions:
    """Load models and predict every frame that labels list.

    Args:
        models: of one pipeline.
        truth: as of ``predicted``.
        path: as of ``predicted``.
        device: as of ``evaluate``.
        progress: as of ``evaluate``.
        maps: as of ``predicted``.

    Raises:
        ModelsError: they make no pipeline.
        OptionsError: there is no such device, or the model takes other images.
        SourceError: as of ``predicted``.
    """
    prepare_devices(device)
    with on_device(device) as used, shown(progress) as show:
        result = predicted(load(models), truth, path, show, maps)
    return attrs.evolve(result, notes=(*filter(None, [used.note]), *result.notes))


def predicted(
    predictor: Predictor,
    truth: Any,
    path: Path,
    show: Callable[[Event], None] = lambda event: None,
    maps: PathMaps = NO_MAPS,
) -> Predictions:
    """Predict every frame that labels list.

    Args:
        predictor: the models.
        truth: the ``sleap_io.Labels``; a stage of top-down that stands alone takes their animals.
        path: the file that they come from; videos may lie beside it.
        show: gets an event for each batch.
        maps: where paths of another machine, which the labels name, lead here.

    Raises:
        SourceError: a video cannot be read, or lacks a frame.
        OptionsError: the model takes images of other channels.
    """
    pipeline = predictor.pipeline
    selection = select_labels(truth, path, maps=maps)
    check_channels(pipeline, selection)
    labels = labels_without_frames(without_poses(contents_of_run(pipeline, selection)), {})
    meter, unreadable = Meter(path.name, len(selection)), 0
    batches = predict_selection(pipeline, selection, predictor.options.batch_size)
    with closing(batches):  # type: ignore[type-var]  # a generator
        for batch, _ in batches:
            add_frames(labels, batch)
            unreadable += len(batch.unreadable)
            show(meter.add(len(batch)))
    holes = f"{counted(unreadable, 'frame')} cannot be read; nothing is predicted there"
    return Predictions(
        labels=labels,
        stage=pipeline.first.stage if pipeline.needs_labels else "",
        notes=(holes,) if unreadable else (),
    )


def labels_of_frames(truth: Any, frames: Frames) -> Any:
    """Labels of some frames alone, of the same videos.

    Args:
        truth: the ``sleap_io.Labels``.
        frames: index of a video, number → the animals of the frame.
    """
    import sleap_io

    return sleap_io.Labels(
        [
            sleap_io.LabeledFrame(
                video=truth.videos[video], frame_idx=number, instances=list(animals)
            )
            for (video, number), animals in frames.items()
        ],
        videos=list(truth.videos),
        skeletons=list(truth.skeletons),
        tracks=list(truth.tracks),
    )

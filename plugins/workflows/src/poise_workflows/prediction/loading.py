"""Load models once, and predict often."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from poise import Instances
from poise.errors import Fault
from poise.messages import argument_path
from poise_workflows.exporting.errors import ExportError
from poise_workflows.frames.indexed import as_batch, as_usable, check_values
from poise_workflows.frames.preparation import with_channels
from poise_workflows.frames.selections import Selection
from poise_workflows.frames.sources import Array, SourceError
from poise_workflows.journal.batches import Batch
from poise_workflows.pipelines.composing import Pipeline
from poise_workflows.pipelines.exports import read_for
from poise_workflows.pipelines.members import read_models
from poise_workflows.pipelines.runtimes import AUTO, KERAS, runtime_of
from poise_workflows.prediction.devices import grow_on_demand
from poise_workflows.prediction.fastest import Choice, FramesOf, choose, composed
from poise_workflows.prediction.options import Decoding, OptionsError, decoding_of
from poise_workflows.prediction.predicting import check_channels, predict_selection
from poise_workflows.prediction.sources import contents_of_run, selection_of, without_poses
from poise_workflows.results.sleap_objects import add_frames, labels_without_frames
from poise_workflows.tracking.choosing import Tracking, tracking_of
from poise_workflows.tracking.passing import tracked_results
from poise_workflows.tracking.prediction import check_model, check_sources, trackers_of
from poise_workflows.tracking.streaming import check_stream, tracked_instances

Models = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


@attrs.frozen(eq=False)
class Predictor:
    """Models that are built and compiled; the second call compiles nothing.

    Attributes:
        pipeline: the models with their decoding.
        options: how predictions become animals.
        tracking: the tracker with its options; ``None`` if animals are not tracked.
        choice: the runtime and why it was taken, if the user left that to Poise.
    """

    pipeline: Pipeline
    options: Decoding
    tracking: Tracking | None = None
    choice: Choice | None = None

    def runtime_facts(self) -> dict[str, Any]:
        """What runs the networks, and why, as JSON."""
        choice = self.choice or Choice(runtime=self.options.runtime)
        return choice.facts()

    def predict(self, source: Any, **choice: Any) -> Any:
        """Predict a source; all results are in memory.

        Args:
            source: a path, a ``sleap_io.Video``, ``sleap_io.Labels``, or frames
                ``(N, H, W, C)``.
            choice: which frames, as of ``poise_workflows.predict``: ``frames``,
                ``only_labeled``, and so on.

        Returns:
            The ``sleap_io.Labels``.

        Raises:
            SourceError: the source cannot be read, or lacks the frames.
            OptionsError: the source does not fit the models, or there is no such choice.
        """
        selection = self._selection(source, choice)
        batches: Iterator[Batch] = (batch for batch, _ in self._batches(selection))
        results = without_poses(contents_of_run(self.pipeline, selection))
        if self.tracking is not None:  # what tracks there are is known after the last frame
            results = tracked_results(results, self.tracking, tuple(batches))
            batches = results.batches()
        labels = labels_without_frames(results, {})
        for batch in batches:
            add_frames(labels, batch)
        return labels

    def predict_frames(self, images: Any) -> Instances:
        """Predict frames in memory.

        Args:
            images: ``(N, H, W, C)`` or ``(N, H, W)``, uint8, or floats from 0 to 1.

        Returns:
            The animals in pixels of the frames, with the parts of ``pipeline.skeleton``.

        Raises:
            SourceError: these are no such frames.
            OptionsError: only one stage of top-down is loaded, which needs labels.
        """
        frames = _checked(images, self.pipeline)
        size = int(frames.shape[1]), int(frames.shape[2])
        match = self.pipeline.match(size, size)
        prepared = [with_channels(match.image(frame), self.pipeline.channels) for frame in frames]
        return self.pipeline.unmatched(self.pipeline(np.stack(prepared)), [match] * len(prepared))

    def stream(self, source: Any, **choice: Any) -> Generator[tuple[int, Instances], None, None]:
        """Predict a source frame by frame, as soon as its batch is predicted.

        Args:
            source: as of ``predict``.
            choice: as of ``predict``.

        Yields:
            The number of a frame, and its animals; none if it could not be read. If they are
            tracked, ``classes`` are their tracks, ``class_scores`` the tracking scores, and
            ``class_names`` the names of the tracks up to this batch.

        Raises:
            SourceError: as of ``predict``.
            OptionsError: as of ``predict``; or the tracker needs all frames at once.
        """
        if self.tracking is not None:
            check_stream(self.tracking)
        selection, names = self._selection(source, choice), list[str]()
        batches = self._batches(selection)
        with closing(batches):  # type: ignore[type-var]  # a generator
            for batch, animals in batches:
                names += batch.new_tracks
                for row, number in enumerate(batch.frames):
                    seen = animals.in_image(row)
                    if self.tracking is not None:
                        seen = tracked_instances(seen, batch, row, names)
                    yield int(number), seen

    def _batches(self, selection: Selection) -> Iterator[tuple[Batch, Instances]]:
        trackers, size = None, self.options.batch_size
        if self.tracking is not None:
            trackers = trackers_of(self.tracking, self.pipeline, selection)
        return predict_selection(self.pipeline, selection, size, trackers=trackers)

    def _selection(self, source: Any, choice: dict[str, Any]) -> Selection:
        selection = selection_of(source, **choice)
        check_channels(self.pipeline, selection)
        if self.tracking is not None:
            check_sources(self.tracking, self.pipeline, selection)
        return selection


def load(
    models: Models,
    *,
    track: str | None = None,
    tracking: Mapping[str, Any] | None = None,
    **options: Any,
) -> Predictor:
    """Load the models of a pipeline.

    Args:
        models: a model or several: SLEAP's folders, archives or ``training_config.json``, and
            Poise's folders; for other runtimes than Keras, exports as well.
        track: the tracker that follows the animals, such as ``"simple"``; by default none does.
        tracking: its options by SLEAP's names, and ``edition``.
        options: the fields of :class:`poise_workflows.Decoding`.

    Raises:
        ModelsError: the models do not make a pipeline, or an option does not fit them.
        OptionsError: there is no such option, a value is out of its domain, or the models need
            no tracker.
    """
    return load_for(models, {**options, "track": track, "tracking": tracking})


def load_for(
    models: Models, options: Mapping[str, Any], frames_of: FramesOf | None = None
) -> Predictor:
    """The work of ``load``.

    Args:
        models: as of ``load``.
        options: all others.
        frames_of: frames on which runtimes are tried; by default Poise makes images up.
    """
    decoding, chosen = checked(options)
    grow_on_demand()
    try:
        pipeline, choice = _pipeline_of(paths_of(models), decoding, frames_of)
    except ExportError as error:  # the runtime does not have the device
        raise OptionsError(error.faults) from None
    if choice is not None:
        decoding = attrs.evolve(decoding, runtime=choice.runtime)
    if chosen is not None:
        check_model(chosen, pipeline)
    return Predictor(pipeline, decoding, chosen, choice)


def checked(options: Mapping[str, Any]) -> tuple[Decoding, Tracking | None]:
    """The options of ``load``: those of decoding, and the tracker.

    Raises:
        OptionsError: there is no such option, or a value is out of its domain.
    """
    of_decoding = dict(options)
    tracking = tracking_of(of_decoding.pop("track", None), of_decoding.pop("tracking", None))
    return decoding_of(of_decoding), tracking


def paths_of(models: Models) -> list[Path]:
    """The paths of models."""
    return [Path(each) for each in ([models] if isinstance(models, str | os.PathLike) else models)]


def _pipeline_of(
    paths: list[Path], decoding: Decoding, frames_of: FramesOf | None
) -> tuple[Pipeline, Choice | None]:
    if decoding.runtime == AUTO:
        return choose(paths, decoding, frames_of)
    if decoding.runtime == KERAS:
        return composed(read_models(paths), decoding, KERAS), None
    runtime = runtime_of(decoding.runtime)
    return composed(read_for(runtime, paths), decoding, runtime.key), None


def _checked(images: Any, pipeline: Pipeline) -> Array:
    """Frames as the pipeline takes them."""
    if pipeline.needs_labels:
        what = "must be the models of both stages for frames without labels, got one"
        fix = "name the other model, too, or predict sleap_io.Labels"
        raise OptionsError([Fault(f"{what}; {fix}", argument_path("models"))])
    path = Path(argument_path("images"))
    known = (1, 3) if pipeline.channels in (1, 3) else (pipeline.channels,)
    frames = as_batch(np.asarray(images), path, known)
    if not frames.size:
        raise SourceError([Fault(f"must hold frames, got the shape {frames.shape}", str(path))])
    check_values(path, frames)
    return as_usable(frames)

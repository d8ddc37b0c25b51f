"""``evaluate``: predictions beside a truth."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from poise.editions import DOCUMENTED
from poise.messages import argument, join_names
from poise.writing.whole_files import refuse_taken
from poise_workflows.evaluation.checks import check_options
from poise_workflows.evaluation.comparing import evaluation_of
from poise_workflows.evaluation.errors import refused
from poise_workflows.evaluation.metric_files import write_metrics
from poise_workflows.evaluation.opening import opened
from poise_workflows.evaluation.pairing import Frames, compare, labeled_frames
from poise_workflows.evaluation.results import Evaluation
from poise_workflows.evaluation.training_frames import Shared, models_of, shared_frames
from poise_workflows.frames.path_maps import Maps, PathMaps, path_maps

Models = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def evaluate(
    truth: Any,
    predicted: Any = None,
    *,
    models: Models | None = None,
    including_training_frames: bool = False,
    output: str | os.PathLike[str] | None = None,
    edition: str = DOCUMENTED,
    user_labels_only: bool = True,
    oks_stddev: float = 0.025,
    oks_scale: float | None = None,
    match_threshold: float = 0.0,
    map: Maps | None = None,  # noqa: A002  # the option's name
    device: str = "auto",
    progress: str = "auto",
    overwrite: bool = False,
) -> Evaluation:
    """Compare predictions with a truth.

    Frames are the same if their videos and their numbers are. In each labeled frame, the
    predictions by descending score take the most similar labeled animal that is left.

    Args:
        truth: a path of labels, or a ``sleap_io.Labels``.
        predicted: a path of predictions, or a ``sleap_io.Labels``. What people labeled in it is
            left out.
        models: instead of predictions, the models that predict the labeled frames first: one
            for whole images, or one or both stages of top-down.
        including_training_frames: whether frames may be compared on which the model was trained.
            Poise knows that from the folder of the run, or from SLEAP's files beside the model.
        output: a file for the metrics: ``.json`` for figures with their meanings, ``.npz`` for
            all arrays by SLEAP's names.
        edition: ``"2026"``, or ``"sleap-1.4"`` for SLEAP's metrics alone.
        user_labels_only: whether predictions in ``truth`` are left out.
        oks_stddev: how far off a part may be, as a part of the animal's size.
        oks_scale: area of an animal in square pixels; by default that of the box around its
            labeled parts.
        match_threshold: animals match if their OKS is above it, from 0 to 1.
        map: path on another machine → path here, as ``{"/mnt/lab": "/data/lab"}``, for paths of
            videos and models that the files name and that begin so.
        device: what the models predict on: ``"auto"``, ``"cpu"`` or ``"gpu:N"``.
        progress: how their progress is shown: ``"auto"``, ``"rich"``, ``"json"``, ``"lines"`` or
            ``"none"``.
        overwrite: replace a file that is there.

    Returns:
        The metrics, errors in pixels of the frames; ``to_dict()`` has them by SLEAP's names.

    Raises:
        EvaluationError: the labels cannot be compared, frames trained the model, or an option is
            out of its domain.
        ModelsError: the models do not make a pipeline.
        OptionsError: there is no such device, or the models take other images.
        SourceError: a file or a video cannot be read.
        PoiseError: the output is there.
    """
    options = {
        "user_labels_only": user_labels_only,
        "oks_stddev": oks_stddev,
        "oks_scale": oks_scale,
        "match_threshold": match_threshold,
        "including_training_frames": including_training_frames,
    }
    place = None if output is None else Path(output)
    check_options(edition, options, place)
    paths, maps = _paths(models), path_maps(map)
    _refuse_half_a_call(predicted, paths)
    if place is not None:
        refuse_taken(place, overwrite, "the file of metrics")
    with opened(truth, "truth") as (name, labels):
        frames = labeled_frames(labels, user_labels_only=user_labels_only)
        known = _Truth(name=name, labels=labels, frames=frames, maps=maps)
        result = (
            _of_models(known, paths, options, edition, device, progress)
            if paths
            else _of_predictions(known, predicted, options, edition)
        )
    result = attrs.evolve(result, notes=(*result.notes, *maps.notes()))
    if place is not None:
        write_metrics(result, place)
    return result


@attrs.frozen(kw_only=True, eq=False)
class _Truth:
    """Labels and their frames.

    Attributes:
        name: path of the file; empty for labels in memory.
        labels: the ``sleap_io.Labels``.
        frames: index of a video, number → the animals that count.
        maps: where paths of another machine lead here.
    """

    name: str
    labels: Any
    frames: Frames
    maps: PathMaps

    @property
    def path(self) -> Path:
        """Of the file, also of labels in memory that were read from one."""
        return Path(self.name or str(self.labels.provenance.get("filename") or ""))


def _of_predictions(
    truth: _Truth, predicted: Any, options: Mapping[str, Any], edition: str
) -> Evaluation:
    user_labels_only = options["user_labels_only"]
    with opened(predicted, "predicted") as (name, predictions):
        models, unknown = models_of(predictions, truth.maps)
        comparison = compare(
            truth.labels,
            predictions,
            user_labels_only=user_labels_only,
            may_be_empty=bool(models),
            maps=truth.maps,
        )
    shared = _shared(truth, models, options, unknown)
    return evaluation_of(comparison, options, edition, names=(truth.name, name), shared=shared)


def _of_models(
    truth: _Truth,
    models: Sequence[Path],
    options: Mapping[str, Any],
    edition: str,
    device: str,
    progress: str,
) -> Evaluation:
    from poise_workflows.evaluation.predicting import labels_of_frames, predicted_by

    shared = _shared(truth, models, options)
    wanted = labels_of_frames(truth.labels, truth.frames)
    predictions = predicted_by(models, wanted, truth.path, device, progress, truth.maps)
    comparison = compare(
        truth.labels,
        predictions.labels,
        user_labels_only=options["user_labels_only"],
        may_be_empty=True,
        maps=truth.maps,
    )
    return evaluation_of(
        comparison,
        options,
        edition,
        names=(truth.name, ", ".join(map(str, models))),
        shared=shared,
        stage=predictions.stage,
        notes=predictions.notes,
    )


def _shared(
    truth: _Truth, models: Sequence[Path], options: Mapping[str, Any], unknown: Sequence[str] = ()
) -> Shared:
    """Which frames trained the models; refused unless that is wanted."""
    folder = truth.path.absolute().parent
    shared = shared_frames(truth.labels, folder, truth.frames, models, truth.maps)
    if not options["including_training_frames"]:
        shared.refuse()
    return attrs.evolve(shared, unknown=(*unknown, *shared.unknown))


def _paths(models: Models | None) -> list[Path]:
    if models is None:
        return []
    return [Path(m) for m in ([models] if isinstance(models, str | os.PathLike) else models)]


def _refuse_half_a_call(predicted: Any, models: list[Path]) -> None:
    """There are predictions, or models that make them.

    Raises:
        EvaluationError: there is neither, or both.
    """
    if predicted is None and not models:
        model = argument("models", value="[…]")
        raise refused(f"must be a file of predictions, got none; or name {model}", "predicted")
    if predicted is not None and models:
        got = join_names(models, 3)
        raise refused(f"must be left out with predictions, got {got}", "models")

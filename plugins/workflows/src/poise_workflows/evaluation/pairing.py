"""From two label files to the frames that are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from poise.messages import counted, join_names
from poise_workflows.evaluation.errors import refused
from poise_workflows.evaluation.scenes import Animals, Comparison, Scene
from poise_workflows.evaluation.videos import same_videos, title_of
from poise_workflows.frames.path_maps import NO_MAPS, PathMaps
from poise_workflows.tracking.poses import is_predicted

Frames = Mapping[tuple[int, int], Sequence[Any]]
"""Index of a video of the truth, number → the instances of the frame."""


def compare(
    truth: Any,
    predicted: Any,
    *,
    user_labels_only: bool,
    may_be_empty: bool = False,
    maps: PathMaps = NO_MAPS,
) -> Comparison:
    """Pair the frames of two files.

    Args:
        truth: ``sleap_io.Labels`` with what people labeled.
        predicted: ``sleap_io.Labels`` with what a model predicted.
        user_labels_only: whether predictions in ``truth`` are left out.
        may_be_empty: whether ``predicted`` is known to be of a model, which may find nothing.
        maps: where paths of another machine lead here.

    Raises:
        EvaluationError: the skeletons differ, or nothing can be compared.
    """
    notes: list[str] = []
    left_out: Counter[str] = Counter()
    labeled = labeled_frames(truth, user_labels_only=user_labels_only)
    found, count = _predicted(truth, predicted, notes, left_out, maps)
    if not (count or may_be_empty):
        what = "must hold animals that a model predicted, got none; `poise predict` makes them"
        raise refused(what, "predicted")
    parts, order = _parts(labeled, found)
    if (found or not may_be_empty) and not labeled.keys() & found.keys():
        raise refused(_no_common_frames(truth, labeled, found), "predicted")
    own = range(len(parts))
    scenes = []
    for (video, number), instances in labeled.items():
        others = found.get((video, number), ())
        scenes.append(
            Scene(
                video=video,
                title=title_of(truth.videos[video]),
                number=number,
                truth=Animals.of(_with_parts(instances, "labeled", left_out), own),
                predicted=Animals.of(_with_parts(others, "predicted", left_out), order),
                has_predictions=(video, number) in found,
            )
        )
    notes += [f"{counted(n, 'animal')} {reason}, left out" for reason, n in left_out.items() if n]
    return Comparison(parts=parts, scenes=tuple(scenes), notes=tuple(notes))


def labeled_frames(truth: Any, *, user_labels_only: bool) -> Frames:
    """The frames that have a truth. One that a person marked as empty has no animal.

    Args:
        truth: ``sleap_io.Labels``.
        user_labels_only: whether predictions are left out.

    Raises:
        EvaluationError: no animal is labeled.
    """
    indices = {id(video): index for index, video in enumerate(truth.videos)}
    frames: dict[tuple[int, int], list[Any]] = {}
    for frame in truth.labeled_frames:
        animals = frame.user_instances if user_labels_only else frame.instances
        if animals or getattr(frame, "is_negative", False):
            key = (indices[id(frame.video)], int(frame.frame_idx))
            frames.setdefault(key, []).extend(animals)
    if not any(frames.values()):
        kind = "an animal that a person labeled" if user_labels_only else "a labeled animal"
        raise refused(f"must hold {kind}, got none", "truth")
    return frames


def _predicted(
    truth: Any, predicted: Any, notes: list[str], left_out: Counter[str], maps: PathMaps
) -> tuple[Frames, int]:
    """The frames of the predictions that are frames of a video of the truth.

    And how many animals are in all of the predictions.
    """
    matches, said = same_videos(truth.videos, predicted.videos, maps)
    notes += said
    frames: dict[tuple[int, int], list[Any]] = {}
    count = 0
    for frame in predicted.labeled_frames:
        animals = [each for each in frame.instances if is_predicted(each)]
        count += len(animals)
        left_out["labeled by a person, not predicted"] += len(frame.instances) - len(animals)
        if id(frame.video) in matches:
            key = (matches[id(frame.video)], int(frame.frame_idx))
            frames.setdefault(key, []).extend(animals)
    return frames, count


def _parts(labeled: Frames, found: Frames) -> tuple[tuple[str, ...], list[int]]:
    """The parts of the truth, and the index of each in the predictions."""
    parts = _only_skeleton(labeled, "truth")
    others = _only_skeleton(found, "predicted") or parts
    if set(parts) != set(others):
        what = f"must have the parts of the truth, {join_names(parts)}, got {join_names(others)}"
        raise refused(f"{what}; name predictions of a model of this skeleton", "predicted")
    return parts, [others.index(part) for part in parts]


def _only_skeleton(frames: Frames, name: str) -> tuple[str, ...]:
    skeletons = {
        tuple(animal.skeleton.node_names): None for each in frames.values() for animal in each
    }
    if len(skeletons) > 1:
        got = "; ".join(map(join_names, skeletons))
        raise refused(f"must hold animals of one skeleton, got {got}", name)
    return next(iter(skeletons), ())


def _with_parts(instances: Sequence[Any], kind: str, left_out: Counter[str]) -> list[Any]:
    """The animals that have a part; one without is nowhere."""
    animals = [each for each in instances if not np.isnan(each.numpy()).any(axis=-1).all()]
    left_out[f"{kind} without a visible part"] += len(instances) - len(animals)
    return animals


def _no_common_frames(truth: Any, labeled: Frames, found: Frames) -> str:
    fix = "predict these frames"
    if found:
        what = f"got {_summary(truth, found)}"
    else:
        what, fix = "got other videos", "name predictions of this video"
    return f"must have the labeled frames, {_summary(truth, labeled)}, {what}; {fix}"


def _summary(truth: Any, frames: Frames) -> str:
    """A few frames, for a message."""
    video, number = min(frames)
    more = f" and {len(frames) - 1} more" if len(frames) > 1 else ""
    return f"{number} of {title_of(truth.videos[video])}{more}"

"""The frames of a label file as a tracker sees them, and their instances with their tracks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs
import numpy as np

from poise.errors import Fault
from poise.messages import join_names
from poise_workflows.frames.sources import SourceError
from poise_workflows.tracking.contract import Image, Sight

USER_SCORE = 1.0
"""The score of what a person labeled, of which no model was more or less sure."""


@attrs.frozen(kw_only=True, eq=False)
class LabeledPoses:
    """A frame of a label file.

    Attributes:
        frame: the ``sleap_io.LabeledFrame``.
        source: index of its video.
        animals: the instances that are tracked, in the order of the file.
    """

    frame: Any
    source: int
    animals: Sequence[Any]

    @property
    def number(self) -> int:
        """Of the frame in its video."""
        return int(self.frame.frame_idx)

    def sight(self, parts: int, *, number: int | None, image: Image | None) -> Sight:
        """The frame as a tracker sees it.

        Args:
            parts: how many parts an animal has.
            number: what the tracker is told of the frame's number.
            image: the frame's image, if the tracker sees images.
        """
        animals = self.animals
        return Sight(
            number=number,
            points=_stacked([animal.numpy() for animal in animals], (parts, 2)),
            point_scores=_stacked([_point_scores(animal) for animal in animals], (parts,)),
            scores=np.array([float(_field(animal, "score", USER_SCORE)) for animal in animals]),
            is_predicted=np.array([is_predicted(animal) for animal in animals], np.bool_),
            image=image,
        )


def is_predicted(animal: Any) -> bool:
    """Whether a model predicted the instance; else a person labeled it."""
    import sleap_io

    return isinstance(animal, sleap_io.PredictedInstance)


def poses_of(labels: Any) -> list[LabeledPoses]:
    """All frames, video by video, each in ascending order.

    A prediction that a person has corrected is not tracked: its correction is.
    """
    frames = _frames(labels, _not_corrected)
    return sorted(frames, key=lambda poses: (poses.source, poses.number))


def poses_as_sleap(labels: Any) -> list[LabeledPoses]:
    """All frames of all videos by ascending number, with all instances."""
    return sorted(_frames(labels, list), key=lambda poses: poses.number)


def _frames(labels: Any, tracked: Any) -> Iterator[LabeledPoses]:
    sources = {id(video): index for index, video in enumerate(labels.videos)}
    for frame in labels.labeled_frames:
        animals = tracked(frame.instances)
        yield LabeledPoses(frame=frame, source=sources[id(frame.video)], animals=animals)


def corrections(animals: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Pairs of a correction and the prediction that it corrects."""
    for animal in animals:
        if not is_predicted(animal) and animal.from_predicted is not None:
            yield animal, animal.from_predicted


def _not_corrected(animals: Sequence[Any]) -> list[Any]:
    corrected = {id(prediction) for _, prediction in corrections(animals)}
    return [animal for animal in animals if id(animal) not in corrected]


def parts_of(labels: Any, name: str) -> tuple[str, ...]:
    """The parts of the animals.

    Raises:
        SourceError: the animals have none, or different ones.
    """
    animals = (animal for frame in labels.labeled_frames for animal in frame.instances)
    skeletons = dict.fromkeys(tuple(animal.skeleton.node_names) for animal in animals)
    if len(skeletons) == 1:
        return next(iter(skeletons))
    got = "; ".join(join_names(parts) for parts in skeletons) or "no animal"
    what = f"must hold animals of one skeleton, got {got}"
    raise SourceError([Fault(f"{what}; predict them first", name)])


def _point_scores(animal: Any) -> Any:
    points = animal.points
    return points["score"] if "score" in points.dtype.names else np.full(len(points), USER_SCORE)


def _field(animal: Any, name: str, default: float) -> float:
    value = getattr(animal, name, None)
    return default if value is None else value


def _stacked(arrays: Sequence[Any], shape: tuple[int, ...]) -> Any:
    return np.array(arrays, np.float64).reshape(len(arrays), *shape)

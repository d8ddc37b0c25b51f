"""What people labeled, as training sees it: their frames, their animals, and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise import LabelsError, Skeleton
from poise.errors import Fault
from poise.messages import counted, join_names
from poise_workflows.examples.splitting import FrameKey

NO_PART = "without a visible part"
NO_TRACK = "without the track that an identity needs"
OTHER_SKELETON = "of another skeleton than the first"


@attrs.frozen(kw_only=True, eq=False)
class Example:
    """A frame that a person labeled.

    Attributes:
        key: its video, as an index among those of the labels, and its number.
        points: ``(I, P, 2)``: animals, parts of the skeleton, x then y in pixels; the center of
            the top-left pixel is (0, 0); NaN where a part is not visible. At least one animal,
            and each has a visible part.
        classes: ``(I,)``: index of each animal's track; -1 for none.
    """

    key: FrameKey
    points: npt.NDArray[np.float64]
    classes: npt.NDArray[np.int64]


@attrs.frozen(kw_only=True, eq=False)
class Examples:
    """The labeled frames of a file.

    Attributes:
        frames: in the order of the labels.
        skeleton: parts and edges of the animals.
        class_names: the names of all tracks in the order of the file, used or not.
        notes: what is left out, a sentence each.
    """

    frames: tuple[Example, ...]
    skeleton: Skeleton
    class_names: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def animals(self) -> int:
        """How many animals the frames have together."""
        return sum(len(example.points) for example in self.frames)


def examples_of(labels: Any, *, with_identities: bool = False) -> Examples:
    """The frames that people labeled, with the animals that can be learned.

    Animals that a model predicted do not count, and neither do those without a visible part. As in
    SLEAP, a model of identities learns only animals that have a track.

    Args:
        labels: a ``sleap_io.Labels``.
        with_identities: whether the model has identities.

    Raises:
        LabelsError: there is no skeleton, or nothing to learn; the error says what was left out.
    """
    named = skeleton_of(labels)
    skeleton, tracks = labels.skeletons[0], list(labels.tracks)
    left: Counter[str] = Counter()
    frames = []
    for frame in labels.labeled_frames:
        animals = list(_learned(frame, skeleton, left, with_identities=with_identities))
        if animals:
            frames.append(_example(frame, animals, labels.videos, tracks))
    notes = tuple(_notes(left))
    if not frames:
        raise LabelsError([Fault(_nothing(labels, notes))])
    return Examples(
        frames=tuple(frames),
        skeleton=named,
        class_names=tuple(str(track.name) for track in tracks),
        notes=notes,
    )


def _learned(
    frame: Any, skeleton: Any, left: Counter[str], *, with_identities: bool
) -> Iterator[Any]:
    """The animals of a frame that count; the others are counted by what they lack."""
    for animal in frame.user_instances:
        if animal.skeleton is not skeleton and animal.skeleton.node_names != skeleton.node_names:
            left[OTHER_SKELETON] += 1
        elif animal.is_empty:
            left[NO_PART] += 1
        elif with_identities and animal.track is None:
            left[NO_TRACK] += 1
        else:
            yield animal


def _example(
    frame: Any, animals: Sequence[Any], videos: Sequence[Any], tracks: list[Any]
) -> Example:
    # By identity: sleap-io compares videos and tracks by what they contain.
    video = next(index for index, each in enumerate(videos) if each is frame.video)
    order = {id(track): index for index, track in enumerate(tracks)}
    return Example(
        key=FrameKey(video, int(frame.frame_idx)),
        points=np.stack([np.asarray(animal.numpy(), np.float64) for animal in animals]),
        classes=np.array([order.get(id(animal.track), -1) for animal in animals], np.int64),
    )


def skeleton_of(labels: Any) -> Skeleton:
    """The skeleton of labels, the first, as SLEAP takes it.

    Raises:
        LabelsError: there is none.
    """
    if not labels.skeletons:
        raise LabelsError([Fault("must hold a skeleton, got none; label an animal in SLEAP first")])
    skeleton = labels.skeletons[0]
    return Skeleton(
        [str(name) for name in skeleton.node_names],
        [(str(edge.source.name), str(edge.destination.name)) for edge in skeleton.edges],
        symmetries=[tuple(map(str, pair)) for pair in skeleton.symmetry_names],
    )


def _notes(left: Counter[str]) -> Iterator[str]:
    for what, number in left.items():
        is_or_are = "is" if number == 1 else "are"
        yield f"{counted(number, 'labeled animal')} {what} {is_or_are} left out"


def _nothing(labels: Any, notes: Sequence[str]) -> str:
    predicted = sum(len(frame.predicted_instances) for frame in labels.labeled_frames)
    reasons = [
        *notes,
        *([f"{counted(predicted, 'animal')} predicted by a model"] * bool(predicted)),
    ]
    got = join_names(reasons) or f"{counted(len(labels.labeled_frames), 'frame')} without animals"
    return (
        f"must have an animal that a person labeled, got {got}; label some, or correct predictions"
    )

"""The predictions of a label file as arrays, video by video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from poise.errors import Fault
from poise.messages import counted, described, join_names
from poise_workflows.frames.sources import SourceError
from poise_workflows.suggesting.contract import Floats, Predictions

USER_SCORE = 1.0
"""The score of what a person labeled, of which no model was more or less sure."""


@attrs.define(eq=False)
class Table:
    """The listed frames of a video, as they are read one by one.

    Attributes:
        numbers: of each frame that the file lists.
        labeled: whether a person has labeled it.
        animals: for each animal: the place of its frame in ``numbers``, its points, the scores
            of its points, its score and its track.
        parts: the names of the parts of each skeleton.
        predicted: how many animals a model predicted.
    """

    numbers: list[int] = attrs.field(factory=list)
    labeled: list[bool] = attrs.field(factory=list)
    animals: list[tuple[int, Floats, Floats, float, int]] = attrs.field(factory=list)
    parts: dict[tuple[str, ...], None] = attrs.field(factory=dict)
    predicted: int = 0

    def add(self, frame: Any, tracks: dict[int, int]) -> None:
        """Add a frame; of one that a person has labeled, what the person labeled."""
        place, animals = len(self.numbers), frame.user_instances or frame.predicted_instances
        self.numbers.append(int(frame.frame_idx))
        self.labeled.append(bool(frame.is_user_labeled))
        self.predicted += len(frame.predicted_instances)
        for animal in animals:
            self.parts[tuple(animal.skeleton.node_names)] = None
            scores = _point_scores(animal)
            score = getattr(animal, "score", None)
            self.animals.append(
                (
                    place,
                    np.asarray(animal.numpy(), np.float64),
                    scores,
                    USER_SCORE if score is None else float(score),
                    tracks.get(id(animal.track), -1),
                )
            )


def tables_of(labels: Any, path: Path) -> dict[int, Table]:
    """Index of each video that has frames → what the file lists of it.

    Raises:
        SourceError: nothing is predicted, or animals have different parts.
    """
    places = {id(video): index for index, video in enumerate(labels.videos)}
    tracks = {id(track): index for index, track in enumerate(labels.tracks)}
    tables: dict[int, Table] = {}
    for frame in _frames(labels, path):
        tables.setdefault(places[id(frame.video)], Table()).add(frame, tracks)
    skeletons = list(dict.fromkeys(parts for table in tables.values() for parts in table.parts))
    if len(skeletons) > 1:
        got = "; ".join(map(join_names, skeletons))
        what = f"must hold animals of one skeleton, got {got}"
        raise SourceError([Fault(f"{what}; save those of each skeleton as a file", str(path))])
    if not any(table.predicted for table in tables.values()):
        labeled = sum(sum(table.labeled) for table in tables.values())
        got = counted(labeled, "labeled frame") + " alone" if labeled else "no animal"
        what = f"must hold predictions, got {got}; predict its videos with `poise predict` first"
        raise SourceError([Fault(what, str(path))])
    return tables


def _frames(labels: Any, path: Path) -> Iterator[Any]:
    """The frames one by one. What is wrong with a frame shows when it is made."""
    frames = iter(labels.labeled_frames)
    while True:
        try:
            frame = next(frames, None)
        except Exception as error:  # noqa: BLE001  # sleap-io raises errors of many classes
            what = f"must be a label file of SLEAP, got {path.name} ({described(error)})"
            raise SourceError([Fault(what, str(path))]) from None
        if frame is None:
            return
        yield frame


def predictions_of(
    table: Table,
    numbers: Sequence[int],
    parts: tuple[str, ...],
    image_size: tuple[int, int] | None,
) -> Predictions:
    """What is predicted in a video.

    Args:
        table: what the file lists of it.
        numbers: frames of the video that the file may lack, and that count nevertheless.
        parts: of the animals.
        image_size: height and width of the frames.
    """
    listed = np.array(table.numbers, np.int64)
    frames = np.union1d(listed, np.asarray(numbers, np.int64))
    of_listed = np.searchsorted(frames, listed)
    labeled = np.zeros(len(frames), bool)
    np.logical_or.at(labeled, of_listed, np.array(table.labeled, bool))
    rows = of_listed[[place for place, *_ in table.animals]] if table.animals else listed[:0]
    order = np.argsort(rows, kind="stable")
    columns = [np.array(column) for column in zip(*table.animals, strict=True)][1:]
    shapes = (-1, len(parts), 2), (-1, len(parts)), (-1,), (-1,)
    points, point_scores, scores, tracks = (
        _frozen(column.reshape(shape)[order])
        for column, shape in zip(columns or [np.zeros(0)] * 4, shapes, strict=True)
    )
    return Predictions(
        frames=_frozen(frames),
        rows=_frozen(rows[order]),
        points=points,
        point_scores=point_scores,
        scores=scores,
        tracks=_frozen(tracks.astype(np.int64)),
        labeled=_frozen(labeled),
        parts=parts,
        image_size=image_size,
    )


def _frozen(array: Any) -> Any:
    array.flags.writeable = False
    return array


def _point_scores(animal: Any) -> Floats:
    points = animal.points
    if "score" not in points.dtype.names:
        return np.full(len(points), USER_SCORE)
    return np.asarray(points["score"], np.float64)

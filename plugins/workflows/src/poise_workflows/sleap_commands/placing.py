"""The animals of labels in SLEAP's places: one for each track, or one for a file without tracks.

SLEAP's analysis files have a place for each track and frame. What has none is left out, and
counted here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np

from poise_workflows.journal.packing import Array


@attrs.define(kw_only=True)
class Places:
    """The places of a video's animals.

    Attributes:
        video: index of the video.
        tracks: names of the tracks that have an animal in the video, in the file's order.
        rows: number of a frame → its rows in the labels, by number.
        instances: how many animals the video has.
        untracked: how many have no place, since they have no track and others have one.
        hidden: how many have no place, since another one of their frame has it.
    """

    video: int
    tracks: list[str] = attrs.field(factory=list)
    rows: dict[int, list[int]] = attrs.field(factory=dict)
    instances: int = 0
    untracked: int = 0
    hidden: int = 0

    @property
    def length(self) -> int:
        """Frames of an analysis file: up to the last one that has labels."""
        return 1 + max(self.rows, default=-1)

    @property
    def count(self) -> int:
        """The number of places."""
        return max(len(self.tracks), 1)


@attrs.frozen(kw_only=True, eq=False)
class Placed:
    """The animals of a frame that have a place.

    Attributes:
        number: of the frame.
        slots: ``(N,)``, their places, ascending.
        points: ``(N, parts, 2)`` in pixels, NaN where a part is missing.
        point_scores: ``(N, parts)``, NaN for animals that a person labeled.
        scores: ``(N,)``, likewise.
        tracking_scores: ``(N,)``, likewise.
    """

    number: int
    slots: Array
    points: Array
    point_scores: Array
    scores: Array
    tracking_scores: Array


class Placing:
    """The places of all videos of a file.

    Args:
        labels: the ``sleap_io.Labels``; they are read twice, frame by frame.
    """

    def __init__(self, labels: Any) -> None:
        self._labels = labels
        self._tracks = {id(track): index for index, track in enumerate(labels.tracks)}
        videos = {id(video): index for index, video in enumerate(labels.videos)}
        self.places = [Places(video=index) for index in range(len(labels.videos))]
        used: list[set[int]] = [set() for _ in self.places]
        for row, frame in enumerate(labels.labeled_frames):
            index = videos[id(frame.video)]
            self.places[index].rows.setdefault(int(frame.frame_idx), []).append(row)
            tracks = (self._tracks.get(id(instance.track)) for instance in frame.instances)
            used[index].update(track for track in tracks if track is not None)
        self._slots = [{track: i for i, track in enumerate(sorted(chosen))} for chosen in used]
        for places, slots in zip(self.places, self._slots, strict=True):
            places.rows = dict(sorted(places.rows.items()))
            places.tracks = [str(labels.tracks[track].name) for track in slots]
            self._count(places)

    def frames(self, places: Places) -> Iterator[Placed]:
        """The frames of a video, in ascending order, with the animals that have a place."""
        parts = len(self._labels.skeletons[0].nodes)
        for number, rows in places.rows.items():
            taken = self._taken(places, rows)
            slots = sorted(taken)
            animals = [taken[slot] for slot in slots]
            yield _placed(number, slots, animals, parts)

    def _count(self, places: Places) -> None:
        for rows in places.rows.values():
            animals = self._animals(rows)
            placed = [animal for animal in animals if self._slot(places, animal) is not None]
            places.instances += len(animals)
            places.untracked += len(animals) - len(placed)
            places.hidden += len(placed) - len({self._slot(places, animal) for animal in placed})

    def _taken(self, places: Places, rows: Sequence[int]) -> dict[int, Any]:
        """Place → the animal that has it: what a person labeled, then the last one."""
        taken: dict[int, Any] = {}
        for animal in self._animals(rows):
            slot = self._slot(places, animal)
            if slot is not None:
                taken[slot] = animal
        return taken

    def _animals(self, rows: Sequence[int]) -> list[Any]:
        """The animals of a frame, those that a person labeled behind the others."""
        frames = self._labels.labeled_frames
        animals = [animal for row in rows for animal in frames[row].instances]
        return sorted(animals, key=lambda animal: not _is_predicted(animal))

    def _slot(self, places: Places, animal: Any) -> int | None:
        track = self._tracks.get(id(animal.track))
        if track is not None:
            return self._slots[places.video][track]
        return None if self._tracks else 0


def _is_predicted(animal: Any) -> bool:
    import sleap_io

    return isinstance(animal, sleap_io.PredictedInstance)


def _placed(number: int, slots: Sequence[int], animals: Sequence[Any], parts: int) -> Placed:
    points = np.full((len(animals), parts, 2), np.nan)
    point_scores = np.full((len(animals), parts), np.nan)
    scores, tracking_scores = np.full((2, len(animals)), np.nan)
    for row, animal in enumerate(animals):
        points[row] = animal.numpy()
        if _is_predicted(animal):
            point_scores[row] = animal.points["score"]
            scores[row], tracking_scores[row] = animal.score, animal.tracking_score
    return Placed(
        number=number,
        slots=np.array(slots, np.int64),
        points=points,
        point_scores=point_scores,
        scores=scores,
        tracking_scores=tracking_scores,
    )

"""The sets of frames that a job lists: positions among the labeled frames of its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from poise.errors import Fault
from poise.job.sections import LabelsConfig
from poise.messages import counted, join_names
from poise_workflows.examples.splitting import FrameKey
from poise_workflows.training.errors import TrainingError

_FIELDS = {"train": "training_inds", "validation": "validation_inds", "test": "test_inds"}


@attrs.frozen
class Listed:
    """The frames of each set that a job lists.

    Attributes:
        sets: set → its frames, in the order of the labels. A set that is not listed is missing.
        notes: which listed frames teach nothing, a sentence each.
    """

    sets: Mapping[str, tuple[FrameKey, ...]]
    notes: tuple[str, ...] = ()

    def rest(self, keys: Iterable[FrameKey]) -> list[FrameKey]:
        """The frames that are in no set yet."""
        taken = {key for each in self.sets.values() for key in each}
        return [key for key in keys if key not in taken]


NOTHING = Listed({})


def listed_sets(job: LabelsConfig) -> list[str]:
    """The sets that a job lists."""
    if not job.split_by_inds:
        return []
    return [name for name, field in _FIELDS.items() if getattr(job, field) is not None]


def listed_frames(job: LabelsConfig, labels: Any, learned: Iterable[FrameKey]) -> Listed:
    """The frames that a job lists, if it says that its lists count.

    Args:
        job: what it says of labels.
        labels: the ``sleap_io.Labels`` of the file.
        learned: the frames of the file from which a model can learn.

    Raises:
        TrainingError: a position is not one of the file.
    """
    lists = {name: getattr(job, _FIELDS[name]) for name in listed_sets(job)}
    if not lists:
        return NOTHING
    _refuse_beyond(lists, len(labels.labeled_frames))
    keys, learnable = _keys(labels), set(learned)
    sets = {
        name: tuple(dict.fromkeys(keys[i] for i in sorted(indices) if keys[i] in learnable))
        for name, indices in lists.items()
    }
    return Listed(sets, tuple(_notes(lists, sets)))


def positions_of(labels: Any, keys: Iterable[FrameKey]) -> list[int]:
    """Where frames are among the labeled frames of their file; the inverse."""
    places = {key: index for index, key in reversed(list(enumerate(_keys(labels))))}
    return sorted(places[key] for key in keys)


def _keys(labels: Any) -> list[FrameKey]:
    # By identity: sleap-io compares videos by what they contain.
    videos = {id(video): index for index, video in enumerate(labels.videos)}
    return [
        FrameKey(videos[id(frame.video)], int(frame.frame_idx)) for frame in labels.labeled_frames
    ]


def _refuse_beyond(lists: Mapping[str, Sequence[int]], count: int) -> None:
    faults = [
        Fault(
            f"must be positions of labeled frames, from 0 to {count - 1}, got "
            f"{join_names(beyond, 5)}; draw the split anew with data.labels.split_by_inds=false",
            f"data.labels.{_FIELDS[name]}",
        )
        for name, indices in lists.items()
        if (beyond := [index for index in indices if not 0 <= index < count])
    ]
    if faults:
        raise TrainingError(faults)


def _notes(
    lists: Mapping[str, Sequence[int]], sets: Mapping[str, Sequence[FrameKey]]
) -> Iterator[str]:
    for name, indices in lists.items():
        lost = len(set(indices)) - len(sets[name])
        if lost:
            what = f"{counted(lost, 'frame')} of data.labels.{_FIELDS[name]}"
            yield f"{what} without an animal that a person labeled, left out"

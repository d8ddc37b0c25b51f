"""A job may list the frames of each set by their positions in the file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise.job.sections import LabelsConfig
from poise_workflows.examples.splitting import FrameKey
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.listed_frames import NOTHING, listed_frames, positions_of

sio = pytest.importorskip("sleap_io")

FLY = sio.Skeleton(nodes=["head"])
LEARNED = [FrameKey(0, 0), FrameKey(1, 10), FrameKey(1, 30)]
"""Of four frames; nobody labeled the third."""


@pytest.fixture
def labels() -> Any:
    films = [sio.Video(f"film{index}.mp4", open_backend=False) for index in range(2)]
    animal = sio.Instance.from_numpy(np.ones((1, 2)), skeleton=FLY)
    frames = [
        sio.LabeledFrame(video=films[index % 2], frame_idx=10 * index, instances=animals)
        for index, animals in enumerate([[animal], [animal], [], [animal]])
    ]
    return sio.Labels(frames, videos=films, skeletons=[FLY])


def test_positions_are_those_of_all_labeled_frames_of_the_file(labels: Any) -> None:
    job = LabelsConfig(split_by_inds=True, training_inds=(3, 0), validation_inds=(1,))

    listed = listed_frames(job, labels, LEARNED)

    assert listed.sets == {
        "train": (FrameKey(0, 0), FrameKey(1, 30)),
        "validation": (FrameKey(1, 10),),
    }
    assert listed.notes == ()
    assert listed.rest(LEARNED) == []


def test_positions_and_frames_are_inverse(labels: Any) -> None:
    assert positions_of(labels, reversed(LEARNED)) == [0, 1, 3]


def test_listed_frames_that_teach_nothing_are_said(labels: Any) -> None:
    listed = listed_frames(LabelsConfig(split_by_inds=True, test_inds=(2, 3)), labels, LEARNED)

    assert listed.sets == {"test": (FrameKey(1, 30),)}
    assert listed.notes == (
        "1 frame of data.labels.test_inds without an animal that a person labeled, left out",
    )
    assert listed.rest(LEARNED) == LEARNED[:2]


def test_positions_beyond_the_file_are_refused(labels: Any) -> None:
    job = LabelsConfig(split_by_inds=True, training_inds=(0, 4), validation_inds=(-1,))

    with pytest.raises(TrainingError) as error:
        listed_frames(job, labels, LEARNED)

    assert [fault.path for fault in error.value.faults] == [
        "data.labels.training_inds",
        "data.labels.validation_inds",
    ]
    assert "from 0 to 3, got 4" in str(error.value.faults[0])


def test_lists_count_only_if_the_job_says_so(labels: Any) -> None:
    assert listed_frames(LabelsConfig(training_inds=(9,)), labels, LEARNED) is NOTHING

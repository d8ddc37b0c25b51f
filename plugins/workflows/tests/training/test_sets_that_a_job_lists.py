"""Frames that a job lists are in the sets that it says; the rest is where it belongs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise import LabelsError
from poise.job.sections import LabelsConfig
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.sets import read_sets

sio = pytest.importorskip("sleap_io")


def write(path: Path, film: str = "flies.mp4") -> Path:
    """Labels of six frames."""
    skeleton = sio.Skeleton(nodes=["head", "tail"])
    video = sio.Video(film, open_backend=False)
    animal = sio.Instance.from_numpy(np.ones((2, 2)), skeleton=skeleton)
    frames = [
        sio.LabeledFrame(video=video, frame_idx=number, instances=[animal]) for number in range(6)
    ]
    sio.save_slp(sio.Labels(frames), str(path), verbose=False)
    return path


def split(labels: Path, validation: Any = 0.5, test: Path | None = None, **lists: Any) -> Any:
    job = LabelsConfig(split_by_inds=True, **lists)
    sets = read_sets(
        labels,
        validation,
        test,
        has_identities=lambda skeleton: False,
        by="frame",
        seed=0,
        job=job,
    )
    return {
        name: [tuple(key) for key in getattr(sets.split, name)]
        for name in ("train", "validation", "test")
    }


def frames(*numbers: int, video: int = 0) -> list[tuple[int, int]]:
    return [(video, number) for number in numbers]


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    return write(tmp_path / "flies.slp")


def test_all_sets_may_be_listed_and_frames_may_be_in_none(labels: Path) -> None:
    assert split(labels, training_inds=(0, 1), validation_inds=(3,), test_inds=(5,)) == {
        "train": frames(0, 1),
        "validation": frames(3),
        "test": frames(5),
    }


def test_without_a_list_that_trains_the_rest_trains(labels: Path) -> None:
    assert split(labels, validation_inds=(1, 2))["train"] == frames(0, 3, 4, 5)


def test_without_a_list_that_validates_a_part_of_those_that_train_does(labels: Path) -> None:
    sets = split(labels, 0.5, training_inds=(0, 1, 2, 3), test_inds=(4,))

    assert sorted(sets["train"] + sets["validation"]) == frames(0, 1, 2, 3)
    assert len(sets["validation"]) == 2
    assert sets["test"] == frames(4)


def test_a_file_validates_beside_a_list_that_trains(labels: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other.slp", "bees.mp4")

    sets = split(labels, other, training_inds=(2,))

    assert sets == {
        "train": frames(2),
        "validation": frames(*range(6), video=1),
        "test": [],
    }


def test_a_frame_in_two_lists_is_refused(labels: Path) -> None:
    with pytest.raises(LabelsError, match="must be in one set, got it in train and validation"):
        split(labels, training_inds=(0, 1), validation_inds=(1,))


def test_an_empty_list_is_refused(labels: Path) -> None:
    with pytest.raises(TrainingError, match="must have a frame with an animal"):
        split(labels, training_inds=(), validation_inds=(1,))

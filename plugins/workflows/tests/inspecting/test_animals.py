"""How large labeled animals are, as a network sees them."""

from __future__ import annotations

from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sleap_io

from poise import LabelsError
from poise_workflows.inspecting.animals import LabeledAnimals, read_animals

SKELETON = sleap_io.Skeleton(nodes=["head", "body", "tail"])


def labels_of(folder: Path, *animals: Any, kind: type = sleap_io.Instance) -> Path:
    video = sleap_io.Video(filename="flies.mp4", open_backend=False)
    video.backend_metadata["shape"] = (9, 120, 200, 1)
    score = {"score": 1.0} if kind is sleap_io.PredictedInstance else {}
    instances = [
        kind.from_numpy(np.array(points, float), skeleton=SKELETON, **score) for points in animals
    ]
    frames = [sleap_io.LabeledFrame(video=video, frame_idx=0, instances=instances)]
    path = folder / "flies.slp"
    sleap_io.Labels(frames).save(str(path), embed=False, verbose=False)
    return path


LONG = [[10, 10], [20, 10], [50, 12]]
HIGH = [[10, 10], [nan, nan], [12, 30]]
POINT = [[nan, nan], [7, 7], [nan, nan]]


@pytest.fixture
def labeled(tmp_path: Path) -> LabeledAnimals:
    return read_animals(labels_of(tmp_path, LONG, HIGH, POINT))


def test_the_extent_is_the_longer_side_of_the_visible_parts(labeled: LabeledAnimals) -> None:
    animals = labeled.animals(1.0, field=20)

    assert (animals.count, animals.median) == (3, 20)  # 40, 20 and 0
    assert animals.most == pytest.approx(20 + 20 * 0.9)
    assert animals.covered == pytest.approx(2 / 3)


def test_animals_are_seen_after_input_scaling(labeled: LabeledAnimals) -> None:
    animals = labeled.animals(0.5, field=20)

    assert (animals.median, animals.covered) == (10, 1.0)


def test_the_whole_image_covers_every_animal(labeled: LabeledAnimals) -> None:
    assert labeled.animals(1.0, field=None).covered == 1.0


def test_labels_tell_the_frames_and_the_names(labeled: LabeledAnimals) -> None:
    assert labeled.frames == ((120, 200),)
    assert labeled.channels == 1
    assert labeled.skeleton.parts == ("head", "body", "tail")


def test_labels_without_an_animal_of_a_person_are_refused(tmp_path: Path) -> None:
    path = labels_of(tmp_path, LONG, kind=sleap_io.PredictedInstance)

    with pytest.raises(LabelsError, match="must have an animal that a person labeled"):
        read_animals(path)

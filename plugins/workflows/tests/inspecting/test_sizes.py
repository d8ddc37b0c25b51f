"""The image that a network is inspected for, where several sources could say it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest

from poise import ModelConfig, Skeleton
from poise.job.sections import InstanceCroppingConfig, PreprocessingConfig
from poise.reading import Reading
from poise_workflows.inspecting.animals import LabeledAnimals
from poise_workflows.inspecting.sizes import Chosen, choose_image

ANIMAL = np.array([[10.0, 10.0], [50.0, 20.0]])
LABELED = LabeledAnimals(
    points=(ANIMAL,), skeleton=Skeleton(["a", "b"]), classes=(), frames=((100, 190),), channels=3
)


def reading_of(**facts: Any) -> Reading:
    return Reading(source=Path("a.json"), config=ModelConfig(), **facts)


def resolution(stage: str = "image", stride: int = 32) -> Any:
    return SimpleNamespace(max_stride=stride, head=SimpleNamespace(stage=stage))


def chosen(
    reading: Reading, asked: Any = None, labeled: Any = None, stage: str = "image"
) -> Chosen:
    return choose_image(reading, resolution(stage), asked, labeled)


def test_what_is_asked_for_comes_first() -> None:
    assert chosen(reading_of(image=(64, 64, 1)), (96, 128, 3), LABELED) == Chosen((96, 128, 3), "")


def test_a_saved_size_comes_before_the_labels() -> None:
    assert chosen(reading_of(image=(64, 96, 1)), None, LABELED) == Chosen((64, 96, 1), "as saved")


def test_frames_of_labels_are_scaled_and_padded_as_for_training() -> None:
    reading = reading_of(preprocessing=PreprocessingConfig(input_scaling=0.5))

    assert chosen(reading, None, LABELED) == Chosen((64, 96, 3), "from the labels")


def test_crops_have_room_for_the_labeled_animals() -> None:
    # 40 pixels and the 16 of the padding, in multiples of 32.
    assert chosen(reading_of(), None, LABELED, "crop").image == (64, 64, 3)


def test_crops_have_the_size_that_the_job_says() -> None:
    reading = reading_of(cropping=InstanceCroppingConfig(crop_size=96))

    assert chosen(reading, stage="crop") == Chosen((96, 96, 1), "from the configuration")


def test_the_job_may_say_the_size_of_all_frames() -> None:
    size = PreprocessingConfig(target_height=200, target_width=300)

    assert chosen(reading_of(preprocessing=size)).image == (224, 320, 1)


@pytest.mark.parametrize(("stage", "side"), [("image", 512), ("crop", 160)])
def test_without_any_of_them_a_size_is_assumed_and_said(stage: str, side: int) -> None:
    result = chosen(reading_of(), stage=stage)

    assert result.image == (side, side, 1)
    assert result.origin == "assumed; give another with image=(H, W, C)"


def test_a_side_that_is_asked_for_is_kept_beside_one_that_is_not() -> None:
    assert chosen(reading_of(), (96, None, 1)).image == (96, 512, 1)


def test_the_weights_tell_the_channels_that_nothing_else_says() -> None:
    reading = attrs.evolve(reading_of(), weights=Path("best_model.h5"))

    assert chosen(reading).image == (512, 512, None)

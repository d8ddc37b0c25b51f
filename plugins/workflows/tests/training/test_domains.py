"""Which values of a job a training can use."""

from __future__ import annotations

from typing import Any

import pytest

from poise_workflows.training.domains import faults_of
from poise_workflows.training.jobs import read_job, with_values

pytestmark = pytest.mark.usefixtures("made_up")


@pytest.fixture
def job(tmp_path: Any) -> Any:
    file = tmp_path / "model.json"
    file.write_text('{"backbone": {"plain": {}}, "heads": {"cells": {}}, "edition": "2026"}')
    return read_job(file)


OPTIMIZATION = {
    "batch_size": 0,
    "batches_per_epoch": 0,
    "min_batches_per_epoch": -1,
    "val_batches_per_epoch": 0,
    "min_val_batches_per_epoch": -1,
    "epochs": 0,
    "initial_learning_rate": 0.0,
    "learning_rate_schedule.reduction_factor": 1.0,
    "learning_rate_schedule.plateau_patience": -1,
    "learning_rate_schedule.plateau_cooldown": -1,
    "learning_rate_schedule.min_learning_rate": -1e-9,
    "early_stopping.plateau_patience": -1,
    "augmentation_config.scale_min": 0.0,
    "augmentation_config.contrast_min_gamma": 0.0,
    "augmentation_config.random_crop_height": 0,
    "augmentation_config.random_crop_width": 0,
    "augmentation_config.rotation_min_angle": 181.0,
    "augmentation_config.translate_min": 6.0,
    "augmentation_config.uniform_noise_min_val": 11.0,
    "augmentation_config.brightness_max_val": float("inf"),
}
WRONG = {
    **{f"optimization.{path}": value for path, value in OPTIMIZATION.items()},
    "data.instance_cropping.crop_size_detection_padding": -1,
}


def test_the_defaults_of_sleap_can_be_trained(job: Any) -> None:
    assert list(faults_of(job)) == []


@pytest.mark.parametrize(("path", "value"), WRONG.items())
def test_a_value_that_no_training_can_use_is_a_fault_at_its_path(
    job: Any, path: str, value: Any
) -> None:
    (fault,) = faults_of(with_values(job, {path: value}))

    assert fault.path == path
    assert fault.what.endswith(f", got {value}")


def test_all_faults_come_at_once(job: Any) -> None:
    assert {fault.path for fault in faults_of(with_values(job, WRONG))} >= set(WRONG)


@pytest.mark.parametrize("is_on", [True, False])
def test_mining_is_looked_at_only_where_it_is_on(job: Any, is_on: bool) -> None:
    mining = {
        "online_mining": is_on,
        "hard_to_easy_ratio": 0.0,
        "min_hard_keypoints": -1,
        "max_hard_keypoints": -1,  # as in SLEAP: any number
        "loss_scale": -1.0,
    }
    values = {f"optimization.hard_keypoint_mining.{key}": each for key, each in mining.items()}

    faults = [fault.path.split(".")[-1] for fault in faults_of(with_values(job, values))]

    expected = ["hard_to_easy_ratio", "min_hard_keypoints", "loss_scale"]
    assert faults == (expected if is_on else [])

"""Which values a training can use: SLEAP's files may hold any number."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from poise.errors import Fault
from poise.job.optimization import AugmentationConfig, HardKeypointMiningConfig
from poise.messages import short_repr
from poise.reading import Reading

Rule = tuple[Callable[[Any], bool], str]

_COUNT: Rule = (lambda value: value >= 1, "an integer ≥ 1")
_ANY_COUNT: Rule = (lambda value: value is None or value >= 1, "null or an integer ≥ 1")
_NONE_OR_MORE: Rule = (lambda value: value >= 0, "an integer ≥ 0")
_POSITIVE: Rule = (lambda value: 0 < value < math.inf, "a number > 0")
_FROM_ZERO: Rule = (lambda value: 0 <= value < math.inf, "a number ≥ 0")
_PART: Rule = (lambda value: 0 < value < 1, "a number between 0 and 1")

_AUGMENTATION = "optimization.augmentation_config"

_OF_OPTIMIZATION: dict[str, Rule] = {
    "batch_size": _COUNT,
    "batches_per_epoch": _ANY_COUNT,
    "min_batches_per_epoch": _NONE_OR_MORE,
    "val_batches_per_epoch": _ANY_COUNT,
    "min_val_batches_per_epoch": _NONE_OR_MORE,
    "epochs": _COUNT,
    "initial_learning_rate": _POSITIVE,
    "learning_rate_schedule.reduction_factor": _PART,
    "learning_rate_schedule.plateau_patience": _NONE_OR_MORE,
    "learning_rate_schedule.plateau_cooldown": _NONE_OR_MORE,
    "learning_rate_schedule.min_learning_rate": _FROM_ZERO,
    "early_stopping.plateau_patience": _NONE_OR_MORE,
    "augmentation_config.scale_min": _POSITIVE,
    "augmentation_config.scale_max": _POSITIVE,
    "augmentation_config.contrast_min_gamma": _POSITIVE,
    "augmentation_config.contrast_max_gamma": _POSITIVE,
    "augmentation_config.random_crop_height": _COUNT,
    "augmentation_config.random_crop_width": _COUNT,
}

_OF_MINING: dict[str, Rule] = {
    "hard_to_easy_ratio": _POSITIVE,
    "min_hard_keypoints": _NONE_OR_MORE,
    "loss_scale": _FROM_ZERO,
}

_BOUNDS = (
    ("rotation_min_angle", "rotation_max_angle"),
    ("translate_min", "translate_max"),
    ("scale_min", "scale_max"),
    ("uniform_noise_min_val", "uniform_noise_max_val"),
    ("contrast_min_gamma", "contrast_max_gamma"),
    ("brightness_min_val", "brightness_max_val"),
)


def faults_of(reading: Reading) -> Iterator[Fault]:
    """What a training cannot do as the job says; nothing of what it leaves switched off."""
    optimization = reading.sections.optimization
    for path, (is_right, what) in _OF_OPTIMIZATION.items():
        value: Any = optimization
        for name in path.split("."):
            value = getattr(value, name)
        if not is_right(value):
            yield Fault(f"must be {what}, got {short_repr(value)}", f"optimization.{path}")
    yield from _faults_of_mining(optimization.hard_keypoint_mining)
    padding = reading.cropping.crop_size_detection_padding
    if padding < 0:
        where = "data.instance_cropping.crop_size_detection_padding"
        yield Fault(f"must be an integer ≥ 0, got {padding}", where)
    yield from _faults_of_bounds(optimization.augmentation_config)


def _faults_of_mining(mining: HardKeypointMiningConfig) -> Iterator[Fault]:
    """As SLEAP reads it, a negative maximum is none."""
    for name, (is_right, what) in _OF_MINING.items():
        value = getattr(mining, name)
        if mining.online_mining and not is_right(value):
            where = f"optimization.hard_keypoint_mining.{name}"
            yield Fault(f"must be {what}, got {short_repr(value)}", where)


def _faults_of_bounds(augmentation: AugmentationConfig) -> Iterator[Fault]:
    for names in _BOUNDS:
        first, last = (getattr(augmentation, name) for name in names)
        for name, value in zip(names, (first, last), strict=True):
            if not math.isfinite(value):
                yield Fault(f"must be a number, got {value}", f"{_AUGMENTATION}.{name}")
        if first > last:
            what = f"must be at most {names[1]}, {last}, got {first}"
            yield Fault(what, f"{_AUGMENTATION}.{names[0]}")

"""The section ``optimization`` of a SLEAP job file: how a model is or was trained.

Names, types, order and defaults are SLEAP 1.4's.
"""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class AugmentationConfig:
    """Random changes of training images. Angles in degrees, lengths in pixels."""

    rotate: bool = False
    rotation_min_angle: float = -180
    rotation_max_angle: float = 180
    translate: bool = False
    translate_min: float = -5
    translate_max: float = 5
    scale: bool = False
    scale_min: float = 0.9
    scale_max: float = 1.1
    uniform_noise: bool = False
    uniform_noise_min_val: float = 0.0
    uniform_noise_max_val: float = 10.0
    gaussian_noise: bool = False
    gaussian_noise_mean: float = 5.0
    gaussian_noise_stddev: float = 1.0
    contrast: bool = False
    contrast_min_gamma: float = 0.5
    contrast_max_gamma: float = 2.0
    brightness: bool = False
    brightness_min_val: float = 0.0
    brightness_max_val: float = 10.0
    random_crop: bool = False
    random_crop_height: int = 256
    random_crop_width: int = 256
    random_flip: bool = False
    flip_horizontal: bool = True


@attrs.frozen(kw_only=True)
class LearningRateScheduleConfig:
    """When the learning rate is lowered. Patience and cooldown in epochs."""

    reduce_on_plateau: bool = True
    reduction_factor: float = 0.5
    plateau_min_delta: float = 1e-6
    plateau_patience: int = 5
    plateau_cooldown: int = 3
    min_learning_rate: float = 1e-8


@attrs.frozen(kw_only=True)
class HardKeypointMiningConfig:
    """How much more weight the parts with the largest errors get in the loss."""

    online_mining: bool = False
    hard_to_easy_ratio: float = 2.0
    min_hard_keypoints: int = 2
    max_hard_keypoints: int | None = None
    loss_scale: float = 5.0


@attrs.frozen(kw_only=True)
class EarlyStoppingConfig:
    """When training ends early. Patience in epochs."""

    stop_training_on_plateau: bool = True
    plateau_min_delta: float = 1e-6
    plateau_patience: int = 10


@attrs.frozen(kw_only=True)
class OptimizationConfig:
    """How a model is or was trained. Batch sizes in images, epoch lengths in batches."""

    preload_data: bool = True
    augmentation_config: AugmentationConfig = attrs.field(factory=AugmentationConfig)
    online_shuffling: bool = True
    shuffle_buffer_size: int = 128
    prefetch: bool = True
    batch_size: int = 8
    batches_per_epoch: int | None = None
    min_batches_per_epoch: int = 200
    val_batches_per_epoch: int | None = None
    min_val_batches_per_epoch: int = 10
    epochs: int = 100
    optimizer: str = "adam"
    initial_learning_rate: float = 1e-4
    learning_rate_schedule: LearningRateScheduleConfig = attrs.field(
        factory=LearningRateScheduleConfig
    )
    hard_keypoint_mining: HardKeypointMiningConfig = attrs.field(factory=HardKeypointMiningConfig)
    early_stopping: EarlyStoppingConfig = attrs.field(factory=EarlyStoppingConfig)

"""Noise, contrast and brightness. Values are gray levels from 0 to 255."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise.editions import means_sleap
from poise.job.optimization import AugmentationConfig
from poise_workflows.augmentation.differences import (
    BRIGHTNESS_IN_RANGES,
    GAMMA_IN_PERCENT,
    NOISE_BY_VARIANCE,
    ONE_NOISE,
)

WHITE = 255.0


def change_intensities(images: Any, config: AugmentationConfig, random: np.random.Generator) -> Any:
    """Change values of images, in SLEAP's order. The edition decides where SLEAP 1.4 differs.

    Args:
        images: ``(N, H, W, C)`` floats of Keras' backend, from 0 to 255.
        config: what is switched on, and between which bounds.
        random: draws the numbers, and the seeds of noise that is drawn on the device.

    Returns:
        ``(N, H, W, C)`` floats from 0 to 255.
    """
    steps = (
        (config.uniform_noise, _uniform_noise),
        (config.gaussian_noise, _gaussian_noise),
        (config.contrast, _contrast),
        (config.brightness, _brightness),
    )
    for is_on, step in steps:
        if is_on:
            images = step(images, config, random)
    return images


def _uniform_noise(images: Any, config: AugmentationConfig, random: np.random.Generator) -> Any:
    import keras
    from keras import ops

    bounds = config.uniform_noise_min_val, config.uniform_noise_max_val
    if means_sleap(ONE_NOISE):
        return ops.mod(ops.floor(images + _column(random.uniform(*bounds, len(images)))), 256.0)
    noise = keras.random.uniform(ops.shape(images), *bounds, seed=_seed(random))
    return ops.clip(images + noise, 0.0, WHITE)


def _gaussian_noise(images: Any, config: AugmentationConfig, random: np.random.Generator) -> Any:
    import keras
    from keras import ops

    count, mean = len(images), config.gaussian_noise_mean
    means, deviations = np.full(count, mean), np.full(count, config.gaussian_noise_stddev)
    if means_sleap(NOISE_BY_VARIANCE):
        is_on = random.random(count) < 0.5
        variances = random.uniform(0, config.gaussian_noise_stddev, count)
        means, deviations = means * is_on, np.sqrt(variances) * is_on
    noise = keras.random.normal(ops.shape(images), seed=_seed(random))
    return ops.clip(images + noise * _column(deviations) + _column(means), 0.0, WHITE)


def _contrast(images: Any, config: AugmentationConfig, random: np.random.Generator) -> Any:
    from keras import ops

    gammas = random.uniform(config.contrast_min_gamma, config.contrast_max_gamma, len(images))
    if means_sleap(GAMMA_IN_PERCENT):
        gammas = gammas / 100
    return WHITE * ops.power(images / WHITE, _column(gammas))


def _brightness(images: Any, config: AugmentationConfig, random: np.random.Generator) -> Any:
    from keras import ops

    added = random.uniform(config.brightness_min_val, config.brightness_max_val, len(images))
    if means_sleap(BRIGHTNESS_IN_RANGES):
        added = added * WHITE
    return ops.clip(images + _column(added), 0.0, WHITE)


def _column(values: Any) -> Any:
    """A number an image, as an array that its values meet."""
    return np.asarray(values, np.float32).reshape(-1, 1, 1, 1)


def _seed(random: np.random.Generator) -> int:
    return int(random.integers(2**31))

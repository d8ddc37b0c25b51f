"""Noise, contrast and brightness, as documented and as SLEAP 1.4 has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise.editions import edition
from poise.job.optimization import AugmentationConfig
from poise_workflows.augmentation.intensities import change_intensities

pytestmark = pytest.mark.usefixtures("keras")


def changed(value: float, name: Any = "2026", **options: Any) -> Any:
    """40 images of one gray level, changed."""
    images = np.full((40, 16, 16, 1), value, np.float32)
    with edition(name):
        result = change_intensities(images, AugmentationConfig(**options), np.random.default_rng(3))
    return np.asarray(result)


def test_uniform_noise_differs_from_value_to_value_and_stays_in_range() -> None:
    noisy = changed(100, uniform_noise=True)

    assert 100 <= noisy.min() < 100.1
    assert 109.9 < noisy.max() <= 110
    assert noisy[0].std() == pytest.approx(10 / np.sqrt(12), rel=0.1)
    assert changed(250, uniform_noise=True).max() == 255


def test_sleaps_uniform_noise_is_one_number_and_wraps_around() -> None:
    noise = {"uniform_noise_min_val": 7.7, "uniform_noise_max_val": 7.7, "uniform_noise": True}

    # spec/training.md §5: 250 + 7.7 → 1
    np.testing.assert_array_equal(changed(250, "sleap-1.4", **noise), 1)
    noisy = changed(100, "sleap-1.4", uniform_noise=True)
    assert (noisy == noisy[:, :1, :1]).all()
    assert len(np.unique(noisy)) > 5


def test_gaussian_noise_has_the_mean_and_deviation_that_are_asked_for() -> None:
    noisy = changed(100, gaussian_noise=True, gaussian_noise_mean=5, gaussian_noise_stddev=2)

    assert noisy.mean() == pytest.approx(105, abs=0.1)
    assert noisy.std() == pytest.approx(2, rel=0.05)


def test_sleaps_gaussian_noise_touches_half_of_the_images_by_a_variance() -> None:
    noisy = changed(
        100, "sleap-1.4", gaussian_noise=True, gaussian_noise_mean=0, gaussian_noise_stddev=4
    )

    variances = noisy.var((1, 2, 3))
    is_on = variances > 0
    assert 8 < is_on.sum() < 32
    assert variances.max() < 4 * 1.6
    assert variances[is_on].mean() == pytest.approx(2, rel=0.4)


def test_contrast_raises_to_a_power_between_the_bounds() -> None:
    strong = changed(100, contrast=True, contrast_min_gamma=2, contrast_max_gamma=2)

    np.testing.assert_allclose(strong, 255 * (100 / 255) ** 2, rtol=1e-5)
    levels = changed(100, contrast=True)
    assert 255 * (100 / 255) ** 2 <= levels.min() < levels.max() <= 255 * (100 / 255) ** 0.5 + 1e-3


def test_sleaps_contrast_is_almost_white() -> None:
    # spec/training.md §5: 100 → 251 of 255
    levels = changed(100, "sleap-1.4", contrast=True)

    assert 250 <= levels.min() < levels.max() <= 254


def test_brightness_adds_a_level_and_sleaps_saturates() -> None:
    levels = changed(100, brightness=True)[:, 0, 0, 0]

    assert 100 <= levels.min() < levels.max() <= 110
    assert np.median(changed(100, "sleap-1.4", brightness=True)) == 255

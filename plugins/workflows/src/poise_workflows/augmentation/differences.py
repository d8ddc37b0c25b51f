"""Where augmentation in SLEAP 1.4 is not what its documentation says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from poise.editions import Difference


def _is_on(switch: str) -> Callable[[Any], bool]:
    """Whether an ``AugmentationConfig`` has this switched on."""
    return lambda config: bool(getattr(config, switch))


REFLECTED_BORDER = Difference(
    name="augmentation_reflected_border",
    sleap="an image that is rotated is continued beyond its border by its reflection",
    documented="beyond the border of an image that is rotated, all is black",
    path="optimization.augmentation_config.rotate",
    touches=_is_on("rotate"),
)
FACTORS_APART = Difference(
    name="augmentation_factors_apart",
    sleap="x and y are scaled by factors of their own",
    documented="x and y are scaled by one factor",
    path="optimization.augmentation_config.scale",
    touches=_is_on("scale"),
)
ONE_NOISE = Difference(
    name="augmentation_one_noise",
    sleap="one number of uniform noise is added to the whole image, and sums above 255 begin at 0",
    documented="each value gets uniform noise of its own, and stays between 0 and 255",
    path="optimization.augmentation_config.uniform_noise",
    touches=_is_on("uniform_noise"),
)
NOISE_BY_VARIANCE = Difference(
    name="augmentation_noise_by_variance",
    sleap="half of the images get Gaussian noise, whose variance is drawn between 0 and the "
    "standard deviation",
    documented="every image gets Gaussian noise of this mean and standard deviation",
    path="optimization.augmentation_config.gaussian_noise",
    touches=_is_on("gaussian_noise"),
)
GAMMA_IN_PERCENT = Difference(
    name="augmentation_gamma_in_percent",
    sleap="gammas are read as percent, which makes images almost uniformly white",
    documented="values between 0 and 1 are raised to a power between the bounds",
    path="optimization.augmentation_config.contrast",
    touches=_is_on("contrast"),
)
BRIGHTNESS_IN_RANGES = Difference(
    name="augmentation_brightness_in_ranges",
    sleap="brightness is read as a multiple of the whole range, 255, which makes images white",
    documented="a value between the bounds is added, in gray levels",
    path="optimization.augmentation_config.brightness",
    touches=_is_on("brightness"),
)
AUGMENTATION: tuple[Difference, ...] = (
    REFLECTED_BORDER,
    FACTORS_APART,
    ONE_NOISE,
    NOISE_BY_VARIANCE,
    GAMMA_IN_PERCENT,
    BRIGHTNESS_IN_RANGES,
)
"""All of them."""

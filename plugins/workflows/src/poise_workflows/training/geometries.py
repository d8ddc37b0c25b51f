"""The size of what a network sees, from the sizes of frames and of animals.

SLEAP's rules: frames become one size, are resized by ``input_scaling`` and padded to a multiple of
the network's stride; around animals, crops are cut whose size has room for the largest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import attrs
import numpy as np
import numpy.typing as npt

from poise.errors import Fault
from poise.job.optimization import AugmentationConfig
from poise.job.sections import InstanceCroppingConfig, PreprocessingConfig
from poise.messages import counted, join_names
from poise_workflows.training.errors import TrainingError

Size = tuple[int, int]
"""Height and width in pixels."""


@attrs.frozen(kw_only=True)
class Geometry:
    """From frames to what the network sees.

    Attributes:
        frame: of all frames, after smaller and larger ones are matched to it.
        augmented: after augmentation, which may cut.
        scaling: the factor by which images are resized then.
        scaled: after resizing.
        padded: after padding at the bottom and the right.
        crop: the side of crops around animals; ``None`` if the network sees whole images.
        channels: of the network's input.
    """

    frame: Size
    augmented: Size
    scaling: float
    scaled: Size
    padded: Size
    crop: int | None
    channels: int

    @property
    def image(self) -> tuple[int, int, int]:
        """Height, width and channels of the network's input."""
        height, width = (self.crop, self.crop) if self.crop else self.padded
        return height, width, self.channels


def geometry_of(
    sizes: Sequence[Size],
    channels: int,
    preprocessing: PreprocessingConfig,
    augmentation: AugmentationConfig,
    *,
    max_stride: int,
    crop: int | None,
    may_crop: bool,
) -> Geometry:
    """Decide every size.

    Args:
        sizes: of the frames of each video.
        channels: of the first frame.
        preprocessing: how images are prepared.
        augmentation: whether images are cut.
        max_stride: of the network, in pixels.
        crop: the side of crops around animals; ``None`` without.
        may_crop: whether augmentation may cut images.

    Raises:
        TrainingError: frames have several sizes, and the job matches none of them.
    """
    frame = _matched(sizes, preprocessing)
    cuts = augmentation.random_crop and may_crop
    augmented = (augmentation.random_crop_height, augmentation.random_crop_width) if cuts else frame
    scaling = preprocessing.input_scaling
    height, width = (max(1, int(side * scaling)) for side in augmented)
    stride = 1 if crop else preprocessing.pad_to_stride or max_stride
    stride = stride if crop else math.lcm(stride, max_stride)
    return Geometry(
        frame=frame,
        augmented=augmented,
        scaling=scaling,
        scaled=(height, width),
        padded=(height + -height % stride, width + -width % stride),
        crop=crop,
        channels=_channels(channels, preprocessing),
    )


def crop_size(
    animals: Iterable[npt.NDArray[np.float64]],
    scaling: float,
    cropping: InstanceCroppingConfig,
    max_stride: int,
) -> int:
    """The side of crops that have room for every animal, as SLEAP finds it.

    Args:
        animals: points ``(P, 2)`` of each, in pixels of its frame.
        scaling: the factor by which frames are resized before crops are cut.
        cropping: a size that is a multiple of the stride is taken as it is; another one is the
            least.
        max_stride: of the network, in pixels.
    """
    asked = cropping.crop_size
    if asked is not None and asked % max_stride == 0:
        return asked
    padding = cropping.crop_size_detection_padding
    longest = float((asked or 0) - padding)
    for points in animals:
        extents = np.nanmax(points, axis=0) - np.nanmin(points, axis=0)
        longest = max(longest, float(extents.max()) * scaling)
    return math.ceil(max(longest + padding, 1) / max_stride) * max_stride


def _matched(sizes: Sequence[Size], preprocessing: PreprocessingConfig) -> Size:
    heights, widths = zip(*sizes, strict=True)
    if preprocessing.resize_and_pad_to_target:
        height = preprocessing.target_height or max(heights)
        return height, preprocessing.target_width or max(widths)
    if len(set(sizes)) > 1:
        kinds = join_names(f"{height} × {width}" for height, width in dict.fromkeys(sizes))
        what = f"must be true for frames of {counted(len(set(sizes)), 'size')} ({kinds}), got false"
        where = "data.preprocessing.resize_and_pad_to_target"
        raise TrainingError([Fault(f"{what}; set it, so that all become one", where)])
    return sizes[0]


def _channels(channels: int, preprocessing: PreprocessingConfig) -> int:
    if preprocessing.ensure_rgb or preprocessing.imagenet_mode:
        return 3
    return 1 if preprocessing.ensure_grayscale else channels

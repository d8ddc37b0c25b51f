"""The image that a network is inspected for: asked for, read, from labels, or assumed."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from poise.building.resolving import Resolution
from poise.messages import argument
from poise.reading import Reading
from poise_workflows.inspecting.animals import LabeledAnimals, Size
from poise_workflows.training.geometries import crop_size, geometry_of

PartialImage = tuple[int | None, int | None, int | None]

ASSUMED, ASSUMED_CROP = 512, 160
"""The side of images, and of crops around animals, where nothing says it, in pixels."""


@attrs.frozen
class Chosen:
    """An image size.

    Attributes:
        image: height, width and channels; ``None`` for channels that the weights tell.
        origin: where it comes from, in words; empty if the caller said all of it.
    """

    image: PartialImage
    origin: str


def choose_image(
    reading: Reading,
    resolution: Resolution,
    asked: Sequence[int | None] | None,
    labeled: LabeledAnimals | None,
) -> Chosen:
    """Choose the image that a network is inspected for.

    Args:
        reading: the configuration or the model.
        resolution: what it comes to.
        asked: height, width and channels; ``None`` for any.
        labeled: the labels, if there are any.
    """
    height, width, channels = (*(asked or ()), None, None, None)[:3]
    is_asked = channels is not None
    channels = channels or reading.image[2]
    is_assumed = channels is None and reading.weights is None
    if channels is None and reading.weights is None:
        channels = (labeled.channels if labeled else None) or 1
    if not (height and width):
        size, origin = _size(reading, resolution, labeled)
        return Chosen((height or size[0], width or size[1], channels), origin)
    origin = "channels assumed" if is_assumed else "channels as the model has them"
    return Chosen((height, width, channels), "" if is_asked else origin)


def _size(
    reading: Reading, resolution: Resolution, labeled: LabeledAnimals | None
) -> tuple[Size, str]:
    height, width, _ = reading.image
    if height and width:
        return (height, width), "as saved"
    stride, scaling = resolution.max_stride, reading.input_scaling
    preprocessing = reading.preprocessing
    target = preprocessing.target_height, preprocessing.target_width
    assumed = f"assumed; give another with {argument('image', value='(H, W, C)')}"
    crop = None
    if resolution.head.stage == "crop":
        points = labeled.points if labeled else ()
        if not points and not reading.cropping.crop_size:
            return _square(ASSUMED_CROP, stride), assumed
        crop = crop_size(points, scaling, reading.cropping, stride)
    frames = labeled.frames if labeled else ()
    if not frames and target[0] and target[1]:
        frames = ((target[0], target[1]),)
    if not frames and crop is None:
        return _square(ASSUMED, stride), assumed
    geometry = geometry_of(
        frames or ((ASSUMED, ASSUMED),),
        1,
        preprocessing,
        reading.sections.optimization.augmentation_config,
        max_stride=stride,
        crop=crop,
        may_crop=False,
    )
    height, width, _ = geometry.image
    return (height, width), "from the labels" if labeled else "from the configuration"


def _square(side: int, stride: int) -> Size:
    """A square of at least a side whose sides are multiples of a stride."""
    side += -side % stride
    return side, side

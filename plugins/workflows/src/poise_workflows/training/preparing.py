"""From frames and their animals to what the network sees, and its labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from poise import Labels, Skeleton, editions, geometry
from poise.editions import Edition
from poise.job.optimization import AugmentationConfig
from poise_workflows.augmentation.augmenting import augment, is_on
from poise_workflows.examples.labeling import Example
from poise_workflows.examples.splitting import FrameKey
from poise_workflows.frames.preparation import SizeMatch, with_channels
from poise_workflows.pipelines.crops import cut_crops
from poise_workflows.pipelines.truth import Truth
from poise_workflows.training.geometries import Geometry

Array = npt.NDArray[Any]

_MEANS = np.array([103.939, 116.779, 123.68], np.float32)
_MEAN_OF_RGB = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION_OF_RGB = np.array([0.229, 0.224, 0.225], np.float32)


class Sample(NamedTuple):
    """What an example of a batch shows.

    Attributes:
        key: the frame.
        animal: the animal in the middle of the crop; ``None`` for whole images.
    """

    key: FrameKey
    animal: int | None = None


@attrs.frozen(kw_only=True, eq=False)
class Preparation:
    """How samples become arrays.

    Attributes:
        pictures: ``(H, W, C)`` by key, as they were read.
        examples: the labels by key.
        skeleton: names of the parts, and which are symmetric.
        class_order: class of the model of each track of the labels; -1 for none.
        geometry: all sizes.
        center_on: the part at the center of crops; ``None`` for the middle of the animal.
        imagenet_mode: how values are normalized.
        augmentation: random changes.
        may_flip: whether they may mirror.
        may_crop: whether they may cut.
        edition: of the model.
    """

    pictures: Mapping[FrameKey, Array]
    examples: Mapping[FrameKey, Example]
    skeleton: Skeleton
    class_order: Sequence[int]
    geometry: Geometry
    center_on: str | None
    imagenet_mode: str | None
    augmentation: AugmentationConfig
    may_flip: bool
    may_crop: bool
    edition: Edition

    def __call__(
        self, samples: Sequence[Sample], random: np.random.Generator | None
    ) -> tuple[Array, Labels]:
        """The network's input and its labels.

        Args:
            samples: what the batch shows.
            random: draws the changes of augmentation; ``None`` for none.

        Returns:
            ``(N, H, W, C)`` floats, and the labels in pixels of them. Of crops, the first and
            only instance is the animal in the middle.
        """
        with editions.edition(self.edition):
            images, points = self._frames(samples)
            images, points = self._augmented(images, points, random)
            values, points = self._scaled(images, points)
            classes = self._classes(samples, points.shape[1])
            if self.geometry.crop is not None:
                values, points, classes = self._cropped(samples, values, points, classes)
            values = _normalized(values, self.imagenet_mode)
        labels = Labels(points.astype(np.float32), classes=classes, parts=self.skeleton.parts)
        return values, labels

    def _frames(self, samples: Sequence[Sample]) -> tuple[Array, Array]:
        """Frames of one size, floats from 0 to 255, and the points of all their animals."""
        most = max(len(self.examples[sample.key].points) for sample in samples)
        points = np.full((len(samples), most, len(self.skeleton.parts), 2), np.nan, np.float64)
        images = []
        for row, sample in enumerate(samples):
            image, animals = self.pictures[sample.key], self.examples[sample.key].points
            match = SizeMatch(image.shape[:2], self.geometry.frame)
            images.append(_in_levels(match.image(image)))
            points[row, : len(animals)] = match.move(animals)
        channels = max(image.shape[-1] for image in images)
        return np.stack([with_channels(image, channels) for image in images]), points

    def _augmented(
        self, images: Array, points: Array, random: np.random.Generator | None
    ) -> tuple[Any, Array]:
        if random is None or not is_on(self.augmentation):
            return _cut_middle(images, points, self.geometry.augmented)
        changed, moved = augment(
            images,
            points,
            self.augmentation,
            random,
            skeleton=self.skeleton,
            may_flip=self.may_flip,
            may_crop=self.may_crop,
        )
        return changed, moved

    def _scaled(self, images: Any, points: Array) -> tuple[Array, Array]:
        """Values from 0 to 1, in the size of the network, but for crops."""
        from keras import ops

        sizes = self.geometry
        values = ops.convert_to_numpy(images).astype(np.float32) * np.float32(1 / 255)
        values = np.stack([with_channels(image, sizes.channels) for image in values])
        if sizes.scaled != values.shape[1:3]:
            resized = ops.image.resize(
                values, sizes.scaled, interpolation="bilinear", data_format="channels_last"
            )
            values = ops.convert_to_numpy(resized)
        if sizes.scaling != 1:
            points = geometry.resize(points, sizes.scaling)
        rows, columns = (
            after - before for after, before in zip(sizes.padded, sizes.scaled, strict=True)
        )
        if rows or columns:
            values = np.pad(values, ((0, 0), (0, rows), (0, columns), (0, 0)))
        return values, points

    def _classes(self, samples: Sequence[Sample], animals: int) -> Array:
        classes = np.full((len(samples), animals), -1, np.int64)
        for row, sample in enumerate(samples):
            tracks = self.examples[sample.key].classes
            classes[row, : len(tracks)] = [
                self.class_order[track] if track >= 0 else -1 for track in tracks
            ]
        return classes

    def _cropped(
        self, samples: Sequence[Sample], values: Array, points: Array, classes: Array
    ) -> tuple[Array, Array, Array]:
        rows = np.arange(len(samples))
        chosen = np.array([sample.animal for sample in samples])
        animals, side = points[rows, chosen], self.geometry.crop
        assert side is not None
        centers = Truth(animals, self.skeleton.parts).centers(self.center_on)
        crops = cut_crops(values, rows, centers, side, as_sleap=self.edition == editions.SLEAP)
        moved = geometry.crop(animals[:, None], centers, side)
        return crops, moved, classes[rows, chosen][:, None]


def _cut_middle(images: Array, points: Array, size: tuple[int, int]) -> tuple[Array, Array]:
    """The middle of images as a cut of augmentation without chance; larger ones are padded."""
    before = images.shape[1:3]
    if before == size:
        return images, points
    top, left = (max(0, side - cut) // 2 for side, cut in zip(before, size, strict=True))
    cut = images[:, top : top + size[0], left : left + size[1]]
    rows, columns = (side - length for side, length in zip(size, cut.shape[1:3], strict=True))
    padded = np.pad(cut, ((0, 0), (0, rows), (0, columns), (0, 0)))
    return padded, points - np.array([left, top])


def _in_levels(image: Array) -> Array:
    """An image as floats from 0 to 255."""
    if image.dtype.kind == "f":
        return np.asarray(image * np.float32(255), np.float32)
    most = np.iinfo(image.dtype).max
    scale = np.float32(255 / most)
    return image.astype(np.float32) if most == 255 else np.asarray(image * scale, np.float32)


def _normalized(values: Array, mode: str | None) -> Array:
    """ImageNet's normalization of RGB from 0 to 1, as SLEAP names it."""
    if mode == "tf":
        return values * 2 - 1
    if mode == "caffe":
        return values[..., ::-1] * 255 - _MEANS
    if mode == "torch":
        return (values - _MEAN_OF_RGB) / _DEVIATION_OF_RGB
    return values

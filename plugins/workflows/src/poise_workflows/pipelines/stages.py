"""The stages of top-down: where animals are, then which parts they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from poise import Dropped, Instances, Missing, editions, geometry
from poise.instances import gathered
from poise_workflows.frames.preparation import resized, with_channels
from poise_workflows.pipelines.crops import cut_crops
from poise_workflows.pipelines.decoders import Decoder
from poise_workflows.pipelines.networks import Network
from poise_workflows.pipelines.truth import Truth

Array = npt.NDArray[Any]


class Centers(NamedTuple):
    """Where the animals of a batch of images are.

    Attributes:
        image: ``(K,)``: index of the image of each animal.
        points: ``(K, 2)``: x then y in pixels of the images.
        scores: ``(K,)``.
        dropped: which others a limit left out.
    """

    image: Array
    points: Array
    scores: Array
    dropped: Sequence[Dropped] = ()


@attrs.frozen(eq=False)
class Predicted:
    """Centers that a model predicts."""

    network: Network
    decoder: Decoder

    def __call__(self, images: Array, truth: Sequence[Truth] | None) -> Centers:
        scaling = self.decoder.member.reading.input_scaling
        animals = self.decoder(self.network.model, self.network(images), scaling)
        image, column = np.nonzero(
            np.arange(animals.points.shape[1]) < np.asarray(animals.counts)[:, None]
        )
        return Centers(
            image,
            animals.points[image, column, 0],
            animals.instance_scores[image, column],
            animals.dropped,
        )


@attrs.frozen(eq=False)
class Labeled:
    """Centers of the animals that are labeled."""

    part: str | None

    def __call__(self, images: Array, truth: Sequence[Truth] | None) -> Centers:
        assert truth is not None  # the workflow refuses sources without labels
        image = np.repeat(np.arange(len(truth)), [len(animals.points) for animals in truth])
        points = [animals.centers(self.part) for animals in truth if len(animals.points)]
        centers = np.concatenate(points) if points else np.empty((0, 2))
        return Centers(image, centers.astype(np.float32), np.ones(len(image), np.float32))


@attrs.frozen(eq=False)
class Cropped:
    """Parts that a model predicts in crops around the centers.

    Attributes:
        network: the model.
        decoder: its decoder.
        side: of the crops, in pixels of the image that the network sees.
        example: what the decoder returns, for the names of parts and classes.
    """

    network: Network
    decoder: Decoder
    side: int
    example: Instances

    def __call__(self, images: Array, truth: Sequence[Truth] | None, centers: Centers) -> Instances:
        if not len(centers.points):
            return self._nothing(len(images))
        reading = self.decoder.member.reading
        scaling, edition = reading.input_scaling, reading.config.edition
        with editions.edition(edition):
            places = geometry.resize(centers.points, scaling)
        crops = cut_crops(
            self._scaled(images, scaling),
            centers.image,
            places,
            self.side,
            as_sleap=edition == editions.SLEAP,
        )
        predictions = self.network(crops)
        if not self.decoder.takes("origins"):
            return self._one_by_one(predictions, places, centers, len(images))
        return self.decoder(
            self.network.model,
            predictions,
            scaling,
            images=centers.image,
            n_images=len(images),
            origins=places - np.float32((self.side - 1) / 2),
            centroid_scores=centers.scores,
        )

    def _nothing(self, count: int) -> Instances:
        """No crops: a decoder of another plugin need not expect that."""
        parts, names = self.example.parts, self.example.class_names
        none = np.empty(0, np.float32)
        return gathered(
            np.empty((0, len(parts), 2), np.float32),
            np.empty((0, len(parts)), np.float32),
            none,
            none.astype(np.int64),
            images=count,
            parts=parts,
            classes=none.astype(np.int64) if names else None,
            class_scores=none if names else None,
            class_names=names,
            missing=[
                Missing(image=image, quantity="number of crops", value=0) for image in range(count)
            ],
        )

    def _scaled(self, images: Array, scaling: float) -> Array:
        seen = [with_channels(image, self.network.channels) for image in images]
        if scaling == 1:
            return np.stack(seen)
        height, width = (max(1, int(side * scaling)) for side in images.shape[1:3])
        return np.stack([resized(image, (height, width)) for image in seen])

    def _one_by_one(
        self, predictions: dict[str, Array], places: Array, centers: Centers, count: int
    ) -> Instances:
        """The animals of a decoder that does not join crops to images."""
        reading = self.decoder.member.reading
        animals = self.decoder(self.network.model, predictions, 1.0)
        with editions.edition(reading.config.edition):
            moved = animals.uncropped(places, self.side).unscaled(reading.input_scaling)
        crop, row = np.nonzero(np.arange(moved.points.shape[1]) < np.asarray(moved.counts)[:, None])
        classes = {
            name: getattr(moved, name)[crop, row]
            for name in ("classes", "class_scores")
            if getattr(moved, name) is not None
        }
        return gathered(
            moved.points[crop, row],
            moved.point_scores[crop, row],
            moved.instance_scores[crop, row],
            centers.image[crop],
            images=count,
            parts=moved.parts,
            class_names=moved.class_names,
            dropped=[
                attrs.evolve(limit, image=int(centers.image[limit.image]))
                for limit in moved.dropped
            ],
            **classes,
        )


@attrs.frozen(eq=False)
class Nearest:
    """Of each center, the labeled animal that has a part nearest to it."""

    parts: tuple[str, ...]

    def __call__(self, images: Array, truth: Sequence[Truth] | None, centers: Centers) -> Instances:
        assert truth is not None  # the workflow refuses sources without labels
        animals = [self._nearest(truth[image], point) for image, point in _pairs(centers)]
        has = np.array([animal is not None for animal in animals], bool)
        points = [animal for animal in animals if animal is not None]
        stacked = np.stack(points) if points else np.empty((0, len(self.parts), 2), np.float32)
        return gathered(
            stacked,
            np.where(np.isnan(stacked[..., 0]), np.nan, 1).astype(np.float32),
            centers.scores[has],
            centers.image[has],
            images=len(images),
            parts=self.parts,
        )

    def _nearest(self, truth: Truth, center: Array) -> Array | None:
        if not len(truth.points):
            return None
        away = np.nanmin(np.linalg.norm(truth.points - center, axis=-1), axis=-1)
        return np.asarray(truth.of_parts(self.parts)[away.argmin()])


def _pairs(centers: Centers) -> Any:
    return zip(centers.image, centers.points, strict=True)

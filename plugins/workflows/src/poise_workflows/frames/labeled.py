"""A labeled frame, as it was labeled and as a model sees it."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise import Labels, LabelsError, Skeleton
from poise.errors import Fault
from poise.messages import argument_path, join_names

Array = npt.NDArray[Any]


class ArgumentError(LabelsError):
    """An argument does not fit the labels; the path of each fault is the argument's name."""


class UnreadableError(LabelsError):
    """A file of labels cannot be read at all."""


@attrs.frozen(kw_only=True, eq=False)
class LabeledFrame:
    """A frame and its labeled animals.

    Attributes:
        image: ``(H, W)`` or ``(H, W, C)``, or ``None`` where only its size is known.
        size: height and width in pixels.
        points: ``(I, P, 2)``: animals, parts, x then y in pixels of the image, the center of
            the top-left pixel being (0, 0); NaN where a part is not visible.
        skeleton: names and edges of the parts.
        classes: name of each animal's class, or ``None`` where it has none.
        class_names: the names of all classes, in order.
        title: its file and its index.
        notes: what Poise assumed or could not read, a sentence each.
        no_image: why there is no image, where there is none.
    """

    image: Array | None
    size: tuple[int, int]
    points: Array
    skeleton: Skeleton
    classes: tuple[str | None, ...]
    class_names: tuple[str, ...]
    title: str
    notes: tuple[str, ...] = ()
    no_image: str = ""

    def labels(self, class_names: tuple[str, ...] | None) -> Labels:
        """The labels as a batch of this one image.

        Args:
            class_names: the classes of the model; animals of other classes have none.
        """
        indices = {name: index for index, name in enumerate(class_names or self.class_names)}
        classes = [[indices.get(name, -1) if name else -1 for name in self.classes]]
        return Labels(
            self.points[None],
            classes=np.array(classes, dtype=np.int32).reshape(1, len(self.points)),
            parts=self.skeleton.parts,
        )

    def resized(self, scale: float) -> LabeledFrame:
        """The frame as seen by a model whose images are resized by ``scale``.

        The edition decides where points go, as in ``Labels.resized``.
        """
        if scale == 1:
            return self
        height, width = (max(1, int(side * scale)) for side in self.size)
        image = None if self.image is None else _resized_image(self.image, (height, width))
        points = self.labels(None).resized(scale).points[0].astype(np.float32)
        return attrs.evolve(self, image=image, size=(height, width), points=points)

    def center_of(self, animal: int, side: int) -> Array:
        """The center, x then y, of a square around an animal, whose border lies between pixels.

        Args:
            animal: index of the animal.
            side: side of the square, in pixels.

        Raises:
            ArgumentError: there is no such animal, or nothing of it is visible.
        """
        if not 0 <= animal < len(self.points) or np.isnan(self.points[animal]).all():
            raise ArgumentError([Fault(self._must_be_visible(animal), argument_path("animal"))])
        body = self.points[animal]
        middle = (np.nanmin(body, axis=0) + np.nanmax(body, axis=0)) / 2
        half = (side - 1) / 2
        return np.asarray(np.rint(middle - half) + half)

    def _must_be_visible(self, animal: int) -> str:
        """What is wrong with the index of an animal, and which indices are right."""
        is_visible = ~np.isnan(self.points).all(axis=(1, 2))
        visible = join_names(np.flatnonzero(is_visible)) or "none"
        what = f"must be an animal with a visible part, counted from 0, got {animal}"
        return f"{what}; {len(self.points)} are labeled, visible: {visible}"

    def around(self, animal: int, side: int) -> LabeledFrame:
        """A square cut out around an animal, which becomes the first.

        Args:
            animal: index of the animal.
            side: side of the square, in pixels; pixels outside the frame are black.

        Raises:
            ArgumentError: there is no such animal, or nothing of it is visible.
        """
        center = self.center_of(animal, side)
        order = [animal, *(other for other in range(len(self.points)) if other != animal)]
        points = self.labels(None).cropped(center, side).points[0]
        x, y = (center - (side - 1) / 2).astype(int)
        return attrs.evolve(
            self,
            image=None if self.image is None else _cut_out(self.image, x, y, side),
            size=(side, side),
            points=points[order].astype(np.float32),
            classes=tuple(self.classes[index] for index in order),
        )


def _resized_image(image: Array, size: tuple[int, int]) -> Array:
    """Bilinear, without smoothing, as SLEAP resizes; keeps the image's dtype."""
    import keras

    channels = image.reshape(*image.shape[:2], -1).astype("float32")
    resized = keras.ops.image.resize(
        channels, size, interpolation="bilinear", data_format="channels_last"
    )
    array = keras.ops.convert_to_numpy(resized).astype(image.dtype)
    return np.asarray(array.reshape(*size, *image.shape[2:]))


def _cut_out(image: Array, x: int, y: int, side: int) -> Array:
    rows, columns = np.arange(y, y + side), np.arange(x, x + side)
    height, width = image.shape[:2]
    cut = image[rows.clip(0, height - 1)][:, columns.clip(0, width - 1)].copy()
    cut[(rows < 0) | (rows >= height)] = 0
    cut[:, (columns < 0) | (columns >= width)] = 0
    return np.asarray(cut)

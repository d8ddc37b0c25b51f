"""Why decoding found no animals in an image, which it left out, and what else is wrong."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from inspect import signature
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from poise.errors import DecodeWarning
from poise.scalars import is_number

if TYPE_CHECKING:
    from poise.instances import Instances

LIKELY = 10.0
"""Scores of parts are about 1 at most, so larger ones come from images in another unit."""

ABSURD = 1e15
"""Predictions beyond it are no predictions, and float32 may not hold their products."""


@attrs.frozen(kw_only=True)
class Missing:
    """Why decoding found no animals in an image.

    Attributes:
        image: index of the image in the batch.
        quantity: what was too low, as in ``highest value of 'confmaps'``.
        value: how much it is in this image.
        option: the option of the decoder that it was compared with, or ``None``.
        limit: the value of that option, or ``None``.
    """

    image: int
    quantity: str
    value: float
    option: str | None = None
    limit: float | None = None

    def __str__(self) -> str:
        text = f"{self.quantity} {self.value:.2g}"
        return text if self.option is None else f"{text}, {self.option} {self.limit:g}"


@attrs.frozen(kw_only=True)
class Dropped:
    """Animals of an image that decoding has found, and that a limit left out.

    Attributes:
        image: index of the image in the batch.
        count: how many animals.
        option: what set the limit, as in ``max_instances``: an option of the decoder, or a field
            of the configuration.
        limit: its value.
    """

    image: int
    count: int
    option: str
    limit: float

    def __str__(self) -> str:
        return f"{self.option} {self.limit:g}"

    @classmethod
    def by(cls, option: str, limit: float, images: npt.ArrayLike) -> list[Dropped]:
        """What one limit left out.

        Args:
            option: see the attribute.
            limit: see the attribute.
            images: ``(D,)``: index of the image of each animal that was left out.
        """
        numbers, counts = np.unique(np.asarray(images, dtype=np.int64), return_counts=True)
        return [
            cls(image=int(image), count=int(count), option=option, limit=limit)
            for image, count in zip(numbers, counts, strict=True)
        ]


def explained(
    instances: Instances, name: str, maps: Any, decode: Callable[..., Any], options: dict[str, Any]
) -> Instances:
    """The same instances, with a reason for each empty image for which the decoder has none.

    Args:
        instances: what a head type's decoder returned.
        name: of the head's main output.
        maps: its predictions ``(N, …)``.
        decode: the decoder.
        options: those it was called with.
    """
    told = {missing.image for missing in instances.missing}
    images = [int(image) for image in np.flatnonzero(instances.counts == 0) if image not in told]
    if not images or len(maps) != len(instances):
        return instances
    limit = options.get("threshold", _default(decode, "threshold"))
    if not is_number(limit):  # a plugin's option of this name may mean anything
        limit = None
    highest = _highest(maps)
    reasons = tuple(
        Missing(image=image, quantity=f"highest value of {name!r}", value=value)
        if limit is None or value > limit
        else Missing(
            image=image,
            quantity=f"highest value of {name!r}",
            value=value,
            option="threshold",
            limit=limit,
        )
        for image in images
        for value in [float(highest[image])]
    )
    return attrs.evolve(instances, missing=(*instances.missing, *reasons))


def _default(decode: Callable[..., Any], option: str) -> Any:
    parameter = signature(decode).parameters.get(option)
    return None if parameter is None or parameter.default is parameter.empty else parameter.default


def _highest(maps: Any) -> Any:
    """The highest value of each image ``(N,)``; only these are copied from a device."""
    axes = tuple(range(1, len(maps.shape)))
    if isinstance(maps, np.ndarray):
        return maps.max(axis=axes)
    import keras

    return keras.ops.convert_to_numpy(keras.ops.max(maps, axis=axes))


def usable(predictions: dict[str, Any]) -> dict[str, Any]:
    """Put 0 where predictions are NaN, infinite or absurdly large: no decoder computes with them.

    Args:
        predictions: ``(N, …)`` by output name; changed in place, the arrays are not.

    Returns:
        ``(N,)`` for each output that has such values: whether each image, or crop, has.
    """
    unusable = {}
    for name, array in predictions.items():
        if _is_usable(array):
            continue
        if isinstance(array, np.ndarray):
            good = abs(array.astype(np.float64)) <= ABSURD  # NaN is not
            predictions[name] = np.where(good, array, np.zeros((), array.dtype))
        else:
            from keras import ops

            good = ops.abs(ops.cast(array, "float32")) <= ABSURD
            predictions[name] = ops.where(good, array, ops.zeros_like(array))
            good = ops.convert_to_numpy(good)
        unusable[name] = ~good.reshape(len(good), -1).all(axis=1)
    return unusable


def _is_usable(array: Any) -> bool:
    """Whether every value is; NaN is not, since it is the highest where there is any."""
    if 0 in array.shape:
        return True
    if isinstance(array, np.ndarray):
        if array.dtype.kind in "iub" or _is_small(array):
            return True
        low, high = array.min(), array.max()
    else:
        from keras import ops

        low, high = ops.min(array), ops.max(array)
    return float(low) >= -ABSURD and float(high) <= ABSURD


def _is_small(array: npt.NDArray[Any]) -> bool:
    """Whether the sum of all squares is small, so that no value can be large, infinite or NaN.

    This reads the array once, and half as long as looking for the lowest and the highest value.
    """
    if array.dtype.char not in "fd":
        return False
    values = array.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.dot(values, values) <= ABSURD)


def noted(instances: Instances, unusable: dict[str, Any], images: Any) -> Instances:
    """The same instances, with a note for each image with values that count as 0.

    Args:
        instances: what a head type's decoder returned.
        unusable: as ``usable`` returns it.
        images: ``(K,)``: the image of each crop, or ``None``: each is an image.

    Warns:
        DecodeWarning: always.
    """
    notes = []
    for name, rows in unusable.items():
        note = f"{name!r} has values that are NaN, infinite or absurdly large; they count as 0"
        numbers = np.flatnonzero(rows) if images is None else np.asarray(images)[rows]
        notes += [(int(image), note) for image in np.unique(numbers)]
    texts = dict.fromkeys(note for _, note in notes)
    _warn(f"{'; '.join(texts)}: weights or images may be damaged")
    return attrs.evolve(instances, notes=(*instances.notes, *notes))


def warn_of(instances: Instances) -> None:
    """Warn if no image has an animal, or if scores are too high to be of a trained model.

    Single images without animals are usual in a recording: ``Instances.missing`` lists them.
    """
    if len(instances) and not instances.counts.any():
        _warn(_nothing_in(instances))
    highest = np.nanmax(instances.point_scores, initial=0.0)
    if highest > LIKELY:
        _warn(
            f"the highest score of a part is {highest:.3g}, where a trained model gives "
            "about 1; if its images have values 0…255, divide them by 255"
        )


def _nothing_in(instances: Instances) -> str:
    count = len(instances)
    text = "no animals in the image" if count == 1 else f"no animals in any of {count} images"
    if not instances.missing:
        return text
    nearest = max(instances.missing, key=lambda missing: missing.value)
    advice = "check that images are prepared as for training: values 0…1, size, channels"
    if nearest.option is not None:
        advice = f"decode with a lower {nearest.option}, or {advice}"
    return f"{text}: {nearest}; {advice}"


def _warn(text: str) -> None:
    warnings.warn(text, DecodeWarning, stacklevel=4)

"""The labels of a batch of images: the parts of each animal, and its class."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import attrs
import numpy as np

from poise import geometry
from poise.arrays import native
from poise.errors import Fault, LabelsError
from poise.messages import repeated, short_repr


def _array(value: Any) -> Any:
    """Convert lists to NumPy arrays; keep tensors."""
    if value is None or hasattr(value, "shape"):
        return native(value)
    try:
        return native(np.asarray(value))
    except ValueError:  # ragged lists: reported below, together with other faults
        return value


def _names(value: Any) -> Any:
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else value


@attrs.frozen(eq=False)
class Labels:
    """Points and classes of the animals in a batch of images.

    Arrays may be NumPy arrays of any numeric type and byte order, lists, or tensors of Keras'
    backend, also while a ``tf.data`` map or a train step is traced.

    Attributes:
        points: ``(N, I, P, 2)``: images, instances, parts, and x then y in pixels of the
            model's input, x to the right and y down; the center of the top-left pixel is
            (0, 0). NaN for parts that are not visible. An instance that is all NaN is
            ignored: use such instances to pad images that have fewer. For models of one
            animal, the first instance counts; for models of crops, points are in pixels of
            the crop.
        classes: class index of each instance, ``(N, I)`` integers, -1 for none; ``None``
            if no output needs them.
        parts: names along P. ``None``: the parts of the model's maps, in their order.
        anchors: ``(N, I, 2)``: the point that marks each animal's position, instead of the
            head's ``anchor_part``. NaN: the middle of its bounding box.

    Raises:
        LabelsError: shapes are wrong or do not match each other. The error lists every fault.
    """

    points: Any = attrs.field(converter=_array)
    classes: Any = attrs.field(default=None, converter=_array, kw_only=True)
    parts: tuple[str, ...] | None = attrs.field(default=None, converter=_names, kw_only=True)
    anchors: Any = attrs.field(default=None, converter=_array, kw_only=True)

    def __attrs_post_init__(self) -> None:
        faults = _faults(self)
        if faults:
            raise LabelsError(faults, "labels" if len(faults) > 1 else "")

    def resized(self, scale: Any) -> Labels:
        """The same labels in pixels of the images after resizing them.

        ``Instances.unresized`` is the inverse.

        Args:
            scale: the factor; or the factors of x and y, ``(2,)``; or those of each image,
                ``(N, 2)``, or ``(N, 1)`` if x and y share it. A point moves with the pixels
                of the image: ``(x + 0.5) · scale - 0.5``. In edition sleap-1.4 (inside
                ``poise.editions.edition``) it moves to SLEAP's ``x · scale``.

        Raises:
            LabelsError: an argument has the wrong shape or value; names the argument.
        """
        return self._moved(lambda points: geometry.resize(points, scale))

    def cropped(self, center: Any, size: int | tuple[int, int]) -> Labels:
        """The same labels in pixels of a crop of each image.

        Points outside the crop are kept, with coordinates outside it.
        ``Instances.uncropped`` is the inverse.

        Args:
            center: x then y of the crop's center in pixels of the image, ``(2,)``, or of each
                image, ``(N, 2)``. The center of the crop's top-left pixel is at
                ``center - (size - 1) / 2``.
            size: the side of the crop in pixels, or its height and width.

        Raises:
            LabelsError: an argument has the wrong shape or value; names the argument.
        """
        return self._moved(lambda points: geometry.crop(points, center, size))

    def padded(self, before: Any) -> Labels:
        """The same labels in pixels of the images after padding them.

        Padding at the right and at the bottom, as for a multiple of a stride, moves no point.
        ``Instances.unpadded`` is the inverse.

        Args:
            before: the number of columns added at the left and rows at the top, ``(2,)``, or
                those of each image, ``(N, 2)``.

        Raises:
            LabelsError: an argument has the wrong shape or value; names the argument.
        """
        return self._moved(lambda points: geometry.pad(points, before))

    def _moved(self, move: Callable[[Any], Any]) -> Labels:
        anchors = None if self.anchors is None else move(self.anchors)
        return attrs.evolve(self, points=move(self.points), anchors=anchors)


_AXES = {
    "points": ("images", "instances", "parts", 2),
    "classes": ("images", "instances"),
    "anchors": ("images", "instances", 2),
}


def _faults(labels: Labels) -> list[Fault]:
    faults = []
    lengths: dict[str, tuple[int, str]] = {}
    for name, axes in _AXES.items():
        array: Any = getattr(labels, name)
        if array is None and name != "points":
            continue
        fault = _fault_of(array, axes, integers=name == "classes")
        if fault:
            faults.append(Fault(fault, f"labels.{name}"))
            continue
        assert array is not None  # _fault_of reports a missing array
        for axis, length in zip(axes, array.shape, strict=True):
            if isinstance(axis, int) or length is None:
                continue
            other, where = lengths.setdefault(axis, (length, name))
            if other != length:
                what = f"must have {other} {axis}, as labels.{where} has, got {length}"
                faults.append(Fault(what, f"labels.{name}"))
    return faults + _faults_of_parts(labels.parts, lengths.get("parts", (None, ""))[0])


def _fault_of(array: Any, axes: tuple[str | int, ...], *, integers: bool) -> str:
    form = f"({', '.join(map(str, axes))})"
    shape = getattr(array, "shape", None)
    if shape is None:
        return f"must be an array {form}, got {short_repr(array)}"
    dtype = str(getattr(array, "dtype", ""))
    is_integer = "int" in dtype
    if integers and not is_integer:
        return f"must be integers {form}, got {dtype or type(array).__name__}"
    if not is_integer and "float" not in dtype:
        return f"must be numbers {form}, got {dtype or type(array).__name__}"
    if len(shape) != len(axes):
        return f"must have the axes {form}, got the shape {tuple(shape)}"
    if isinstance(axes[-1], int) and shape[-1] != axes[-1]:
        return f"must be {form} with x and y on the last axis, got the shape {tuple(shape)}"
    return ""


def _faults_of_parts(parts: Any, count: int | None) -> list[Fault]:
    if parts is None:
        return []
    if not isinstance(parts, tuple) or not all(isinstance(part, str) for part in parts):
        return [Fault(f"must be a list of names, got {short_repr(parts)}", "labels.parts")]
    faults = [
        Fault(f"part names must be unique, got {part!r} twice", f"labels.parts[{index}]")
        for index, part in repeated(parts)
    ]
    if count is not None and count != len(parts):
        what = f"must have {count} names, one for each part of labels.points, got {len(parts)}"
        faults.append(Fault(what, "labels.parts"))
    return faults

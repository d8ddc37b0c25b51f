"""Instances: the detected animals, as plain arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise import geometry
from poise.errors import PluginError
from poise.missing import Dropped, Missing

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.integer[Any]]


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)


def _reasons(reasons: Iterable[Missing]) -> tuple[Missing, ...]:
    return tuple(reasons)


def _limits(dropped: Iterable[Dropped]) -> tuple[Dropped, ...]:
    return tuple(dropped)


def _notes(notes: Iterable[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    return tuple(notes)


@attrs.frozen(kw_only=True, eq=False)
class Instances:
    """The animals detected in a batch of images, padded to the largest number per image.

    In image ``n`` the first ``counts[n]`` rows of the instance axis are animals. The remaining
    rows, and parts that were not detected, are NaN (classes: -1).

    Attributes:
        points: ``(N, I, P, 2)``, x (to the right) then y (down) in pixels of the model's
            input; the center of the top-left pixel is (0, 0).
        point_scores: ``(N, I, P)``: the value of the confidence map at the peak of each part, about
            1 at most; ``poise.decode`` warns if it is far above.
        instance_scores: ``(N, I)``; their meaning depends on the head type.
        counts: ``(N,)``, integers: the number of animals in each image.
        parts: names of the ``P`` parts.
        classes: ``(N, I)``, integers: index of each animal's class, -1 where it has none;
            ``None`` if the head has no classes.
        class_scores: ``(N, I)``: probability of that class; ``None`` if ``classes`` is.
        class_names: names of the classes; ``None`` if ``classes`` is.
        missing: why images have no animals. After ``poise.decode``, every such image of a
            batch has a :class:`poise.Missing`, whether the head's decoder gives one or not.
        notes: what a decoder has to say of images besides: pairs of the index of an image and
            a clause. The same clause for all images, so that they can be counted.
        dropped: animals that the decoder has found, and that a limit, such as the option
            ``max_instances``, left out. ``poise.instances.gathered`` tells those of
            ``max_instances``; a decoder adds those of limits of its own.

    Raises:
        PluginError: a head's decoder returned arrays whose axes do not match.
    """

    points: Floats
    point_scores: Floats
    instance_scores: Floats
    counts: Integers
    parts: tuple[str, ...] = attrs.field(converter=_names)
    classes: Integers | None = None
    class_scores: Floats | None = None
    class_names: tuple[str, ...] | None = attrs.field(
        default=None, converter=attrs.converters.optional(_names)
    )
    missing: tuple[Missing, ...] = attrs.field(default=(), converter=_reasons)
    notes: tuple[tuple[int, str], ...] = attrs.field(default=(), converter=_notes)
    dropped: tuple[Dropped, ...] = attrs.field(default=(), converter=_limits)

    def __attrs_post_init__(self) -> None:
        shape = np.shape(self.instance_scores)
        images, instances = shape if len(shape) == 2 else (-1, -1)
        shapes = {
            "points": (images, instances, len(self.parts), 2),
            "point_scores": (images, instances, len(self.parts)),
            "instance_scores": (images, instances),
            "counts": (images,),
        }
        if self.classes is not None:
            shapes |= {"classes": (images, instances), "class_scores": (images, instances)}
        wrong = [
            f"{name} must have the shape {shape}, got {np.shape(getattr(self, name))}"
            for name, shape in shapes.items()
            if np.shape(getattr(self, name)) != shape
        ]
        if wrong:
            raise PluginError(f"axes of instances differ: {'; '.join(wrong)}")
        of_images = [("missing.image", reason.image) for reason in self.missing]
        of_images += [("notes", image) for image, _ in self.notes]
        of_images += [("dropped.image", limit.image) for limit in self.dropped]
        for name, image in of_images:
            if not 0 <= image < images:
                what = f"must be the index of one of {images} images, got {image}"
                raise PluginError(f"{name} of instances {what}")

    def __len__(self) -> int:
        """The number of images."""
        return len(self.counts)

    def in_image(self, index: int) -> Instances:
        """The animals of one image, without padding: one image, ``counts[index]`` animals."""
        count = int(self.counts[index])
        rows = [index]
        cut = {
            name: getattr(self, name)[rows, :count]
            for name in ("points", "point_scores", "instance_scores", "classes", "class_scores")
            if getattr(self, name) is not None
        }
        own = index % len(self)
        said: dict[str, Any] = {
            "missing": [attrs.evolve(why, image=0) for why in self.missing if why.image == own],
            "notes": [(0, note) for image, note in self.notes if image == own],
            "dropped": [attrs.evolve(what, image=0) for what in self.dropped if what.image == own],
        }
        return attrs.evolve(self, counts=self.counts[rows], **cut, **said)

    def moved(self, by: npt.ArrayLike) -> Instances:
        """The same animals with ``by``, x then y or ``(N, 2)``, added to every point.

        With the origin of each crop as ``by``, points of crops move to the image.
        """
        shift = np.asarray(by, dtype=self.points.dtype)
        return attrs.evolve(self, points=self.points + np.expand_dims(shift, (-3, -2)))

    def unscaled(self, input_scaling: npt.ArrayLike) -> Instances:
        """The same animals in pixels of the image before it was resized.

        Args:
            input_scaling: the factor that it was resized by, as ``input_scaling`` of SLEAP's
                preprocessing; or the factors of x and y, ``(2,)``; or those of each image,
                ``(N, 2)``, or ``(N, 1)`` if x and y share it. Resizing moves pixel centers to
                ``(x + 0.5) · input_scaling - 0.5``; this is undone here. In edition
                sleap-1.4 (inside ``poise.editions.edition`` or ``poise.decode``) points move
                to SLEAP's ``x / input_scaling + 0.5``, unless the factor is 1.

        Raises:
            LabelsError: an argument has the wrong shape or value; names the argument.
        """
        return self._at(geometry.undo_input_scaling(self.points, input_scaling))

    def unresized(self, scale: npt.ArrayLike) -> Instances:
        """The same animals in pixels of the images before they were resized.

        The inverse of ``Labels.resized`` in both editions. For points that a model detected in
        an image resized by ``input_scaling``, use :meth:`unscaled`.

        Args:
            scale: the factor; or the factors of x and y, ``(2,)``; or those of each image,
                ``(N, 2)``, or ``(N, 1)`` if x and y share it.

        Raises:
            LabelsError: an argument has the wrong shape or value; names the argument.
        """
        return self._at(geometry.undo_resize(self.points, scale))

    def uncropped(self, center: npt.ArrayLike, size: int | tuple[int, int]) -> Instances:
        """The same animals, detected in a crop of each image, in pixels of the image.

        The inverse of ``Labels.cropped``. In edition sleap-1.4 (inside
        ``poise.editions.edition``) points are half a pixel less in x and in y, as in SLEAP.

        Args:
            center: x then y of the crop's center in pixels of the image, ``(2,)``, or of each
                image, ``(N, 2)``.
            size: the side of the crop in pixels, or its height and width.

        Raises:
            LabelsError: an argument has the wrong shape or value; names the argument.
        """
        return self._at(geometry.undo_crop(self.points, center, size))

    def unpadded(self, before: npt.ArrayLike) -> Instances:
        """The same animals in pixels of the images before they were padded.

        The inverse of ``Labels.padded``.

        Args:
            before: the number of columns added at the left and rows at the top, ``(2,)``, or
                those of each image, ``(N, 2)``.

        Raises:
            LabelsError: an argument has the wrong shape or value; names the argument.
        """
        return self._at(geometry.undo_pad(self.points, before))

    def _at(self, points: Floats) -> Instances:
        return attrs.evolve(self, points=points)


def gathered(
    points: Floats,
    point_scores: Floats,
    instance_scores: Floats,
    image: Integers,
    *,
    images: int,
    parts: Sequence[str],
    classes: Integers | None = None,
    class_scores: Floats | None = None,
    class_names: Sequence[str] | None = None,
    max_instances: int | None = None,
    missing: Iterable[Missing] = (),
    notes: Iterable[tuple[int, str]] = (),
    dropped: Iterable[Dropped] = (),
) -> Instances:
    """Pad a flat list of animals to :class:`Instances`.

    Args:
        points: ``(K, P, 2)``: the animals of all images, in one list.
        point_scores: ``(K, P)``.
        instance_scores: ``(K,)``.
        image: ``(K,)``: index of each animal's image. The order within an image is kept.
        images: the number of images, ``N``.
        parts: names of the parts.
        classes: ``(K,)``; ``None`` if the head has no classes.
        class_scores: ``(K,)``; ``None`` if ``classes`` is.
        class_names: names of the classes.
        max_instances: keep at most this many animals per image, the best scores first; an
            image that does not exceed it keeps its order. ``None`` for all.
        missing: reasons why images have no animals; those of images that have any are left out.
            ``poise.decode`` adds the highest value of the head's main output to the others.
        notes: what else is to be said of images; see :class:`Instances`.
        dropped: animals that the decoder has left out itself. Those that exceed
            ``max_instances`` are added.
    """
    dropped = list(dropped)
    if max_instances is not None:
        surplus = np.bincount(image, minlength=images) - max_instances
        beyond = np.repeat(np.arange(images), np.maximum(surplus, 0))
        dropped += Dropped.by("max_instances", max_instances, beyond)
        keep = _best(instance_scores, image, images, max_instances)
        points, point_scores, image = points[keep], point_scores[keep], image[keep]
        instance_scores = instance_scores[keep]
        if classes is not None and class_scores is not None:
            classes, class_scores = classes[keep], class_scores[keep]
    order = np.argsort(image, kind="stable")
    counts = np.bincount(image, minlength=images).astype(np.int64)
    rows = image[order]
    columns = np.arange(len(rows)) - (np.cumsum(counts) - counts)[rows]
    shape = (images, int(counts.max(initial=0)))

    def padded(values: npt.NDArray[Any], fill: float) -> npt.NDArray[Any]:
        array = np.full((*shape, *values.shape[1:]), fill, dtype=values.dtype)
        array[rows, columns] = values[order]
        return array

    return Instances(
        points=padded(points, np.nan),
        point_scores=padded(point_scores, np.nan),
        instance_scores=padded(instance_scores, np.nan),
        counts=counts,
        parts=parts,
        classes=None if classes is None else padded(classes, -1),
        class_scores=None if class_scores is None else padded(class_scores, np.nan),
        class_names=class_names,
        missing=[reason for reason in missing if reason.image in np.flatnonzero(counts == 0)],
        notes=notes,
        dropped=dropped,
    )


def _best(scores: Floats, image: Integers, images: int, most: int) -> Integers:
    """Indices of the best ``most`` of each image; in the original order if no more are there."""
    indices = np.arange(len(image))
    counts = np.bincount(image, minlength=images)
    ranked = np.where(counts[image] > most, -scores, 0)  # lexsort puts NaN last
    order = np.lexsort((indices, ranked, image))
    rank = indices - (np.cumsum(counts) - counts)[image[order]]
    return np.asarray(order[rank < most])

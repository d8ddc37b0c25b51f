"""Editions: where SLEAP 1.4 and its documentation differ, and which of the two applies.

``"sleap-1.4"`` is what the program did. A file that SLEAP wrote means this edition, so it gives
SLEAP's network. ``"2026"`` is what the documentation promises. A configuration made in Python, or
written by hand without the key, means this edition. Each difference is one named entry; there is
no other compatibility switch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal

import attrs

if TYPE_CHECKING:
    from poise.job.sections import JobRecord

Edition = Literal["sleap-1.4", "2026"]
SLEAP: Edition = "sleap-1.4"
DOCUMENTED: Edition = "2026"
EDITIONS: tuple[Edition, ...] = (SLEAP, DOCUMENTED)


def _never(config: Any) -> bool:
    return False


@attrs.frozen(kw_only=True)
class Difference:
    """One difference between the program and its documentation.

    Attributes:
        name: how code, reports and the documentation refer to it.
        sleap: what happens in edition sleap-1.4.
        documented: what happens in edition 2026.
        path: the field that it concerns, for report lines.
        touches: ``touches(config)``: whether the difference affects a model of this
            configuration, which is that of the backbone or head whose spec has the
            difference. Poise does not call it for differences of the core.
        convert: ``convert(config, edition, job)``: a configuration as ``touches`` takes it,
            changed such that it means in ``edition`` what it meant in the other one, or as
            nearly as a value can; ``None`` if no value can. ``job`` has the other sections of
            the job (a ``JobRecord``), ``None`` if they are not known. For fields with another
            unit in each edition. ``poise.to_edition`` calls it in edition sleap-1.4, and
            reports every field that it changes.
    """

    name: str
    sleap: str
    documented: str
    path: str = ""
    touches: Callable[[Any], bool] = attrs.field(default=_never, repr=False, eq=False)
    convert: Callable[[Any, Edition, JobRecord | None], Any] | None = attrs.field(
        default=None, repr=False, eq=False
    )


# A context variable keeps `build(config, image)` at two arguments (D11).
_current: ContextVar[Edition] = ContextVar("poise_edition", default=DOCUMENTED)


def current() -> Edition:
    """The edition of the running build; ``"2026"`` outside of any build."""
    return _current.get()


def means_sleap(difference: Difference) -> bool:
    """Whether the running build decides ``difference`` as SLEAP 1.4 did.

    A backbone or head calls this at the one place where the difference matters. The entry
    and its effect then refer to each other.
    """
    assert isinstance(difference, Difference)
    return current() == SLEAP


@contextmanager
def edition(name: Edition) -> Iterator[None]:
    """Build in the given edition inside the ``with`` block (per thread and task)."""
    token = _current.set(name)
    try:
        yield
    finally:
        _current.reset(token)


BACKBONE_STRIDE = Difference(
    name="backbone_stride_of_main_output",
    sleap="the backbone is built for the stride of the head's first output (the confidence "
    "maps); a second output may be coarser, not finer",
    documented="the backbone is built for the finest stride that any of its outputs has",
    path="model.backbone.*.output_stride",
)
FLOORED_STRIDES = Difference(
    name="strides_floored",
    sleap="a stride that is not a power of two is floored to one (24 means 16); reading a "
    "SLEAP file does so and reports it",
    documented="a stride that is not a power of two is refused",
    path="model.backbone.*",
)
HALF_PIXEL_OF_SCALING = Difference(
    name="half_pixel_of_scaling",
    sleap="points of an image that was resized by input_scaling are divided by it and half a "
    "pixel is added, which is exact only for a factor of 0.5",
    documented="points are mapped back exactly, for every factor",
    path="data.preprocessing.input_scaling",
)
HALF_PIXEL_OF_RESIZING = Difference(
    name="half_pixel_of_resizing",
    sleap="points of labels are multiplied by the factor that their image is resized by; the "
    "centers of the pixels move by (factor - 1) / 2 pixels more",
    documented="points of labels move with the pixels of their image",
    path="data.preprocessing.input_scaling",
)
HALF_PIXEL_OF_CROPS = Difference(
    name="half_pixel_of_crops",
    sleap="points found in a crop are moved to the image by its center less half its size, "
    "while crops are cut half a pixel further right and down: all points of top-down models "
    "are half a pixel too small in x and y",
    documented="decoding moves points found in a crop to the image by the crop's position",
    path="data.instance_cropping.crop_size",
)


HEADS_OF_STACKS = Difference(
    name="heads_of_several_stacks",
    sleap="several stacks with heads cannot be built, since the heads of all would have the same "
    "name; they are built as in edition 2026 (and as SLEAP did before 1.2.1)",
    documented="every stack has separate heads, and each name ends in the stack's number; "
    "poise.last_stack takes only the last stack's predictions",
    path="model.backbone.*.stacks",
)
MINING_IGNORED_BESIDE_CLASSES = Difference(
    name="mining_ignored_beside_classes",
    sleap="a model that also predicts class vectors is trained without hard keypoint mining, "
    "even if it is switched on",
    documented="hard keypoint mining applies to the maps of every model",
    path="optimization.hard_keypoint_mining",
)
LEARNING_RATE_OF_OTHERS = Difference(
    name="learning_rate_of_other_optimizers",
    sleap="an optimizer other than adam, rmsprop and sgd has its default learning rate",
    documented="every optimizer has the configured learning rate",
    path="optimization.initial_learning_rate",
)
MOVING_VARIANCE = Difference(
    name="moving_variance_unbiased",
    sleap="batch normalization adds the unbiased variance of each training batch to its moving "
    "variance, N / (N - 1) of the variance by which it divides the batch's N values; encoders that "
    "Keras builds are trained as in edition 2026",
    documented="batch normalization adds the variance by which it divides the batch, as Keras 3 "
    "does on every backend",
    path="model.backbone.*",
)
CORE: tuple[Difference, ...] = (
    BACKBONE_STRIDE,
    FLOORED_STRIDES,
    HALF_PIXEL_OF_SCALING,
    HALF_PIXEL_OF_RESIZING,
    HALF_PIXEL_OF_CROPS,
    HEADS_OF_STACKS,
    MINING_IGNORED_BESIDE_CLASSES,
    LEARNING_RATE_OF_OTHERS,
    MOVING_VARIANCE,
)
"""The differences that belong to the core; all others are in the specs of plugins."""

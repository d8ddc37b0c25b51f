"""Decoding within a graph: what a head declares so that points can leave Python with its model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature

import attrs

from poise.specs.tensors import Tensor


@attrs.frozen(kw_only=True)
class GraphOutput:
    """An array that a graph returns.

    Attributes:
        axes: the names of its axes, as ``("image", "animal", "part", "xy")``. The first is
            ``"image"``. All others have a fixed length. An array whose last axis is ``"xy"``
            holds places, x then y in pixels of the model's input, NaN where there is none.
        meaning: what the numbers are, one sentence without a period.
    """

    axes: tuple[str, ...]
    meaning: str

    @property
    def is_places(self) -> bool:
        """Whether it holds places, which move with the pixels of the image."""
        return self.axes[-1] == "xy"


@attrs.frozen(kw_only=True)
class GraphDecoding:
    """A head's decoding, written in ``keras.ops`` with shapes that do not depend on the data.

    Attributes:
        outputs: name → what the array is. Of a head of stage ``"crop"`` every array has the axes
            image and animal first. A head of stage ``"centroid"`` returns ``points`` (image,
            animal, part, xy), whose first part is the center of the crop, and
            ``instance_scores`` (image, animal).
        names: axis → the names of its entries, such as those of the parts. ``"part"`` has those
            of the skeleton.
        call: ``call(predictions) -> {name: tensor}``. ``predictions`` has the last stack's
            outputs by name: float32 ``(N, H, W, C)`` or ``(N, C)``, where N may be unknown. A
            head of stage ``"crop"`` may take ``centroid_scores=``, ``(N,)``: the scores of the
            first stage, where there is one. Poise calls it in the configuration's edition.
    """

    outputs: Mapping[str, GraphOutput]
    names: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    call: Callable[..., dict[str, Tensor]] = attrs.field(repr=False)

    def takes(self, name: str) -> bool:
        """Whether ``call`` takes a keyword."""
        return name in signature(self.call).parameters

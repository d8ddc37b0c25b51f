"""The arrays of a weights file, by layer and role, in any layout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

LayerPath = tuple[str, ...]
"""Names from the outermost layer inward; a single name unless models are nested."""

Shape = tuple[int, ...]


@attrs.frozen
class Record:
    """One array of a weights file, not yet read.

    Attributes:
        layer: path of the layer that owns it; empty if the model itself owns it.
        role: ``kernel``, ``bias``, ``gamma``, …; if the file does not state it, the index
            within the layer, as a string.
        shape: the declared shape, axes as in the model's variable.
        read: returns the array. Nothing is read before this call, so a file that declares
            an enormous shape costs nothing unless the model has the same shape.
        address: where the array lies in the file; ``None`` if nothing else tells arrays apart.
    """

    layer: LayerPath
    role: str
    shape: Shape
    read: Callable[[], Any] = attrs.field(repr=False, eq=False)
    address: Any = attrs.field(default=None, repr=False, eq=False)

    @property
    def name(self) -> str:
        """``layer/role``, as reports show it."""
        return "/".join((*self.layer, self.role))


@attrs.frozen
class WeightsFile:
    """An opened weights file.

    Attributes:
        source: the file.
        format: its layout in words, with the Keras version if the file states it.
        records: every array that belongs to a layer, in file order.
        named: whether ``Record.layer`` holds layer names. Files of early Keras 3 hold
            only class names and numbers (``conv2d_1``).
        ignored: how many arrays belong to no layer, by purpose: ``optimizer``,
            ``metrics``.
        unlisted: paths of arrays that lie in the file, but in no list of it, and of links, which
            are not followed.
        replaced: names of the Lambda layers of the saved model. Their code is never run;
            the model that receives the weights has other layers in their place.
        notes: other content of the file that is not used, as sentences.
        has_configuration: whether it is of a whole model, with the configuration of that.
    """

    source: Path
    format: str
    records: tuple[Record, ...]
    named: bool = True
    ignored: Mapping[str, int] = attrs.field(factory=dict)
    unlisted: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    has_configuration: bool = False

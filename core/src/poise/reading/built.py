"""A model that was built from a reading."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from poise.editions import Edition
from poise.errors import BuildError
from poise.skeleton import Skeleton

if TYPE_CHECKING:
    import keras

    from poise.weights import LoadReport

PartialImage = tuple[int | None, int | None, int | None]
"""Height and width in pixels, and channels; ``None`` for what is not known or may be any."""


@attrs.frozen
class Asked:
    """What a caller of ``Reading.build`` wants instead of what was read; ``None`` for nothing."""

    image: PartialImage | None
    skeleton: Skeleton | None
    classes: Sequence[str] | None
    auto_pad: bool | None
    edition: Edition | None


class ImageUnknownError(BuildError):
    """Neither what was read nor its weights say how many channels images have."""


@attrs.frozen(kw_only=True)
class Built:
    """A model that was built from a reading.

    Attributes:
        model: the model, which keeps the image that it was built for.
        weights: where its weights are from; ``None`` if they are initial ones.
        report: what became of the weights in the file; ``None`` without a file.
    """

    model: keras.Model
    weights: Path | None = None
    report: LoadReport | None = None

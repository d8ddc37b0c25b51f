"""A model that was built from a reading."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from poise.editions import Edition
from poise.errors import BuildError, WeightsError
from poise.skeleton import Skeleton

if TYPE_CHECKING:
    import keras

    from poise.weights import LoadReport

PartialImage = tuple[int | None, int | None, int | None]
"""Height and width in pixels, and channels; ``None`` for an unknown or arbitrary number."""


@attrs.frozen
class Asked:
    """The arguments of ``Reading.build`` that override the reading; ``None`` to keep it."""

    image: PartialImage | None
    skeleton: Skeleton | None
    classes: Sequence[str] | None
    auto_pad: bool | None
    edition: Edition | None


class ImageUnknownError(BuildError):
    """Neither the reading nor its weights state the number of image channels."""


class NoWeightsError(WeightsError):
    """A model folder has no weights, and the caller did not say to build without."""


@attrs.frozen(kw_only=True)
class Built:
    """A model that was built from a reading.

    Attributes:
        model: the model; it records the image size that it was built for.
        weights: the source of its weights; ``None`` for initial weights.
        report: the report on loading the weights; ``None`` for initial weights.
    """

    model: keras.Model
    weights: Path | None = None
    report: LoadReport | None = None

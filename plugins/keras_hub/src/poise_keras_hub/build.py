"""How KerasHub's networks are built. Imports Keras and KerasHub only when building."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from poise.libraries.library import Library
from poise.libraries.variants import Variant
from poise.specs import Tensor
from poise_keras_hub.normalizations import NORMALIZATIONS
from poise_keras_hub.presets import PRESETS
from poise_keras_hub.variants import VARIANTS

if TYPE_CHECKING:
    from poise.libraries.replay import Rule


def _make(models: Any, variant: Variant, image: tuple[int, int, int]) -> Any:
    size = "input_shape" if variant.cls == "EfficientNetBackbone" else "image_shape"
    return getattr(models, variant.cls)(**{size: image}, **variant.arguments)


def _levels(model: Any) -> Sequence[Tensor]:
    return list(model.pyramid_outputs.values())


def _rules() -> Mapping[str, Mapping[str, Rule]]:
    from poise_keras_hub.rules import RULES

    return RULES


LIBRARY = Library(
    key="keras_hub",
    name="KerasHub",
    module="keras_hub",
    distributions="keras-hub",
    variants=VARIANTS,
    presets=PRESETS,
    make=_make,
    levels=_levels,
    rules=_rules,
    normalizations=NORMALIZATIONS,
    normalization=attrgetter("normalization"),
)

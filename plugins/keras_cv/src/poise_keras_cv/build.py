"""How KerasCV's networks are built. Imports Keras and KerasCV only when building."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from poise.libraries.library import Library
from poise.libraries.variants import Variant
from poise.specs import Tensor
from poise_keras_cv.presets import PRESETS
from poise_keras_cv.variants import VARIANTS

if TYPE_CHECKING:
    from poise.libraries.replay import Rule


def _make(models: Any, variant: Variant, image: tuple[int, int, int]) -> Any:
    # KerasCV's weights were trained on images in 0…1, which Poise passes.
    return getattr(models, variant.cls)(
        include_rescaling=False, input_shape=image, **variant.arguments
    )


def _levels(model: Any) -> Sequence[Tensor]:
    return [model.get_layer(name).output for name in model.pyramid_level_inputs.values()]


def _rules() -> Mapping[str, Mapping[str, Rule]]:
    from poise_keras_cv.rules import RULES

    return RULES


LIBRARY = Library(
    key="keras_cv",
    name="KerasCV",
    module="keras_cv",
    distributions="keras-cv tensorflow",
    variants=VARIANTS,
    presets=PRESETS,
    make=_make,
    levels=_levels,
    rules=_rules,
)

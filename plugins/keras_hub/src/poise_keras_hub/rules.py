"""Replacements for layers of KerasHub that Keras cannot load or that are slow. Imports Keras."""

from __future__ import annotations

from typing import Any

from poise.blocks.grouped_convolution import GroupedConv2D
from poise.libraries.mix_transformer import mix_transformer
from poise.libraries.replay import Rule, copy_layer
from poise.specs import Tensor


def _convolution(layer: Any, inputs: list[Tensor]) -> Tensor:
    """Keras' own grouped convolution takes seconds to train on a CPU."""
    cls = type(layer) if layer.groups == 1 else GroupedConv2D
    return copy_layer(layer, inputs, layer.name, cls=cls)


RULES: dict[str, dict[str, Rule]] = {
    "CSPNetBackbone": {"Conv2D": _convolution},
    "MiTBackbone": mix_transformer(across=False),
}
"""By the library's class; other classes need no replacement."""

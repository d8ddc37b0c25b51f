"""The Mix Transformer's blocks on maps of any size, built from a library's layers.

KerasCV and KerasHub share a Mix Transformer (Xie et al., https://arxiv.org/abs/2105.15203).
It flattens maps to sequences and takes the square root of their length for
height and width: images must be square, of a size known when building, and its layers cannot
be loaded from a file. Here maps stay maps, and all layers but those below are Keras layers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

from poise.libraries.replay import Rule, copy_layer
from poise.specs import Tensor


@keras.saving.register_keras_serializable(package="poise")
class MapAttention(layers.Layer):
    """Multi-head attention of every cell of one map to all cells of another.

    Inputs ``[queries (N, H, W, C), keys (N, h, w, C), values (N, h, w, C)]``, output
    ``(N, H, W, C)``.

    Args:
        heads: number of heads, a divisor of C.
        dropout: fraction of the attention that is dropped in training.
    """

    cell_by_cell = False

    def __init__(self, heads: int, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.heads, self.dropout = heads, dropout
        self.drop = layers.Dropout(dropout, dtype=self.dtype_policy)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        queries, keys, values = map(self._in_heads, inputs)
        scores = ops.einsum("nqhd,nkhd->nhqk", queries, keys) * queries.shape[-1] ** -0.5
        shares = self.drop(ops.softmax(scores, axis=-1), training=training)
        attended = ops.einsum("nhqk,nkhd->nqhd", shares, values)
        return ops.reshape(attended, ops.shape(inputs[0]))

    def flops(self, shapes: Sequence[Sequence[int]]) -> int:
        """FLOPs of the two products, of queries with keys and of shares with values."""
        (_, *here, channels), (_, *there, _), _ = shapes
        return 4 * math.prod(here) * math.prod(there) * channels

    def _in_heads(self, maps: Any) -> Any:
        batch, height, width, channels = ops.shape(maps)
        return ops.reshape(maps, (batch, height * width, self.heads, channels // self.heads))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape[0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "heads": self.heads, "dropout": self.dropout}


@keras.saving.register_keras_serializable(package="poise")
class MapsAcross(layers.Layer):
    """Reinterprets channel-major data as cell-major. Input and output are ``(N, H, W, C)``.

    KerasCV's Mix Transformer transposes cells and channels before it reduces a map, and back
    afterwards: each cell then holds a section of one channel's map. Its published weights
    were trained this way and need it.

    Args:
        back: whether to undo the reinterpretation.
    """

    cell_by_cell = False

    def __init__(self, back: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.back = back

    def call(self, maps: Any) -> Any:
        batch, height, width, channels = shape = ops.shape(maps)
        rows, columns = height * width, channels
        if self.back:
            rows, columns = columns, rows
        across = ops.transpose(ops.reshape(maps, (batch, rows, columns)), (0, 2, 1))
        return ops.reshape(across, shape)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "back": self.back}


@keras.saving.register_keras_serializable(package="poise")
class TanhGELU(layers.Layer):
    """GELU in its tanh approximation, with which these networks were trained."""

    cell_by_cell = True

    def call(self, x: Any) -> Any:
        return ops.gelu(x, approximate=True)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


def mix_transformer(*, across: bool) -> dict[str, Rule]:
    """The rules by which a Mix Transformer of KerasCV or KerasHub is replayed.

    Layer names begin with those of the library's layers: ``patch_and_embed_{i}_…``,
    ``hierarchical_encoder_{i}_{k}_…``.

    Args:
        across: whether maps are reduced as in KerasCV, see ``MapsAcross``.
    """
    return {
        "OverlappingPatchingAndEmbedding": _patches,
        "HierarchicalTransformerEncoder": lambda layer, inputs: _block(layer, inputs[0], across),
        # Maps were never flattened, so there is nothing to reshape.
        "Reshape": lambda layer, inputs: inputs[0],
    }


def _patches(layer: Any, inputs: list[Tensor]) -> Tensor:
    (x,) = inputs
    padding = getattr(layer, "padding", None)
    if padding is not None:
        x = copy_layer(padding, x, f"{layer.name}_pad")
    x = copy_layer(layer.proj, x, f"{layer.name}_proj")
    return copy_layer(layer.norm, x, f"{layer.name}_norm")


def _block(layer: Any, x: Tensor, across: bool) -> Tensor:
    name, rate = layer.name, layer.drop_path.rate
    attended = _attended(layer.attn, copy_layer(layer.norm1, x, f"{name}_norm1"), name, across)
    x = layers.Add(name=f"{name}_attention_add")(
        [x, _dropped(attended, rate, f"{name}_attention_drop", per_image=True)]
    )
    mixed = copy_layer(layer.mlp.fc1, copy_layer(layer.norm2, x, f"{name}_norm2"), f"{name}_fc1")
    mixed = TanhGELU(name=f"{name}_gelu")(copy_layer(layer.mlp.dwconv, mixed, f"{name}_dwconv"))
    mixed = copy_layer(layer.mlp.fc2, mixed, f"{name}_fc2")
    return layers.Add(name=f"{name}_add")(
        [x, _dropped(mixed, rate, f"{name}_drop", per_image=True)]
    )


def _attended(attention: Any, x: Tensor, prefix: str, across: bool) -> Tensor:
    name = f"{prefix}_attention"
    reduced = x
    if attention.sr_ratio > 1:
        if across:
            reduced = MapsAcross(name=f"{name}_across")(reduced)
        reduced = copy_layer(attention.sr, reduced, f"{name}_sr")
        if across:
            reduced = MapsAcross(back=True, name=f"{name}_back")(reduced)
        reduced = copy_layer(attention.norm, reduced, f"{name}_norm")
    attended = MapAttention(
        attention.num_heads, dropout=_rate(attention, "dropout"), name=f"{name}_heads"
    )(
        [
            copy_layer(attention.q, x, f"{name}_q"),
            copy_layer(attention.k, reduced, f"{name}_k"),
            copy_layer(attention.v, reduced, f"{name}_v"),
        ]
    )
    attended = copy_layer(attention.proj, attended, f"{name}_proj")
    return _dropped(attended, _rate(attention, "proj_drop"), f"{name}_proj_drop")


def _rate(layer: Any, dropout: str) -> float:
    """The rate of a layer's dropout attribute; 0 if it has no such dropout."""
    return float(getattr(getattr(layer, dropout, None), "rate", 0))


def _dropped(x: Tensor, rate: float, name: str, per_image: bool = False) -> Tensor:
    if not rate:
        return x
    return layers.Dropout(float(rate), (None, 1, 1, 1) if per_image else None, name=name)(x)

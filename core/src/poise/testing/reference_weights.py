"""Reference weights that depend only on names and shapes.

Two implementations of one architecture, in any framework, get the same weights from this
recipe and must then give the same outputs. The golden numbers of SLEAP 1.4 were computed with
it. A generator for each tensor is seeded by the layer's name, the weight's role and its shape,
so order and position do not matter.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

BASE_SEED = "sleap-ref-1"
"""The seed of the golden numbers."""

GAIN = math.sqrt(2)
"""The gain of the golden numbers, unless a case states another."""

_AUTOMATIC = re.compile(
    r"(conv2d|conv2d_transpose|depthwise_conv2d|separable_conv2d|dense|batch_normalization"
    r"|group_convolution2d|group_conv2d)(?:_(\d+))?"
)

Array = npt.NDArray[np.float32]


def canonical_names(names: Iterable[str]) -> dict[str, str]:
    """Layer name → its name in the recipe.

    Keras' automatic names count the layers of the whole process. They are replaced by
    ``<stem>#<k>``, the k-th such layer of the model.

    Args:
        names: names of the layers that have weights.
    """
    names = list(names)
    numbered: dict[str, list[tuple[int, str]]] = {}
    for name in dict.fromkeys(names):
        match = _AUTOMATIC.fullmatch(name)
        if match:
            numbered.setdefault(match[1], []).append((int(match[2] or 0), name))
    renamed = {
        name: f"{stem}#{k}"
        for stem, group in numbered.items()
        for k, (_, name) in enumerate(sorted(group))
    }
    return {name: renamed.get(name, name) for name in names}


def value(
    layer: str,
    role: str,
    shape: tuple[int, ...],
    *,
    transposed: bool = False,
    base_seed: str = BASE_SEED,
    gain: float = GAIN,
) -> Array:
    """The value of one weight tensor.

    Args:
        layer: canonical name of the layer.
        role: ``kernel``, ``bias``, ``gamma``, ``beta``, ``moving_mean``,
            ``moving_variance``, ``depthwise_kernel`` or ``pointwise_kernel``.
        shape: its shape in Keras.
        transposed: whether it is the kernel of a transposed convolution, whose input
            channels are on the last axis.
        base_seed: seed of the whole set.
        gain: factor of the kernels' std, over √fan-in.

    Raises:
        ValueError: the recipe does not know the role.
    """
    text = f"{base_seed}|{layer}|{role}|{','.join(map(str, shape))}"
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")
    random = np.random.RandomState(seed)  # the legacy stream is frozen, on every platform
    drawn: npt.NDArray[np.float64]
    if role.endswith("kernel"):
        drawn = random.standard_normal(shape) * (gain / math.sqrt(_fan_in(role, shape, transposed)))
    elif role in ("bias", "beta", "moving_mean"):
        drawn = 0.1 * random.standard_normal(shape)
    elif role == "gamma":
        drawn = 1 + 0.1 * random.standard_normal(shape)
    elif role == "moving_variance":
        drawn = random.uniform(0.5, 1.5, size=shape)
    else:
        raise ValueError(f"unknown role of a weight: {role!r}")
    return drawn.astype(np.float32)


def fill(model: Any, *, base_seed: str = BASE_SEED, gain: float = GAIN) -> None:
    """Set every weight of a Keras model to its value.

    Args:
        model: a ``keras.Model`` whose layers are not nested.
        base_seed: seed of the whole set.
        gain: as in ``value``.
    """
    layers = [layer for layer in model.layers if layer.weights]
    canonical = canonical_names(layer.name for layer in layers)
    for layer in layers:
        kind = type(layer).__name__
        for weight in layer.weights:
            depthwise = kind == "DepthwiseConv2D" and weight.name == "kernel"
            weight.assign(
                value(
                    canonical[layer.name],
                    "depthwise_kernel" if depthwise else weight.name,
                    tuple(weight.shape),
                    transposed=kind == "Conv2DTranspose",
                    base_seed=base_seed,
                    gain=gain,
                )
            )


def images(shape: tuple[int, int, int], *, seed: int = 12345, batch: int = 2) -> Array:
    """Uniform noise in 0…1 of shape ``(batch, height, width, channels)``."""
    noise = np.random.RandomState(seed).uniform(size=(batch, *shape))
    return noise.astype(np.float32)


def _fan_in(role: str, shape: tuple[int, ...], transposed: bool) -> int:
    if role == "depthwise_kernel":
        return math.prod(shape[:2])
    if transposed:
        return math.prod(shape[:2]) * shape[3]
    return math.prod(shape[:-1])

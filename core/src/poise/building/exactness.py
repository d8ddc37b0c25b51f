"""Versions of Keras that compute other numbers on a backend than layers are defined to have."""

from __future__ import annotations

from typing import Any

from poise.building.keras_versions import OLDEST_KERAS, backends_for, version_of, way_out
from poise.errors import BuildError, Fault
from poise.messages import join_names


def refuse_inexact_layers(model: Any) -> None:
    """Refuse a model whose layers this Keras computes by other numbers on this backend.

    Only PyTorch is asked. On TensorFlow and JAX Keras calls a transposed convolution of the
    backend; on PyTorch it works the padding out.

    Raises:
        BuildError: there is such a layer. The error names the Keras that is right.
    """
    import keras

    if keras.backend.backend() != "torch":
        return
    from poise.blocks.transposed_convolution import inexact_layers

    # What a subclass computes is its own matter; the conformance suite looks at it.
    layers = [
        layer for layer, _ in inexact_layers(model) if type(layer) is keras.layers.Conv2DTranspose
    ]
    if layers:
        raise BuildError([Fault(f"{what_is_right()}: {described(layers)}", "keras")])


def described(layers: list[Any]) -> str:
    """What is wrong with layers: ``Conv2DTranspose of kernel 3 × 3 and strides 2 × 2 …``."""
    kinds = {
        f"kernel {' × '.join(map(str, layer.kernel_size))} and strides "
        f"{' × '.join(map(str, layer.strides))}"
        for layer in layers
    }
    names = join_names([layer.name for layer in layers], 3)
    return f"transposed convolutions of {join_names(sorted(kinds))} are shifted there ({names})"


def what_is_right() -> str:
    """Which Keras this backend needs, which one there is, and what to do."""
    import keras

    backend, version = keras.backend.backend(), keras.__version__
    if backend != "torch":
        return f"must compute layers by their definition, got Keras {version} on {backend}"
    right = version_of(OLDEST_KERAS[backend].series)
    return (
        f"must be Keras {right} or newer on PyTorch, got {version}; "
        f"{way_out(backend, backends_for(version))}"
    )

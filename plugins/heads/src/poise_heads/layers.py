"""The Keras layers of the outputs. Keras is imported when a layer is made."""

from __future__ import annotations

from poise.specs import Tensor

PREDICTION = "float32"
"""dtype of predicting layers, under any dtype policy.

In half precision, coordinates above 1024 pixels would be whole numbers.
"""


def pointwise(features: Tensor, name: str, channels: int, activation: str = "linear") -> Tensor:
    """A map predicted cell by cell: one 1×1 convolution with bias.

    Args:
        features: a Keras tensor ``(N, H/stride, W/stride, C)``.
        name: name of the layer.
        channels: size of the last axis of the map.
        activation: applied inside the layer, by Keras' name of it.

    Returns:
        The map ``(N, H/stride, W/stride, channels)``.
    """
    import keras

    conv = keras.layers.Conv2D(
        channels, kernel_size=1, padding="same", activation=activation, name=name, dtype=PREDICTION
    )
    return conv(features)


def flat(features: Tensor, suffix: str, global_pool: bool) -> Tensor:
    """Features of the whole image as one vector.

    Args:
        features: a Keras tensor ``(N, H/stride, W/stride, C)``; its size must be known
            unless ``global_pool``.
        suffix: end of the layers' names.
        global_pool: keep only the maximum of each channel.

    Returns:
        ``(N, C)`` with pooling, else ``(N, H/stride · W/stride · C)``.
    """
    import keras

    if global_pool:
        features = keras.layers.GlobalMaxPooling2D(name=f"pre_classification_global_pool{suffix}")(
            features
        )
    return keras.layers.Flatten(name=f"pre_classification_flatten{suffix}")(features)


def hidden(vector: Tensor, suffix: str, index: int, units: int) -> Tensor:
    """One hidden dense layer with ReLU: ``(N, C)`` to ``(N, units)``."""
    import keras

    dense = keras.layers.Dense(units, name=f"pre_classification{index}_fc{suffix}")
    vector = dense(vector)
    return keras.layers.Activation("relu", name=f"pre_classification{index}_relu{suffix}")(vector)


def probabilities(vector: Tensor, name: str, classes: int) -> Tensor:
    """A dense layer with softmax: ``(N, C)`` to probabilities ``(N, classes)``."""
    import keras

    dense = keras.layers.Dense(classes, activation="softmax", name=name, dtype=PREDICTION)
    return dense(vector)

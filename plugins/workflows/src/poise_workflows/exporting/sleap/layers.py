"""Layers as Keras 2 describes them: those that Keras 2 and 3 both have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from poise.errors import Fault
from poise_workflows.exporting.errors import ExportError

_KERNEL = (
    *("activation", "use_bias", "kernel_initializer", "bias_initializer", "kernel_regularizer"),
    *("bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint"),
)
_WINDOW = ("kernel_size", "strides", "padding", "data_format", "dilation_rate", "groups")
_CONV = ("filters", *_WINDOW, *_KERNEL)
_POOL = ("pool_size", "padding", "strides", "data_format")

FIELDS: Mapping[str, tuple[str, ...]] = {
    "Activation": ("activation",),
    "Add": (),
    "AveragePooling2D": _POOL,
    "BatchNormalization": (
        *("axis", "momentum", "epsilon", "center", "scale", "beta_initializer"),
        *("gamma_initializer", "moving_mean_initializer", "moving_variance_initializer"),
        *("beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint"),
    ),
    "Concatenate": ("axis",),
    "Conv2D": _CONV,
    "Conv2DTranspose": (*_CONV, "output_padding"),
    "Dense": ("units", *_KERNEL),
    "DepthwiseConv2D": (
        *_WINDOW,
        *("activation", "use_bias", "bias_initializer", "bias_regularizer"),
        *("activity_regularizer", "bias_constraint", "depth_multiplier"),
        *("depthwise_initializer", "depthwise_regularizer", "depthwise_constraint"),
    ),
    "Dropout": ("rate", "noise_shape", "seed"),
    "Flatten": ("data_format",),
    "GlobalAveragePooling2D": ("data_format",),
    "GlobalMaxPooling2D": ("data_format",),
    "MaxPooling2D": _POOL,
    "Multiply": (),
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "Rescaling": ("scale", "offset"),
    "UpSampling2D": ("size", "data_format", "interpolation"),
    "ZeroPadding2D": ("padding", "data_format"),
}
"""Class → the fields of its configuration, in Keras 2's order."""

_SAME = {
    "poise>UnbiasedBatchNormalization": "BatchNormalization",  # differs in training alone
    "poise>OpenUpSampling2D": "UpSampling2D",  # differs in the sizes that it takes
}
"""Layer of Poise → the class that computes the same in Keras 2."""

ACTIVATIONS = {
    **{name: name for name in ("linear", "relu", "sigmoid", "softmax", "tanh", "elu", "selu")},
    "silu": "swish",
    "swish": "swish",
    "softplus": "softplus",
}
"""Keras 3's name of an activation → Keras 2's."""


def class_of(layer: Any) -> str:
    """Keras 2's name of the class of a layer; empty if Keras 2 has no such layer."""
    import keras

    name = kind_of(layer)
    own = getattr(keras.layers, name, None)
    is_of_keras = type(layer) is own or registered_name_of(layer) in _SAME
    return name if name in FIELDS and is_of_keras else ""


def kind_of(layer: Any) -> str:
    """The class of a layer, by the name under which Keras saves it; without what only trains."""
    name = registered_name_of(layer)
    return _SAME.get(name, name)


def registered_name_of(layer: Any) -> str:
    """The name under which Keras saves the class of a layer."""
    import keras

    return str(keras.saving.get_registered_name(type(layer)))


def config_of(layer: Any, class_name: str, name: str) -> dict[str, Any]:
    """The configuration of a layer, as Keras 2 writes it.

    Args:
        layer: a layer of Keras 3 with a counterpart.
        class_name: its class in Keras 2, from ``class_of``.
        name: its name in the network that is written.

    Raises:
        ExportError: Keras 2 has no such setting.
    """
    data = layer.get_config()
    of_class = {field: _value(field, data, layer) for field in FIELDS[class_name]}
    return {**plain_config(name, is_trainable=bool(layer.trainable)), **of_class}


def plain_config(name: str, *, is_trainable: bool = True) -> dict[str, Any]:
    """What the configurations of all layers begin with."""
    return {"name": name, "trainable": is_trainable, "dtype": "float32"}


def input_config(name: str, shape: tuple[int | None, ...]) -> dict[str, Any]:
    """The configuration of the layer that takes images ``(H, W, C)``."""
    return {
        "batch_input_shape": [None, *shape],
        "dtype": "float32",
        "sparse": False,
        "ragged": False,
        "name": name,
    }


def _value(field: str, data: Mapping[str, Any], layer: Any) -> Any:
    if field == "groups":
        return data.get(field, 1)
    value = data.get(field)
    if field == "activation":
        return _activation(value, layer)
    if field == "axis" and "momentum" in data:
        return [layer.axis % 4]
    if field == "data_format" and value != "channels_last":
        raise _refused(layer, f"has {field} {value!r}; SLEAP's networks have channels last")
    if field == "seed":
        return None
    return _plain(value)


def _activation(value: Any, layer: Any) -> str:
    if not isinstance(value, str) or value not in ACTIVATIONS:
        raise _refused(layer, f"has an activation that Keras 2 does not have: {value!r}")
    return ACTIVATIONS[value]


def _plain(value: Any) -> Any:
    """A value without what Keras 2 did not write: modules, registered names, tuples."""
    if isinstance(value, Mapping):
        # Settings that Keras 2 lacks are None; it has no use for Keras 3's seeds.
        settings = value["config"].items()
        config = {key: _plain(inner) for key, inner in settings if inner is not None}
        if "seed" in value["config"]:
            config["seed"] = None
        return {"class_name": value["class_name"], "config": config}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _refused(layer: Any, what: str) -> ExportError:
    return ExportError([Fault(f"layer {layer.name} {what}")], "SLEAP cannot have this network")

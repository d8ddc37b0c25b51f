"""Checks of encoders other than those of features."""

from __future__ import annotations

import math

import numpy as np

from poise.messages import join_names
from poise.testing.check import NotApplicable, check, require
from poise.testing.checks.features import MAPPED, misfits
from poise.testing.checks.models import MODEL
from poise.testing.running_models import graph_layers, run
from poise.testing.subjects import EncoderSubject


@check(
    "encoder",
    scope="example",
    fix="pass name=… to every layer, including those without weights, and use named layers instead "
    "of operators such as +",
    after=(*MODEL, "layers_with_weights_have_the_same_names_each_time"),
)
def every_layer_has_the_same_name_each_time(subject: EncoderSubject) -> None:
    """Other networks are built from an encoder, and look its layers up by name."""
    first = [layer.name for layer in graph_layers(subject.model)]
    second = [layer.name for layer in graph_layers(subject.again)]
    gone, new = sorted(set(first) - set(second)), sorted(set(second) - set(first))
    require(not gone, f"built again, {join_names(gone, 3)} became {join_names(new, 3)}")


@check(
    "encoder",
    scope="example",
    fix="set ends_in_pooling=True if a pooling layer makes the coarsest features, else False",
    after=MAPPED,
)
def ends_in_pooling_says_what_makes_the_last_features(subject: EncoderSubject) -> None:
    """If the encoder ends in a pooling, the decoder begins with convolutions."""
    last = subject.features[0][subject.max_stride]._keras_history.operation
    pooling = type(last).__name__.endswith(("Pooling2D", "Pool2D"))
    stated = subject.spec.ends_in_pooling
    name = type(last).__name__
    problem = f"ends_in_pooling must be {pooling} for a last layer {name}, got {stated!r}"
    require(pooling == stated, problem)


@check(
    "encoder",
    scope="example",
    fix="give Normalization finite numbers: three means, three standard deviations above 0 and a "
    "scale above 0; or set None for an encoder that takes images as they are",
    after=("it_is_found_by_its_key",),
)
def its_normalization_is_finite(subject: EncoderSubject) -> None:
    """It is applied to every image, before the first layer."""
    normalization = subject.spec.normalization
    if normalization is None:
        raise NotApplicable("the encoder takes images as they are")
    for name in ("mean", "std"):
        numbers = getattr(normalization, name)
        require(len(numbers) == 3, f"{name} must have 3 numbers, got {len(numbers)}")
        require(all(map(math.isfinite, numbers)), f"{name} must be finite, got {numbers}")
    positive = min(normalization.scale, *normalization.std) > 0 and math.isfinite(
        normalization.scale
    )
    problem = f"must be above 0, got scale {normalization.scale}, std {normalization.std}"
    require(positive, problem)


@check(
    "encoder",
    scope="example",
    fix="accept any Keras tensor as the image, and leave the layer names normalize, center_… and "
    "decoder_… to the decoder",
    after=(
        *MODEL,
        *MAPPED,
        "it_takes_images_of_any_number_of_channels",
        "its_normalization_is_finite",
    ),
)
def a_decoder_can_be_joined_to_it(subject: EncoderSubject) -> None:
    """An encoder exists to be joined to a decoder, with features down to stride 1."""
    import keras

    from poise.blocks.encoder_unet import encoder_unet

    image = subject.image(2, 2, 3)
    images = keras.Input(shape=image, name="input")
    features = encoder_unet(
        subject.spec, images, normalized=True, output_stride=1, filters=4, filters_rate=1.0
    )
    wrong = misfits([features], image)
    require(not wrong, join_names(wrong, 1))
    outputs = {f"stride{stride}": tensor for stride, tensor in features.items()}
    white = np.ones((1, *image), np.float32)
    for name, values in run(keras.Model(images, outputs), [white]).items():
        require(
            np.isfinite(values).all(),
            f"{name} must be finite for a white image, got NaN or infinity",
        )

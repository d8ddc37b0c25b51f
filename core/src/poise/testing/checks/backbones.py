"""Checks of backbones other than those of features: how heads are attached to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import poise
from poise.config import BackboneConfig, HeadsConfig, ModelConfig
from poise.messages import join_names
from poise.registry.discovery import ENCODER
from poise.scalars import is_integer
from poise.testing.check import check, require
from poise.testing.checks.features import BUILT, MAPPED
from poise.testing.running_models import random_inputs, run
from poise.testing.standins import DOT, DotConfig, registry_of
from poise.testing.subjects import BackboneSubject, using


@check(
    "backbone",
    scope="example",
    fix="give the spec stacks(config): the number of mappings that build returns; the default is 1",
    after=BUILT,
)
def it_builds_as_many_stacks_as_it_says(subject: BackboneSubject) -> None:
    """Losses and targets are named for each stack before anything is built."""
    count: Any = subject.spec.stacks(subject.config)
    require(
        is_integer(count) and count > 0, f"stacks(config) must be an integer ≥ 1, got {count!r}"
    )
    built = len(subject.features)
    require(count == built, f"stacks(config) must be {built}, as build returns, got {count}")


@check(
    "backbone",
    scope="example",
    fix="return from encoders(config) a tuple of the keys that build looks up in poise.encoders, "
    "and depend on the distributions that provide the encoders of the examples",
    after=("it_is_found_by_its_key",),
)
def the_encoders_that_it_takes_are_installed(subject: BackboneSubject) -> None:
    """A saved model records which distributions provided its encoders."""
    keys: Any = subject.spec.encoders(subject.config)
    named = isinstance(keys, list | tuple) and all(isinstance(key, str) for key in keys)
    require(named, f"encoders(config) must be a tuple of keys, got {keys!r}")
    installed = subject.registry.encoders
    missing = [subject.registry.unknown(ENCODER, key) for key in keys if key not in installed]
    require(not missing, f"encoders(config) is {keys!r}: {join_names(missing)}")


@check(
    "backbone",
    scope="example",
    fix="accept any Keras tensor as the image, not only a model's input; Poise reserves the layer "
    "names input, input_pad and those that end in _crop",
    after=(
        *MAPPED,
        "image_sizes_are_multiples_of_max_stride_and_of_nothing_more",
        "it_can_be_built_for_every_stride_that_a_head_may_need",
        "it_builds_as_many_stacks_as_it_says",
        "the_encoders_that_it_takes_are_installed",
        "layer_names_are_unique",
        "one_model_takes_images_of_any_size",
        # poise.build refuses a Keras that breaks it.
        "its_transposed_convolutions_are_those_of_their_definition",
    ),
)
def images_that_do_not_fit_are_padded_and_cropped(subject: BackboneSubject) -> None:
    """With `auto_pad=True` a model takes frames of any size, as cameras record them.

    So does every model that is built for any size.
    """
    spec, stride = subject.spec, subject.spec.output_stride(subject.config)
    height, width, channels = subject.image(2, 3)
    image = (height - 1, width + 1, channels)
    encoders = [subject.registry.encoders[key] for key in spec.encoders(subject.config)]
    with using(registry_of(spec, DOT, *encoders)):
        config = ModelConfig(
            backbone=BackboneConfig(**{spec.key: subject.config}),
            heads=HeadsConfig(**{DOT.key: DotConfig(output_stride=stride)}),
        )
        padding = poise.build(config, image, auto_pad=True)
        at_any_size = poise.build(config, (None, None, channels))
    _require_the_cells_of_the_image(run(padding, random_inputs(padding, 1)), image, stride)
    # As users call it. On TensorFlow sizes are tensors from the second size on.
    at_any_size.compile(jit_compile=False)
    for size in (image, (height + 1, width - 1, channels)):
        outputs = at_any_size.predict_on_batch(np.zeros((1, *size), np.float32))
        _require_the_cells_of_the_image(outputs, size, stride)


def _require_the_cells_of_the_image(
    outputs: Mapping[str, Any], image: tuple[int, ...], stride: int
) -> None:
    expected = tuple(-(-size // stride) for size in image[:2])
    for name, maps in outputs.items():
        cells = maps.shape[1:3]
        problem = f"{name} must have {expected} cells on an image of {image[:2]}, got {cells}"
        require(cells == expected, problem)

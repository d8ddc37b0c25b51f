"""What backbones promise beside their features: how heads are joined to them."""

from __future__ import annotations

from typing import Any

import poise
from poise.config import BackboneConfig, HeadsConfig, ModelConfig
from poise.messages import listed
from poise.registry.discovery import ENCODER
from poise.testing.check import check, require
from poise.testing.checks.features import BUILT, MAPPED
from poise.testing.running_models import random_inputs, run
from poise.testing.standins import DOT, DotConfig, registry_of
from poise.testing.subjects import BackboneSubject, using


@check(
    "backbone",
    scope="example",
    fix="give the spec stacks(config): the number of mappings that build returns; without it, it "
    "is 1",
    after=BUILT,
)
def it_builds_as_many_stacks_as_it_says(subject: BackboneSubject) -> None:
    """Losses and targets have a name for each stack, and are named before anything is built."""
    count: Any = subject.spec.stacks(subject.config)
    require(type(count) is int and count > 0, f"stacks(config) is {count!r}")
    built = len(subject.features)
    require(count == built, f"stacks(config) is {count}, build returned {built}")


@check(
    "backbone",
    scope="example",
    fix="return a tuple from encoders(config): the keys that build looks up in poise.encoders, and "
    "name the distributions that provide those of the examples in your dependencies",
    after=("it_is_found_by_its_key",),
)
def the_encoders_that_it_takes_are_installed(subject: BackboneSubject) -> None:
    """A saved model records who provided the encoders that it is made of."""
    keys: Any = subject.spec.encoders(subject.config)
    named = isinstance(keys, list | tuple) and all(isinstance(key, str) for key in keys)
    require(named, f"encoders(config) is {keys!r}, a tuple of keys is due")
    installed = subject.registry.encoders
    missing = [subject.registry.unknown(ENCODER, key) for key in keys if key not in installed]
    require(not missing, f"encoders(config) is {keys!r}: {listed(missing)}")


@check(
    "backbone",
    scope="example",
    fix="take the image as any Keras tensor: it need not be a model's input, and the layer names "
    "input, input_pad and those that end in _crop belong to Poise",
    after=(
        *MAPPED,
        "image_sizes_are_multiples_of_max_stride_and_of_nothing_more",
        "it_can_be_built_for_every_stride_that_a_head_may_need",
        "it_builds_as_many_stacks_as_it_says",
        "the_encoders_that_it_takes_are_installed",
        "layer_names_are_unique",
    ),
)
def images_that_do_not_fit_are_padded_and_cropped(subject: BackboneSubject) -> None:
    """With `auto_pad=True` a model takes frames as the camera gives them."""
    spec, stride = subject.spec, subject.spec.output_stride(subject.config)
    height, width, channels = subject.image(2, 3)
    image = (height - 1, width + 1, channels)
    encoders = [subject.registry.encoders[key] for key in spec.encoders(subject.config)]
    with using(registry_of(spec, DOT, *encoders)):
        config = ModelConfig(
            backbone=BackboneConfig(**{spec.key: subject.config}),
            heads=HeadsConfig(**{DOT.key: DotConfig(output_stride=stride)}),
        )
        model = poise.build(config, image, auto_pad=True)
    for name, maps in run(model, random_inputs(model, 1)).items():
        expected = tuple(-(-size // stride) for size in image[:2])
        cells = maps.shape[1:3]
        require(
            cells == expected,
            f"{name} has {cells} cells on an image of {image[:2]}, {expected} are due",
        )

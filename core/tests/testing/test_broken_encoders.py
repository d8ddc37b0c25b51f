"""An encoder for each way to break a promise of encoders, each caught by exactly one check.

Each of them is the sound encoder at the top with one thing wrong. Promises that encoders share
with backbones are also broken in test_broken_backbones.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import attrs
import pytest

from poise.specs import EncoderSpec, Features, Normalization, PublishedWeights
from poise.testing import Outcome, every_check

Examine = Callable[[EncoderSpec], dict[str, Outcome]]


def build(
    image: Any,
    *,
    first: Callable[[Any], Any] = lambda x: x,
    names: str = "conv{}",
    pad: str = "identity",
    steps: int = 2,
    pooled: bool = True,
) -> Features:
    """The sound network: two convolutions, each followed by a pooling.

    Args:
        image: the image.
        first: operation on the image before anything else.
        names: of the convolutions, by their index.
        pad: name of a layer that does nothing.
        steps: how often the resolution is halved.
        pooled: whether it ends in a pooling.
    """
    from keras import layers

    x, features = layers.Activation("linear", name=pad)(first(image)), {}
    for step in range(steps):
        x = layers.Conv2D(2, 3, padding="same", name=names.format(step))(x)
        x = layers.MaxPooling2D(2, name=f"pool{step}")(x)
        features[2 << step] = x
    if not pooled:
        x = features[2 << step] = layers.Activation("relu", name="last")(x)
    return features


PUBLISHED = PublishedWeights(
    name="made-up",
    title="Made-up weights",
    file="made_up.h5",
    url="https://weights.invalid/made_up.h5",
    checksum=f"md5:{0:032x}",
    layers=("conv0", "conv1"),
    image_layers=("conv0",),
    license="MIT",
)

SOUND = EncoderSpec(
    key="made_up",
    build=build,
    max_stride=4,
    ends_in_pooling=True,
    normalization=Normalization(scale=255.0),
    pretrained=lambda: PUBLISHED,
    summary="An encoder that keeps every promise",
)
broken = partial(attrs.evolve, SOUND)


def built(**how: Any) -> EncoderSpec:
    """The sound encoder with something else in its network."""
    return broken(build=partial(build, **how))


def publishing(**what: Any) -> EncoderSpec:
    """The sound encoder with other facts about its weights."""
    return broken(pretrained=lambda: attrs.evolve(PUBLISHED, **what))


def a_list_of_stacks(image: Any) -> Any:
    return [build(image)]


def with_the_image(image: Any) -> Features:
    return {1: image, **build(image)}


def without_its_middle(image: Any) -> Features:
    from keras import layers

    features = build(image)
    return {2: features[2], 8: layers.AveragePooling2D(2, name="pool8")(features[4])}


def strides_exchanged(image: Any) -> Features:
    features = build(image)
    return {2: features[4], 4: features[2]}


def gray_only(image: Any) -> Features:
    if image.shape[-1] != 1:
        raise ValueError("images must be gray")
    return build(image)


def counts_pixels(image: Any) -> Features:
    return build(image) if int(image.shape[1]) else {}


_BUILDS = itertools.count()


def named_anew(image: Any) -> Any:
    """A layer without weights whose name counts on."""
    from keras import layers

    return layers.Activation("linear", name=f"first{next(_BUILDS)}")(image)


EVERY: list[tuple[str, EncoderSpec, str]] = [
    ("its_summary_is_one_line", broken(summary=""), "no summary"),
    (
        "it_offers_every_stride_up_to_max_stride",
        broken(max_stride=8),
        "strides must be 2, 4, 8, got 2, 4",
    ),
    (
        "it_offers_every_stride_up_to_max_stride",
        broken(build=with_the_image),
        "strides must be 2, 4, got 1, 2, 4",
    ),
    (
        "it_offers_every_stride_up_to_max_stride",
        broken(build=without_its_middle, max_stride=8),
        "strides must be 2, 4, 8, got 2, 8",
    ),
    (
        "it_offers_every_stride_up_to_max_stride",
        broken(build=a_list_of_stacks),
        "build of encoder 'made_up' must return a dict {stride: features}, got a list",
    ),
    (
        "it_offers_every_stride_up_to_max_stride",
        broken(max_stride=12),
        "max_stride must be a power of two above 1, got 12",
    ),
    (
        "features_have_the_strides_that_their_keys_say",
        broken(build=strides_exchanged),
        "stride 2 must have 4 × 4 cells on an image of 8 × 8 pixels, got 2 × 2",
    ),
    (
        "its_minimum_size_is_the_smallest_that_can_be_built",
        broken(minimum_size=32),
        "minimum_size is 32, but 28 pixels are enough",
    ),
    (
        "it_is_found_by_its_key",
        broken(minimum_size=0),
        "minimum_size of its EncoderSpec must be an integer ≥ 1, got 0",
    ),
    (
        "it_takes_images_of_any_number_of_channels",
        broken(build=gray_only),
        "images must be gray",
    ),
    (
        "one_model_takes_images_of_any_size",
        broken(build=counts_pixels),
        "build of encoder 'made_up' failed: TypeError",
    ),
    (
        "every_layer_has_the_same_name_each_time",
        built(first=named_anew),
        "built again, first",
    ),
    (
        "ends_in_pooling_says_what_makes_the_last_features",
        built(pooled=False),
        "ends_in_pooling must be False for a last layer Activation, got True",
    ),
    (
        "its_normalization_is_finite",
        broken(normalization=Normalization(std=(1.0, 0.0, 1.0))),
        "must be above 0, got scale 1.0, std (1.0, 0.0, 1.0)",
    ),
    (
        "its_normalization_is_finite",
        broken(normalization=Normalization(mean=(0.0, 0.0))),  # type: ignore[arg-type]
        "mean must have 3 numbers, got 2",
    ),
    ("a_decoder_can_be_joined_to_it", built(pad="normalize"), 'The name "normalize" is used 2'),
    (
        "published_weights_are_for_layers_that_it_has",
        publishing(layers=("conv0", "conv1", "fc")),
        "no layer with weights is called fc",
    ),
    (
        "published_weights_are_for_layers_that_it_has",
        publishing(layers=("conv0",)),
        "there are no weights for conv1",
    ),
    (
        "published_weights_are_for_layers_that_it_has",
        publishing(image_layers=("stem",)),
        "image_layers must name layers with weights, got stem",
    ),
    (
        "published_weights_are_for_layers_that_it_has",
        publishing(checksum="0123"),
        "checksum must be md5:…, sha256:… or empty, got '0123'",
    ),
    ("layer_names_are_unique", built(names="conv"), 'The name "conv" is used'),
]


def test_the_sound_encoder_keeps_every_promise(broken_promises: Examine) -> None:
    assert broken_promises(SOUND) == {}


@cache
def scale() -> type:
    """A layer with a weight that Keras has to name, by a number that counts all models' weights."""
    from keras import layers, saving

    @saving.register_keras_serializable(package="made_up")
    class Scale(layers.Layer):
        def build(self, shape: Any) -> None:
            self.gamma = self.add_weight(shape=(shape[-1],), initializer="ones")

        def call(self, x: Any) -> Any:
            return x * self.gamma

    return Scale


def from_patches(image: Any) -> Features:
    """A stem of patches, as ConvNeXt's: features begin at stride 4."""
    from keras import layers

    x = layers.Conv2D(2, 4, strides=4, name="stem")(image)
    x = features = scale()(name="scale")(x)
    return {4: features, 8: layers.Conv2D(2, 2, strides=2, name="down")(x)}


def test_an_encoder_whose_features_begin_at_stride_4_keeps_every_promise(
    broken_promises: Examine,
) -> None:
    patches = broken(build=from_patches, max_stride=8, ends_in_pooling=False, pretrained=None)

    assert broken_promises(patches) == {}


@pytest.mark.parametrize(
    ("name", "spec", "finding"),
    [pytest.param(*entry, id=f"{entry[0]}: {entry[2]}") for entry in EVERY],
)
def test_a_broken_encoder_is_caught_by_exactly_the_check_that_is_about_it(
    name: str, spec: EncoderSpec, finding: str, broken_promises: Examine
) -> None:
    outcomes = broken_promises(spec)

    assert list(outcomes) == [name]
    assert finding in outcomes[name].message


def test_every_check_of_encoders_alone_has_an_encoder_that_breaks_it() -> None:
    names = {check.name for check in every_check("encoder") if check.kinds == ("encoder",)}

    assert names <= {name for name, _, _ in EVERY}

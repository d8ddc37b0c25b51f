"""A backbone for each way to break a promise, each caught by exactly one check.

All of them are the sound one at the top with one thing wrong.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import attrs
import pytest

from poise.fields import at_most, instance_of, integer, positive, power_of_two
from poise.specs import BackboneSpec, Features, PublishedWeights
from poise.testing import Outcome, every_check
from poise.wire.structure import converter

Examine = Callable[[BackboneSpec], dict[str, Outcome]]


@attrs.frozen(kw_only=True)
class Config:
    """Made up.

    Attributes:
        filters: channels of every layer.
        max_stride: stride of the coarsest features, in pixels.
        output_stride: stride of the finest features, in pixels.
    """

    filters: int = attrs.field(default=2, validator=integer(at_least=1))
    max_stride: int = attrs.field(default=4, validator=power_of_two())
    output_stride: int = attrs.field(default=2, validator=[power_of_two(), at_most("max_stride")])


def build(
    config: Any,
    image: Any,
    *,
    first: Callable[[Any], Any] = lambda x: x,
    names: str = "conv{}",
    pad: str = "pad",
) -> list[Features]:
    """The sound network: pooling down to max_stride, doubling up again.

    Args:
        config: what to build.
        image: the image.
        first: done to the image before anything else.
        names: of the convolutions, by their index.
        pad: name of a layer that does nothing.
    """
    from keras import layers

    x = layers.Activation("linear", name=pad)(first(image))
    index, stride = itertools.count(), 1

    def conv(x: Any) -> Any:
        name = names.format(next(index)) if names else None
        return layers.Conv2D(config.filters, 3, padding="same", name=name)(x)

    while stride < config.max_stride:
        x = layers.MaxPooling2D(2)(conv(x))
        stride *= 2
    features = {stride: x}
    while stride > config.output_stride:
        x = conv(layers.UpSampling2D(2)(x))
        stride //= 2
        features[stride] = x
    return [features]


PUBLISHED = PublishedWeights(
    name="made-up",
    title="Made-up weights",
    file="made_up.h5",
    url="https://weights.invalid/made_up.h5",
    checksum=f"md5:{0:032x}",
    layers=("conv0", "conv1"),
    licence="MIT",
)
SOUND = BackboneSpec(
    key="made_up",
    config=Config,
    build=build,
    max_stride=lambda config: config.max_stride,
    summary="A backbone that keeps every promise",
    pretrained=lambda config: PUBLISHED,
    examples={"small": Config()},
)
broken = partial(attrs.evolve, SOUND)


def configured(cls: type, **fields: Any) -> BackboneSpec:
    """The sound backbone with another configuration class."""
    return broken(config=cls, examples={"small": cls(**fields)})


def built(**how: Any) -> BackboneSpec:
    """The sound backbone with something else in its network."""
    return broken(build=partial(build, **how))


class NotAttrs:
    """Made up."""


@attrs.frozen(kw_only=True)
class WithoutDefault(Config):
    """Made up."""

    filters: int = attrs.field(validator=integer(at_least=1))


@attrs.define(kw_only=True)
class MutableSection:
    """Made up.

    Attributes:
        rate: of something.
    """

    rate: float = attrs.field(default=2.0, validator=positive())


@attrs.frozen(kw_only=True)
class WithMutableSection(Config):
    """Made up.

    Attributes:
        growth: of the channels.
    """

    growth: MutableSection = attrs.field(
        factory=MutableSection, validator=instance_of(MutableSection)
    )


@attrs.frozen(kw_only=True)
class Undocumented(Config):
    """Made up."""

    depth: int = attrs.field(default=1, validator=integer(at_least=1))


@attrs.frozen(kw_only=True)
class DocumentedTooMuch(Config):
    """Made up.

    Attributes:
        depth: of the network.
    """


@attrs.frozen(kw_only=True)
class Unvalidated(Config):
    """Made up."""

    filters: int = 2


@attrs.frozen(kw_only=True)
class ReadLeniently(Config):
    """Made up."""


converter.register_structure_hook(
    ReadLeniently,
    lambda data, cls: cls(**{name: data[name] for name in data if hasattr(Config(), name)}),
)


@attrs.frozen(kw_only=True)
class ConvertedTwice(Config):
    """Made up."""

    filters: int = attrs.field(
        default=2,
        validator=integer(at_least=1),
        converter=lambda value: value + 1 if type(value) is int else value,
    )


def a_dict_instead_of_a_list(config: Any, image: Any) -> Any:
    return build(config, image)[0]


def strides_twice_as_large(config: Any, image: Any) -> list[Features]:
    return [{2 * stride: x for stride, x in build(config, image)[0].items()}]


def gray_only(config: Any, image: Any) -> list[Features]:
    if image.shape[-1] != 1:
        raise ValueError("images must be gray")
    return build(config, image)


def counts_pixels(config: Any, image: Any) -> list[Features]:
    cells = int(image.shape[1]) * int(image.shape[2])
    return build(config, image) if cells else []


def writes_to_its_configuration(config: Any, image: Any) -> list[Features]:
    object.__setattr__(config, "filters", 1)
    return build(config, image)


def with_a_lambda(image: Any) -> Any:
    import keras

    return keras.layers.Lambda(lambda x: 2 * x)(image)


@cache
def scale_layer(*, registered: bool) -> Any:
    """A layer class whose get_config forgets the factor, registered with Keras or not."""
    import keras

    class Scale(keras.layers.Layer):
        def __init__(self, factor: float = 1.0, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.factor = factor

        def call(self, x: Any) -> Any:
            return x * self.factor

        def get_config(self) -> dict[str, Any]:
            return super().get_config()

    register = keras.saving.register_keras_serializable(package="poise_tests", name="Scale")
    return register(Scale) if registered else Scale


_BUILDS = itertools.count()


def branches_in_turns(image: Any) -> Any:
    """Branches that are added in another order each time the network is built."""
    from keras import layers

    activations = ("relu", "tanh", "sigmoid", "softplus", "elu", "silu", "linear")
    branches = [
        layers.Conv2D(1, 1, activation=activation, name=activation)(image)
        for activation in activations
    ]
    turn = next(_BUILDS) % len(branches)
    return layers.Add()(branches[turn:] + branches[:turn])


@cache
def idle_layer() -> Any:
    """A layer class with a weight that nothing depends on."""
    import keras

    @keras.saving.register_keras_serializable(package="poise_tests")
    class Idle(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            self.idle = self.add_weight(shape=(3,), name="idle")

        def call(self, x: Any) -> Any:
            return x

    return Idle


def with_seeds_from_the_system(image: Any) -> Any:
    import keras

    initializer = keras.initializers.RandomUniform(seed=secrets.randbelow(2**30))
    return keras.layers.Conv2D(1, 1, kernel_initializer=initializer, name="random")(image)


def without_the_mean_of_the_batch(image: Any) -> Any:
    from keras import ops

    return image - ops.mean(image, axis=0, keepdims=True)


BROKEN: dict[str, list[tuple[BackboneSpec, str]]] = {
    "it_is_found_by_its_key": [
        (broken(config=NotAttrs), "its configuration class NotAttrs is not made with attrs")
    ],
    "its_summary_is_one_line": [
        (broken(summary=""), "no summary"),
        (broken(summary="a\nb"), "a summary of 2 lines"),
    ],
    "it_gives_examples": [
        (broken(examples={}), "no examples"),
        (broken(examples={"a": {}}), "'a' is a dict; each must be a Config"),
    ],
    "the_default_configuration_needs_no_arguments": [
        (configured(WithoutDefault, filters=2), "WithoutDefault cannot be made without filters")
    ],
    "no_part_of_its_configuration_can_change": [
        (configured(WithMutableSection), "MutableSection.rate can be set on an instance")
    ],
    "every_field_is_documented": [
        (configured(Undocumented), "Undocumented does not say what depth means"),
        (
            configured(DocumentedTooMuch),
            "DocumentedTooMuch describes depth",
        ),
    ],
    "every_field_refuses_what_it_cannot_be": [
        (configured(Unvalidated), "Unvalidated.filters takes anything")
    ],
    "a_misspelled_field_is_answered_with_the_closest_name": [
        (
            configured(ReadLeniently),
            "the unknown field 'output_stridex' was read as if",
        )
    ],
    "it_survives_json_and_yaml": [(configured(ConvertedTwice), "through JSON, filters=3 became")],
    "its_strides_are_powers_of_two_in_order": [
        (broken(max_stride=lambda config: 12), "max_stride(config) is 12")
    ],
    "it_builds_one_mapping_of_strides_for_each_stack": [
        (broken(build=a_dict_instead_of_a_list), "build returned a dict")
    ],
    "features_have_the_strides_that_their_keys_say": [
        (
            broken(build=strides_twice_as_large),
            "stride 4 has 4 × 4 cells, 2 × 2 are due",
        )
    ],
    "its_finest_features_have_its_output_stride": [
        (broken(output_stride=lambda config: 1), "output_stride(config) is 1, the finest are 2")
    ],
    "image_sizes_are_multiples_of_max_stride_and_of_nothing_more": [
        (
            broken(max_stride=lambda config: 2 * config.max_stride),
            "max_stride is 8, but multiples of 4 do as well",
        ),
        (
            broken(max_stride=lambda config: config.max_stride // 2),
            "max_stride is 2, but an image of 2 × 6 pixels cannot be built",
        ),
    ],
    "its_minimum_size_is_the_smallest_that_can_be_built": [
        (
            broken(minimum_size=lambda config: 16),
            "minimum_size is 16, but 12 pixels do as well",
        ),
    ],
    "it_can_be_built_for_every_stride_that_a_head_may_need": [
        (
            broken(at_stride=lambda config, stride: attrs.evolve(config, output_stride=4)),
            "at_stride(config, 2) offers 4",
        )
    ],
    "it_takes_images_of_any_number_of_channels": [(broken(build=gray_only), "images must be gray")],
    "one_model_takes_images_of_any_size": [(broken(build=counts_pixels), "it raised TypeError")],
    "images_that_do_not_fit_are_padded_and_cropped": [
        (built(pad="input_pad"), 'The name "input_pad" is used 2 times')
    ],
    "layer_names_are_unique": [(built(names="conv"), 'The name "conv" is used')],
    "layers_with_weights_have_the_same_names_each_time": [(built(names=""), "built again, conv2d")],
    "building_leaves_the_configuration_as_it_was": [
        (
            broken(build=writes_to_its_configuration, examples={"small": Config()}),
            "Config(filters=2, max_stride=4, output_stride=2) became Config(filters=1,",
        )
    ],
    "every_layer_can_be_saved": [
        (built(first=with_a_lambda), "is a Lambda"),
        (
            built(first=lambda image: scale_layer(registered=False)()(image)),
            "(Scale) is not registered with Keras",
        ),
    ],
    "a_keras_file_gives_the_same_outputs": [
        (
            built(first=lambda image: scale_layer(registered=True)(factor=2.0)(image)),
            "loaded from the file, stack0_stride4 differs by",
        )
    ],
    "a_weights_file_gives_the_same_outputs": [
        (
            built(first=branches_in_turns),
            "filled from the file, stack0_stride4 differs by",
        )
    ],
    "published_weights_are_for_layers_that_it_has": [
        (
            broken(pretrained=lambda config: attrs.evolve(PUBLISHED, layers=("conv0", "fc"))),
            "no layer with weights is called fc",
        ),
        (
            broken(pretrained=lambda config: attrs.evolve(PUBLISHED, licence="")),
            "no licence is stated",
        ),
    ],
    "every_trainable_weight_learns": [
        (
            built(first=lambda image: idle_layer()(name="idle")(image)),
            "no output depends on idle/idle",
        )
    ],
    "the_same_seed_gives_the_same_weights": [
        (
            built(first=with_seeds_from_the_system),
            "built twice after set_random_seed(1), random",
        )
    ],
    "images_of_one_batch_do_not_influence_each_other": [
        (
            built(first=without_the_mean_of_the_batch),
            "in a batch of two instead of alone, stack0_",
        )
    ],
}
EVERY = [(name, *one) for name, several in BROKEN.items() for one in several]


def test_the_sound_backbone_keeps_every_promise(broken_promises: Examine) -> None:
    assert broken_promises(SOUND) == {}


@pytest.mark.parametrize(
    ("name", "spec", "found"), [pytest.param(*one, id=f"{one[0]}: {one[2]}") for one in EVERY]
)
def test_a_broken_backbone_is_caught_by_exactly_the_check_that_is_about_it(
    name: str, spec: BackboneSpec, found: str, broken_promises: Examine
) -> None:
    outcomes = broken_promises(spec)

    assert list(outcomes) == [name]
    assert found in outcomes[name].message


def test_every_check_of_backbones_has_a_backbone_that_breaks_it() -> None:
    # What an installed plugin imports is shown in test_installed_plugins.py.
    names = {check.name for check in every_check("backbone")}

    assert names == BROKEN.keys() | {"looking_it_up_imports_no_keras"}

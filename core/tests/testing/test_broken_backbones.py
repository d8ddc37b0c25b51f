"""A backbone for each way to break a promise, each caught by exactly one check.

Each of them is the sound backbone at the top with one thing wrong.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import attrs
import pytest

from poise.editions import Difference
from poise.errors import BuildError, ConfigError, Fault
from poise.fields import Domain, at_most, instance_of, integer, positive, power_of_two
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
        first: operation on the image before anything else.
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
    license="MIT",
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


def two_stacks(config: Any, image: Any) -> list[Features]:
    first = build(config, image, names="first{}", pad="pad_first")
    return first + build(config, image)


def strides_twice_as_large(config: Any, image: Any) -> list[Features]:
    return [{2 * stride: x for stride, x in build(config, image)[0].items()}]


def gray_only(config: Any, image: Any) -> list[Features]:
    if image.shape[-1] != 1:
        raise ValueError("images must be gray")
    return build(config, image)


def refuses(channels: int, what: str = "") -> Any:
    def build_or_refuse(config: Any, image: Any) -> list[Features]:
        if image.shape[-1] == channels:
            message = what or f"{channels} channels are not for these weights"
            raise BuildError([Fault(message, "model.backbone.broken")])
        return build(config, image)

    return build_or_refuse


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


@cache
def layer_that(what: str) -> Any:
    """A registered layer class with one fault, by its name."""
    import keras
    from keras import ops

    class Counting(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            self.count = self.add_weight(shape=(), name="count", trainable=False)

        def call(self, x: Any, training: Any = None) -> Any:
            if training or what == "counts":
                self.count.assign(self.count + 1)
            return x

    class Brightening(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x / ops.max(x, axis=(1, 2, 3), keepdims=True)

    class Uncompiled(keras.layers.Layer):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.supports_jit = False

        def call(self, x: Any) -> Any:
            return x

    class Noisy(keras.layers.Layer):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.seeds = keras.random.SeedGenerator(1)

        def call(self, x: Any) -> Any:
            return x + keras.random.normal(ops.shape(x), dtype=x.dtype, seed=self.seeds)

    class Shifted(keras.layers.Conv2DTranspose):
        def call(self, x: Any) -> Any:
            return ops.roll(super().call(x), 1, axis=1)

    class ComparingSizes(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x if ops.shape(x)[1] > 0 else ops.zeros_like(x)

        def compute_output_shape(self, shape: Any) -> Any:
            return shape

    layer = {
        "is noisy": Noisy,
        "brightens": Brightening,
        "is not compiled": Uncompiled,
        "compares sizes": ComparingSizes,
        "is shifted": Shifted,
    }.get(what, Counting)
    name = "".join(word.capitalize() for word in what.split())
    return keras.saving.register_keras_serializable(package="poise_tests", name=name)(layer)


def through(what: str) -> BackboneSpec:
    """The sound backbone, its image sent through a layer with a fault."""
    return built(first=lambda image: layer_that(what)(name="faulty")(image))


def shifted(image: Any) -> Any:
    return layer_that("is shifted")(1, 3, padding="same", name="faulty")(image)


def below_half_precision_and_back(image: Any) -> Any:
    from keras import layers

    for name, factor in (("down", 1e-9), ("up", 3e4), ("further_up", 3e4)):
        image = layers.Rescaling(factor, name=name)(image)
    return image


def far_above_half_precision(image: Any) -> Any:
    from keras import layers

    return layers.Rescaling(1e6, name="up")(image)


def through_layers_that_amplify(image: Any) -> Any:
    from keras import initializers, layers

    for i in range(12):
        kernel = initializers.VarianceScaling(30.0, seed=i)
        conv = layers.Conv2D(4, 3, padding="same", kernel_initializer=kernel, name=f"first{i}")
        image = conv(image)
    return image


def in_full_precision(config: Any, image: Any) -> list[Features]:
    from keras import layers

    (features,) = build(config, image)
    return [
        {
            stride: layers.Activation("linear", dtype="float32", name=f"whole{stride}")(x)
            for stride, x in features.items()
        }
    ]


KEPT: list[Any] = []


def keeping_what_it_builds(config: Any, image: Any) -> list[Features]:
    KEPT.append(build(config, image))
    return KEPT[-1]


def is_even(value: Any) -> bool:
    return type(value) is int and value % 2 == 0


def refuse_by_no_path(instance: Any, attribute: Any, value: Any) -> None:
    if type(value) is not int or value < 1:
        raise ConfigError([Fault("filters must be a number of channels")])


@attrs.frozen(kw_only=True)
class RefusedByNoPath(Config):
    """Made up."""

    filters: int = attrs.field(default=2, validator=refuse_by_no_path)


@attrs.frozen(kw_only=True)
class WithoutSchema(Config):
    """Made up."""

    filters: int = attrs.field(default=2, validator=Domain("an even number", is_even))


@attrs.frozen(kw_only=True)
class WithAnotherSchema(Config):
    """Made up."""

    filters: int = attrs.field(
        default=2, validator=Domain("an even number", is_even, {"type": "integer", "minimum": 3})
    )


def unit(convert: Callable[..., Any]) -> Difference:
    return Difference(name="made_up", sleap="one unit", documented="another", convert=convert)


def more_filters(config: Any, edition: str, job: Any) -> Any:
    """A conversion that goes the same way in both directions."""
    return attrs.evolve(config, filters=config.filters + 1)


BROKEN: dict[str, list[tuple[BackboneSpec, str]]] = {
    "it_is_found_by_its_key": [
        (broken(config=NotAttrs), "its configuration class NotAttrs is not made with attrs")
    ],
    "its_summary_is_one_line": [
        (broken(summary=""), "no summary"),
        (broken(summary="a\nb"), "the summary must be one line, got 2"),
    ],
    "it_gives_examples": [
        (broken(examples={}), "no examples"),
        (broken(examples={"a": {}}), "each example must be a Config, got a dict for 'a'"),
    ],
    "the_default_configuration_needs_no_arguments": [
        (configured(WithoutDefault, filters=2), "WithoutDefault cannot be created without filters")
    ],
    "no_part_of_its_configuration_can_change": [
        (configured(WithMutableSection), "MutableSection.rate can be set on an instance")
    ],
    "every_field_is_documented": [
        (configured(Undocumented), "Undocumented does not say what depth means"),
        (
            configured(DocumentedTooMuch),
            "DocumentedTooMuch describes depth, but has no such field",
        ),
    ],
    "every_field_refuses_what_it_cannot_be": [
        (configured(Unvalidated), "Unvalidated.filters accepts any value")
    ],
    "a_misspelled_field_is_answered_with_the_closest_name": [
        (
            configured(ReadLeniently),
            "the unknown field 'output_stridex' was ignored",
        )
    ],
    "what_is_refused_is_refused_by_its_path": [
        (
            configured(RefusedByNoPath),
            "filters=-1 is rejected without the path of a field: filters must be a number",
        )
    ],
    "its_schema_agrees_with_the_reader": [
        (
            configured(WithoutSchema),
            "the schema accepts filters=-1; must be an even number, got -1",
        ),
        (
            configured(WithAnotherSchema),
            "the schema rejects this configuration, filters: 2 is less than",
        ),
    ],
    "it_survives_json_and_yaml": [
        (configured(ConvertedTwice), "read back from JSON, filters=3 became")
    ],
    "its_strides_are_powers_of_two_in_order": [
        (broken(max_stride=lambda config: 12), "max_stride(config) must be a power of two, got 12")
    ],
    "it_builds_one_mapping_of_strides_for_each_stack": [
        (broken(build=a_dict_instead_of_a_list), "build must return a list of dicts, got a dict")
    ],
    "it_builds_as_many_stacks_as_it_says": [
        (broken(stacks=lambda config: 2), "stacks(config) must be 1, as build returns, got 2"),
        (broken(build=two_stacks), "stacks(config) must be 2, as build returns, got 1"),
        (
            broken(stacks=lambda config: 1.0),
            "stacks of backbone 'made_up' must be an integer",
        ),
    ],
    "values_are_converted_between_the_editions_and_back": [
        (
            broken(differences=(unit(more_filters),)),
            "'made_up' makes Config(filters=2, ",
        ),
        (
            broken(differences=(unit(lambda config, edition, job: 2),)),
            "convert of 'made_up' must return a Config or None, got 2",
        ),
    ],
    "the_encoders_that_it_takes_are_installed": [
        (
            broken(encoders=lambda config: ("vgg16",)),
            "encoders(config) is ('vgg16',): no encoder 'vgg16'; installed: none",
        ),
        (
            broken(encoders=lambda config: "vgg16"),
            "encoders of backbone 'made_up' must be a tuple of keys, got 'vgg16'",
        ),
    ],
    "features_have_the_strides_that_their_keys_say": [
        (
            broken(build=strides_twice_as_large),
            "stride 4 must have 2 × 2 cells on an image of 8 × 8 pixels, got 4 × 4",
        )
    ],
    "its_finest_features_have_its_output_stride": [
        (
            broken(output_stride=lambda config: 1),
            "output_stride(config) must be 2, the finest stride, got 1",
        )
    ],
    "image_sizes_are_multiples_of_max_stride_and_of_nothing_more": [
        (
            broken(max_stride=lambda config: 2 * config.max_stride),
            "max_stride is 8, but multiples of 4 work too",
        ),
        (
            broken(max_stride=lambda config: config.max_stride // 2),
            "max_stride is 2, but an image of 2 × 6 pixels cannot be built",
        ),
    ],
    "its_minimum_size_is_the_smallest_that_can_be_built": [
        (
            broken(minimum_size=lambda config: 16),
            "minimum_size is 16, but 12 pixels are enough",
        ),
    ],
    "it_can_be_built_for_every_stride_that_a_head_may_need": [
        (
            broken(at_stride=lambda config, stride: attrs.evolve(config, output_stride=4)),
            "at_stride(config, 2) must offer 2, got 4",
        ),
        (
            broken(output_stride=lambda config: 2),
            "output_stride(at_stride(config, 4)) must be 4, got 2",
        ),
    ],
    "it_takes_images_of_any_number_of_channels": [
        (broken(build=gray_only), "images must be gray"),
        (broken(build=refuses(3)), "with 3 channels, it raised BuildError: 3 channels are"),
        (broken(build=refuses(5, "no")), "with 5 channels, it raised BuildError: no"),
        (
            broken(build=refuses(5, "block 5 failed")),
            "with 5 channels, it raised BuildError: block 5 failed",
        ),
    ],
    "one_model_takes_images_of_any_size": [
        (broken(build=counts_pixels), "build of backbone 'made_up' failed: TypeError"),
        # Only when compiled, and from the second size on, as Keras' own bilinear upsampling did.
        (through("compares sizes"), "it raised OperatorNotAllowedInGraphError"),
    ],
    "images_that_do_not_fit_are_padded_and_cropped": [
        (built(pad="input_pad"), 'The name "input_pad" is used 2 times')
    ],
    "layer_names_are_unique": [(built(names="conv"), 'The name "conv" is used')],
    "its_transposed_convolutions_are_those_of_their_definition": [
        (
            built(first=shifted),
            "kernel 3 × 3 and strides 1 × 1 are shifted there (faulty), by up to",
        )
    ],
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
            "loaded from the file, stack0_stride4 differs by",
        )
    ],
    "published_weights_are_for_layers_that_it_has": [
        (
            broken(pretrained=lambda config: attrs.evolve(PUBLISHED, layers=("conv0", "fc"))),
            "no layer with weights is called fc",
        ),
        (
            broken(pretrained=lambda config: attrs.evolve(PUBLISHED, license="")),
            "no license is stated",
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
    "the_same_images_give_the_same_outputs": [
        (through("is noisy"), "run a second time on the same images, stack0_stride4 differs")
    ],
    "inference_changes_no_weight": [(through("counts"), "run in inference, faulty/count changed")],
    "a_frozen_model_does_not_change": [
        (through("counts batches"), "frozen and run in training, faulty/count changed")
    ],
    "blank_images_give_finite_outputs": [
        (
            through("brightens"),
            "outputs must be finite for inputs of all 0 in inference, "
            "got NaN or infinity in stack0",
        )
    ],
    "it_works_in_mixed_precision": [
        (
            built(first=below_half_precision_and_back),
            "built under mixed_float16, stack0_stride4 differs by",
        ),
        (
            built(first=far_above_half_precision),
            "built under mixed_float16, ",
        ),
        (
            broken(build=in_full_precision),
            "outputs must be float16, got float32 for stack0_stride4, float32 for stack0_stride2",
        ),
    ],
    "compiled_it_gives_the_same_outputs": [
        (through("is not compiled"), "supports_jit must be True, got False for faulty")
    ],
    "nothing_of_a_model_stays_in_memory": [
        (
            broken(build=keeping_what_it_builds),
            "after the model was deleted, layers stayed in memory: pad, conv0",
        )
    ],
    "its_receptive_field_is_as_large_as_it_says": [
        (
            broken(receptive_field=lambda config: 9),
            "receptive_field(config) must be 10 pixels, as measured, got 9",
        ),
        (
            broken(receptive_field=lambda config: 2.5),
            "receptive_field(config) must be an integer ≥ 1, got 2.5",
        ),
    ],
    "images_of_one_batch_do_not_influence_each_other": [
        (
            built(first=without_the_mean_of_the_batch),
            "in a batch of two instead of one, stack0_",
        )
    ],
}
WITH_KERAS_3_6 = {
    "max_stride is 2, but an image of 2 × 6 pixels cannot be built": (
        "max_stride is 2, but stride 2 must have 1 × 3 cells on an image of 2 × 6 pixels, got 0 × 2"
    )
}
"""Finding → finding with an older Keras, which builds such a network."""

EVERY = [(name, *entry) for name, several in BROKEN.items() for entry in several]


def test_the_sound_backbone_keeps_every_promise(broken_promises: Examine) -> None:
    assert broken_promises(SOUND) == {}


def test_a_receptive_field_that_is_as_large_as_it_says_is_no_fault(
    broken_promises: Examine,
) -> None:
    right = broken(receptive_field=lambda config: 1 + 3 * (config.max_stride - 1))

    assert broken_promises(right) == {}


def test_an_untrained_network_that_amplifies_images_a_millionfold_is_no_fault(
    broken_promises: Examine,
) -> None:
    deep = built(first=through_layers_that_amplify)

    assert broken_promises(attrs.evolve(deep, pretrained=None)) == {}


@cache
def layer_scale() -> Any:
    import keras

    @keras.saving.register_keras_serializable(package="poise_tests")
    class LayerScale(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            start = keras.initializers.Constant(1e-9)
            self.scale = self.add_weight(shape=(shape[-1],), initializer=start, name="scale")

        def call(self, x: Any) -> Any:
            return x * self.scale

    return LayerScale


def through_a_small_branch(image: Any) -> Any:
    """A residual branch as ConvNeXt begins it, smaller yet: its gradients change no weight."""
    from keras import layers

    branch = layers.Conv2D(image.shape[-1], 3, padding="same", name="branch")(image)
    return layers.Add()([image, layer_scale()(name="scale")(branch)])


def test_a_branch_that_starts_at_next_to_nothing_learns(broken_promises: Examine) -> None:
    small = broken(
        build=partial(build, first=through_a_small_branch), pretrained=lambda config: None
    )

    assert broken_promises(small) == {}


def test_more_channels_than_weights_were_trained_with_may_be_refused_by_their_number(
    broken_promises: Examine,
) -> None:
    assert broken_promises(broken(build=refuses(5))) == {}


@pytest.mark.parametrize(
    ("name", "spec", "finding"),
    [pytest.param(*entry, id=f"{entry[0]}: {entry[2]}") for entry in EVERY],
)
def test_a_broken_backbone_is_caught_by_exactly_the_check_that_is_about_it(
    name: str, spec: BackboneSpec, finding: str, broken_promises: Examine
) -> None:
    outcomes = broken_promises(spec)

    assert list(outcomes) == [name]
    message = outcomes[name].message
    assert finding in message or WITH_KERAS_3_6.get(finding, finding) in message


def test_every_check_of_backbones_has_a_backbone_that_breaks_it() -> None:
    # What importing an installed plugin does is shown in test_installed_plugins.py.
    imported = {"looking_it_up_imports_no_keras", "looking_it_up_changes_nothing_else"}
    names = {check.name for check in every_check("backbone")}

    assert names == BROKEN.keys() | imported

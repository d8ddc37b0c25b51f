"""Building a Keras model: strides meet outputs, images of any size, plugins that err."""

import attrs
import numpy as np
import pytest

import poise
from poise import (
    BackboneSpec,
    BuildError,
    HeadSpec,
    ModelConfig,
    Output,
    PluginError,
    build,
    editions,
    hookimpl,
)
from poise.building.record import record_of
from poise.fields import at_most, power_of_two

pytestmark = pytest.mark.usefixtures("keras")


@attrs.frozen(kw_only=True)
class PyramidConfig:
    """Sums over cells: every map tells which pixels it was made of."""

    max_stride: int = attrs.field(default=8, validator=power_of_two())
    output_stride: int = attrs.field(default=1, validator=[power_of_two(), at_most("max_stride")])
    stacks: int = 1


@attrs.frozen(kw_only=True)
class MapsConfig:
    stride: int = 2
    second: int | None = None
    vector: bool = False


def pyramid(config, image):
    from keras import layers

    def features(stack, stride):
        cells = layers.AveragePooling2D(stride, name=f"stack{stack}_pool{stride}")(image)
        # Looks beyond the cell, as real backbones do, so that padding matters.
        return layers.Conv2D(
            2, 3, padding="same", kernel_initializer="ones", name=f"stack{stack}_conv{stride}"
        )(cells)

    strides = [1 << power for power in range(config.max_stride.bit_length())]
    return [
        {stride: features(stack, stride) for stride in strides if stride >= config.output_stride}
        for stack in range(config.stacks)
    ]


def spatial(name, stride, where):
    def layer(features, suffix):
        from keras import layers

        return layers.Conv2D(3, 1, kernel_initializer="ones", name=f"{name}Head{suffix}")(features)

    return Output(
        name=name, layer_name=f"{name}Head", stride=stride, channels=3, build=layer, where=where
    )


def vector(stride):
    def layer(features, suffix):
        from keras import layers

        pooled = layers.GlobalMaxPooling2D(name=f"pool{suffix}")(features)
        return layers.Dense(4, kernel_initializer="ones", name=f"VectorHead{suffix}")(pooled)

    return Output(
        name="vector",
        layer_name="VectorHead",
        stride=stride,
        channels=4,
        build=layer,
        spatial=False,
    )


def outputs(config, skeleton, classes):
    declared = [spatial("maps", config.stride, "maps.stride")]
    if config.second is not None:
        declared.append(spatial("fields", config.second, "fields.stride"))
    if config.vector:
        declared.append(vector(config.stride))
    return tuple(declared)


PYRAMID = BackboneSpec(
    key="pyramid",
    config=PyramidConfig,
    build=pyramid,
    max_stride=lambda config: config.max_stride,
    stacks=lambda config: config.stacks,
)
MAPS = HeadSpec(key="maps", config=MapsConfig, outputs=outputs)


@pytest.fixture(autouse=True)
def toys(use):
    return use(PYRAMID, MAPS)


def config(edition="2026", *, max_stride=8, stacks=1, **maps):
    return ModelConfig(
        backbone=PyramidConfig(max_stride=max_stride, stacks=stacks),
        heads=MapsConfig(**maps),
        edition=edition,
    )


def images(height, width, channels=1, seed=0):
    shape = (2, height, width, channels)
    return np.random.default_rng(seed).random(shape).astype("float32")


def arrays(model, batch):
    from keras import ops

    return {name: ops.convert_to_numpy(value) for name, value in model(batch).items()}


def test_a_model_returns_a_dict_of_maps_and_vectors():
    model = build(config(stride=2, second=4, vector=True), (16, 24, 1))

    assert model.name == "pyramid_maps"
    assert {name: tuple(tensor.shape) for name, tensor in model.output.items()} == {
        "maps": (None, 8, 12, 3),
        "fields": (None, 4, 6, 3),
        "vector": (None, 4),
    }
    assert {name: value.shape for name, value in arrays(model, images(16, 24)).items()} == {
        "maps": (2, 8, 12, 3),
        "fields": (2, 4, 6, 3),
        "vector": (2, 4),
    }


def test_layers_have_the_names_that_plugins_give_them():
    model = build(config(stride=2, second=4), (16, 16, 1))

    assert model.get_layer("mapsHead").output.shape[1:] == (8, 8, 3)
    assert model.get_layer("stack0_conv4").output.shape[1:] == (4, 4, 2)
    assert model.layers[0].name == "input"


def test_each_of_several_stacks_has_outputs_and_layers_of_its_own():
    model = build(config(stacks=3, second=4), (16, 16, 1))

    assert list(model.output) == [f"{name}_{n}" for name in ("maps", "fields") for n in range(3)]
    assert [model.get_layer(f"mapsHead_{n}").name for n in range(3)] == [
        "mapsHead_0",
        "mapsHead_1",
        "mapsHead_2",
    ]


def test_the_features_of_a_head_with_two_strides_are_each_its_own():
    model = build(config(stride=2, second=4), (16, 16, 1))
    predictions = arrays(model, images(16, 16))

    # Sums of a 3×3 neighborhood over 2 channels, averaged over cells: the coarser map is no
    # subsampled finer one.
    assert not np.allclose(predictions["maps"][:, ::2, ::2], predictions["fields"])


@pytest.mark.parametrize(
    ("edition", "strides", "built"),
    [("2026", (4, 2), 2), ("2026", (2, 4), 2), ("sleap-1.4", (2, 4), 2)],
)
def test_the_backbone_is_as_fine_as_the_edition_says(edition, strides, built):
    model = build(config(edition, stride=strides[0], second=strides[1]), (16, 16, 1))
    pools = [layer.name for layer in model.layers if "pool" in layer.name]

    assert min(int(name.removeprefix("stack0_pool")) for name in pools) == built


def test_a_stride_that_is_not_offered_is_answered_with_those_that_are(use):
    def coarse(config, image):
        (features,) = pyramid(config, image)
        return [{stride: maps for stride, maps in features.items() if stride >= 4}]

    use(attrs.evolve(PYRAMID, build=coarse), MAPS)

    with pytest.raises(BuildError) as error:
        build(config(stride=1, second=2), (16, 16, 1))

    assert str(error.value) == (
        "strides do not fit:\n"
        "  maps asks for features of stride 1; pyramid offers 4, 8 @ model.heads.maps.maps.stride\n"
        "  fields asks for features of stride 2; pyramid offers 4, 8 "
        "@ model.heads.maps.fields.stride"
    )


def test_what_only_some_stacks_offer_is_not_offered(use):
    def uneven(config, image):
        first, second = pyramid(config, image)
        return [first, {8: second[8]}]

    use(attrs.evolve(PYRAMID, build=uneven), MAPS)

    with pytest.raises(BuildError) as error:
        build(config(stacks=2), (16, 16, 1))

    assert str(error.value) == (
        "maps asks for features of stride 2; pyramid offers 8 @ model.heads.maps.maps.stride"
    )


def test_an_image_that_does_not_fit_is_refused_before_any_layer_is_made(use):
    def never(config, image):
        raise AssertionError

    use(attrs.evolve(PYRAMID, build=never), MAPS)

    with pytest.raises(BuildError) as error:
        build(config(), (20, 16, 1))

    assert str(error.value) == (
        "height must be a multiple of 8, got 20; use 16 or 24, or pass auto_pad=True @ image"
    )


def test_an_image_can_be_too_small_for_a_backbone_also_when_it_is_padded(use):
    use(attrs.evolve(PYRAMID, minimum_size=lambda config: 32), MAPS)

    with pytest.raises(BuildError) as error:
        build(config(), (33, 9, 1), auto_pad=True)

    assert str(error.value) == (
        "width must be at least 32 for this backbone, got 9; use 32 @ image"
    )
    assert build(config(), (33, 25, 1), auto_pad=True).input_shape == (None, 33, 25, 1)


# Padding inside of the model.


@pytest.mark.parametrize("size", [(16, 24), (17, 23), (9, 31), (1, 1), (15, 8)])
@pytest.mark.parametrize("known", [True, False], ids=["known sizes", "any size"])
def test_a_model_that_pads_equals_padding_by_hand_and_cutting(size, known):
    height, width = size
    both = config(stride=2, second=4, vector=True)
    padding = build(both, (*size, 1) if known else (None, None, 1), auto_pad=True)
    bare = build(both, (None, None, 1))
    batch = images(height, width)
    by_hand = np.pad(batch, [(0, 0), (0, -height % 8), (0, -width % 8), (0, 0)])

    predictions, expected = arrays(padding, batch), arrays(bare, by_hand)

    for name, stride in (("maps", 2), ("fields", 4)):
        cells = (-(-height // stride), -(-width // stride))
        assert predictions[name].shape == (2, *cells, 3)
        np.testing.assert_array_equal(predictions[name], expected[name][:, : cells[0], : cells[1]])
    np.testing.assert_array_equal(predictions["vector"], expected["vector"])


def test_known_sizes_are_known_after_padding_too():
    model = build(config(stride=2), (17, 23, 1), auto_pad=True)

    assert model.output["maps"].shape == (None, 9, 12, 3)


def test_an_image_that_fits_needs_no_padding_layers():
    names = {layer.name for layer in build(config(), (16, 24, 1), auto_pad=True).layers}

    assert not {name for name in names if "pad" in name or "crop" in name}


def test_the_layers_of_a_padded_model_have_the_names_of_the_bare_one():
    bare = {layer.name for layer in build(config(), (16, 24, 1)).layers}
    padded = {layer.name for layer in build(config(), (17, 24, 1), auto_pad=True).layers}

    assert padded - bare == {"input_pad", "mapsHead_crop"}
    assert bare <= padded


@pytest.mark.parametrize("size", [(17, 23), (None, None)])
def test_a_padded_model_survives_a_keras_file(tmp_path, keras, size):
    model = build(config(stride=2, second=4), (*size, 1), auto_pad=True)
    model.save(tmp_path / "model.keras")
    batch = images(17, 23)

    again = keras.saving.load_model(tmp_path / "model.keras")

    before, after = arrays(model, batch), arrays(again, batch)
    assert list(after) == list(before)
    for name in before:
        np.testing.assert_array_equal(after[name], before[name])


# Images of any size.


@attrs.frozen(kw_only=True)
class HillConfig:
    """A backbone that upsamples with a layer of Keras, as third-party backbones do."""

    max_stride: int = 8
    output_stride: int = 2
    factor: int = 2


def hill(config, image):
    from keras import layers

    x = layers.AveragePooling2D(config.max_stride, name="pool")(image)
    stride, features = config.max_stride, {config.max_stride: x}
    while stride > config.output_stride:
        stride //= config.factor
        up = layers.UpSampling2D(config.factor, interpolation="bilinear", name=f"up{stride}")
        features[stride] = x = up(x)
    return [features]


HILL = BackboneSpec(
    key="hill", config=HillConfig, build=hill, max_stride=lambda config: config.max_stride
)
SIZES = [(16, 16), (24, 16), (16, 40), (50, 50), (17, 9), (1, 1)]


@pytest.fixture
def at_any_size(use):
    use(HILL, MAPS)
    return build(ModelConfig(backbone=HillConfig(), heads=MapsConfig()), (None, None, 1))


def built_for(size):
    return build(ModelConfig(backbone=HillConfig(), heads=MapsConfig()), (*size, 1), auto_pad=True)


def assert_it_predicts_what_models_for_each_size_do(predict):
    for size in SIZES:
        batch = images(*size)
        maps, expected = predict(batch), arrays(built_for(size), batch)["maps"]
        assert maps.shape == (2, -(-size[0] // 2), -(-size[1] // 2), 3)
        np.testing.assert_allclose(maps, expected, atol=1e-6)


@pytest.mark.backends
@pytest.mark.parametrize("eagerly", [True, False], ids=["eager", "compiled"])
def test_a_model_for_any_size_predicts_what_models_for_each_size_do(at_any_size, eagerly):
    at_any_size.compile(run_eagerly=eagerly)

    assert_it_predicts_what_models_for_each_size_do(
        lambda batch: at_any_size.predict(batch, verbose=0)["maps"]
    )


@pytest.mark.backends
def test_a_keras_file_of_a_model_for_any_size_takes_any_size(at_any_size, keras, tmp_path):
    at_any_size.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")

    assert_it_predicts_what_models_for_each_size_do(
        lambda batch: again.predict(batch, verbose=0)["maps"]
    )


def test_an_exported_model_for_any_size_takes_any_size(at_any_size, tmp_path):
    tensorflow = pytest.importorskip("tensorflow")
    at_any_size.export(tmp_path / "exported", verbose=False)
    loaded = tensorflow.saved_model.load(tmp_path / "exported")

    assert_it_predicts_what_models_for_each_size_do(
        lambda batch: loaded.serve(batch)["maps"].numpy()
    )


@pytest.mark.backends
def test_a_model_for_any_size_is_trained_on_any_size(at_any_size):
    at_any_size.compile("sgd", "mean_squared_error")

    for size in SIZES:
        before = arrays(at_any_size, images(*size))["maps"]
        losses = at_any_size.train_on_batch(images(*size), {"maps": np.ones_like(before)})
        assert np.isfinite(losses).all()
        assert (arrays(at_any_size, images(*size))["maps"] != before).any()


def test_images_below_the_minimum_size_are_padded_to_it_too(use):
    use(attrs.evolve(HILL, minimum_size=lambda config: 20), MAPS)
    model = build(ModelConfig(backbone=HillConfig(), heads=MapsConfig()), (None, None, 1))

    for size, padded in (((3, 30), (24, 32)), ((24, 7), (24, 24)), ((50, 30), (56, 32))):
        maps = model.predict(images(*size), verbose=0)["maps"]
        assert maps.shape[1:3] == (-(-size[0] // 2), -(-size[1] // 2))
        assert model.get_layer("input_pad")(images(*size)).shape[1:3] == padded


# What is kept, and who is told.


@pytest.mark.parametrize("edition", editions.EDITIONS)
def test_building_never_changes_the_configuration(edition):
    given = config(edition, stride=4, second=8)
    text, pyramid_before = given.to_json(), given.backbone.pyramid

    build(given, (16, 16, 1))

    assert given.to_json() == text
    assert given.backbone.pyramid is pyramid_before


def test_a_model_keeps_how_it_was_built(keras):
    given = config()
    skeleton = poise.Skeleton(["a"])
    record = record_of(build(given, [17, 16, 1], skeleton, ["f", "m"], auto_pad=True))

    assert record.config is given
    assert record.resolution.config.backbone.pyramid.output_stride == 2
    assert (record.image, record.skeleton) == ((17, 16, 1), skeleton)
    assert (record.classes, record.auto_pad) == (("f", "m"), True)
    assert record_of(keras.Sequential()) is None


def test_backbone_and_outputs_are_built_in_the_edition_that_is_meant(use):
    seen = []

    def watching(name, function):
        def watched(*arguments):
            seen.append((name, editions.current()))
            return function(*arguments)

        return watched

    def watched_outputs(config, skeleton, classes):
        return tuple(
            attrs.evolve(output, build=watching("layer", output.build))
            for output in outputs(config, skeleton, classes)
        )

    use(
        attrs.evolve(PYRAMID, build=watching("backbone", pyramid)),
        attrs.evolve(MAPS, outputs=watched_outputs),
    )
    build(config("sleap-1.4"), (16, 16, 1))

    assert seen == [("backbone", "sleap-1.4"), ("layer", "sleap-1.4")]
    assert editions.current() == "2026"


def test_observers_see_every_model_that_is_built(use):
    seen = []
    observe = hookimpl(lambda model, config: seen.append((model.name, config)))
    use(PYRAMID, MAPS, poise_model_built=observe)
    given = config()

    build(given, (16, 16, 1))

    assert seen == [("pyramid_maps", given)] * 2  # both plugins observe


def test_an_observer_may_adjust_the_model(use):
    def freeze(model, config):
        model.trainable = False

    use(PYRAMID, MAPS, poise_model_built=hookimpl(freeze))

    assert build(config(), (16, 16, 1)).trainable_weights == []


# Plugins that err.


@pytest.mark.parametrize(
    ("stacks", "got"),
    [
        (lambda image: None, "a NoneType"),
        (lambda image: [], "a list of nothing"),
        (lambda image: {2: image}, "a dict with the keys 2"),
        (lambda image: [image], "a list of KerasTensor"),
        (lambda image: [{}], "a list of dict"),
        (lambda image: [{"2": image}], "a list of dict"),
        (lambda image: [{2.0: image}], "a list of dict"),
        (lambda image: [{2: "features"}], "a list of dict"),
        (lambda image: [{2: image[:, 0]}], "a list of dict"),
    ],
)
def test_a_backbone_that_builds_nonsense_is_blamed(use, stacks, got):
    use(attrs.evolve(PYRAMID, build=lambda config, image: stacks(image)), MAPS)

    with pytest.raises(PluginError) as error:
        build(config(), (16, 16, 1))

    assert str(error.value).partition("\n  from: ")[0] == (
        "backbone 'pyramid' must build a list with one dict "
        f"{{stride: features (N, H, W, C)}} per stack, got {got}"
    )


def test_a_backbone_that_builds_other_than_as_many_stacks_as_it_says_is_blamed(use):
    use(attrs.evolve(PYRAMID, stacks=lambda config: 1), MAPS)

    with pytest.raises(PluginError) as error:
        build(config(stacks=2), (16, 16, 1))

    assert str(error.value).partition("\n  from: ")[0] == (
        "backbone 'pyramid' must build as many stacks as its stacks(config) returns, 1, got 2"
    )


@pytest.mark.parametrize(
    ("layer", "got"),
    [
        (lambda features: None, "a NoneType"),
        (lambda features: features, "(None, 8, 8, 2)"),
        (lambda features: features[:, 0], "(None, 8, 2)"),
    ],
)
def test_an_output_that_builds_nonsense_is_blamed(use, layer, got):
    def nonsense(config, skeleton, classes):
        (output,) = outputs(config, skeleton, classes)
        return (attrs.evolve(output, build=lambda features, suffix: layer(features)),)

    use(PYRAMID, attrs.evolve(MAPS, outputs=nonsense))

    with pytest.raises(PluginError) as error:
        build(config(), (16, 16, 1))

    assert str(error.value).partition("\n  from: ")[0] == (
        f"output 'maps' of head 'maps' must have the shape (N, H, W, 3), got {got}"
    )


def test_keras_set_to_channels_first_is_refused(keras, monkeypatch):
    keras.config.set_image_data_format("channels_first")
    try:
        with pytest.raises(BuildError) as error:
            build(config(), (16, 16, 1))
    finally:
        keras.config.set_image_data_format("channels_last")

    assert str(error.value).partition("\n  from: ")[0] == (
        "Keras is set to channels_first; models here have axes (N, H, W, C); "
        "call keras.config.set_image_data_format('channels_last') @ image"
    )


@attrs.frozen(kw_only=True)
class PlainConfig:
    """A network of Keras' own layers, as anybody would write it."""


def plain(config, image):
    from keras import layers

    x = layers.Conv2D(8, 3, padding="same", activation="relu", name="glorot")(image)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.DepthwiseConv2D(
        3, padding="same", depthwise_initializer="he_normal", name="depthwise"
    )(x)
    x = layers.MaxPooling2D(2, name="pool")(x)
    x = layers.Conv2D(8, 1, kernel_initializer="random_normal", name="normal")(x)
    return [{2: layers.Conv2D(8, 1, kernel_initializer="orthogonal", name="orthogonal")(x)}]


PLAIN = BackboneSpec(
    key="plain",
    config=PlainConfig,
    build=plain,
    max_stride=lambda config: 2,
    output_stride=lambda config: 2,
)
DRAWN = HeadSpec(
    key="drawn",
    config=MapsConfig,
    outputs=lambda config, skeleton, classes: (
        Output(
            name="maps",
            layer_name="MapsHead",
            stride=2,
            channels=3,
            build=lambda features, suffix: _uniform(features, f"MapsHead{suffix}"),
        ),
    ),
)


def _uniform(features, name):
    from keras import layers

    return layers.Conv2D(3, 1, kernel_initializer="random_uniform", name=name)(features)


def seeded(seed):
    """Kernels by layer."""
    from keras import ops

    model = build(ModelConfig(backbone=PlainConfig(), heads=MapsConfig()), (16, 16, 1), seed=seed)
    layers = ("glorot", "depthwise", "normal", "orthogonal", "MapsHead")
    return {name: ops.convert_to_numpy(model.get_layer(name).weights[0]) for name in layers}


@pytest.mark.backends
def test_a_seed_gives_the_same_initial_weights_on_every_backend(use):
    use(PLAIN, DRAWN)
    kernels = seeded(1)
    # Of each kernel, the sum and the sum of squares.
    sums = {
        name: (float(kernel.sum()), float(np.square(kernel).sum()))
        for name, kernel in kernels.items()
    }
    assert sums == {
        name: pytest.approx(both, rel=1e-4, abs=1e-5)
        for name, both in {
            "glorot": (-0.0243879, 1.78349),
            "depthwise": (2.295962, 2.375002),
            "normal": (-0.616158, 0.1834732),
            "orthogonal": (1.772474, 8.0),
            "MapsHead": (-0.0263578, 0.02122227),
        }.items()
    }


@pytest.mark.backends
def test_the_seed_of_keras_gives_the_same_initial_weights_on_every_backend(keras, use):
    use(PLAIN, DRAWN)
    keras.utils.set_random_seed(1)
    kernels = seeded(None)
    sums = {name: float(np.square(kernel).sum()) for name, kernel in kernels.items()}
    assert sums == {
        name: pytest.approx(due, rel=1e-4)
        for name, due in {
            "glorot": 1.914663,
            "depthwise": 2.471041,
            "normal": 0.1595228,
            "orthogonal": 8.0,
            "MapsHead": 0.01724703,
        }.items()
    }


@pytest.mark.backends
def test_another_seed_gives_other_weights_and_the_same_one_the_same(use):
    use(PLAIN, DRAWN)
    first, again, other = seeded(1), seeded(1), seeded(2)
    for name, kernel in first.items():
        np.testing.assert_array_equal(kernel, again[name])
        assert not np.array_equal(kernel, other[name])


@pytest.mark.parametrize("seed", [-1, 1.0, True, "1"])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(BuildError) as error:
        build(config(), (16, 16, 1), seed=seed)
    assert str(error.value) == f"must be an integer ≥ 0, or None, got {seed!r} @ seed"

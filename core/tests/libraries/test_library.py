"""A backbone of another library's networks: when the library is asked, and what for."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import attrs
import numpy as np
import pytest

from poise import BuildError
from poise.libraries.library import SIDE, Library
from poise.libraries.variants import Preset, variants_of

pytestmark = pytest.mark.backends

VARIANTS = variants_of(
    "Net", "stem", {"depth": 3}, {"narrow": (100, {"width": 4}), "wide": (400, {"width": 8})}
)
PRESETS = {"wide_animals": Preset(variant="wide", handle="kaggle://k/m/keras/wide_animals/1")}


@attrs.frozen(kw_only=True)
class Config:
    """The fields that the backbone reads."""

    variant: str = "narrow"
    weights: str | None = None
    decoder_filters: int = 4
    decoder_filters_rate: float = 1.0
    output_stride: int = 4
    decoder_batchnorm: bool = False


def net(depth, width, image):
    """The library's class: strides 2, 4, …, and weights drawn at random."""
    import keras
    from keras import layers

    x = start = keras.Input(image)
    for i in range(depth):
        name = f"layer{i}" if i else "stem"
        x = layers.Conv2D(width, 3, strides=2, padding="same", name=name)(x)
    return keras.Model(start, x)


@pytest.fixture
def asked():
    """With which variant and image the library was asked for a model, each time."""
    return []


@pytest.fixture
def library(asked, monkeypatch):
    module = SimpleNamespace(models=SimpleNamespace(Net=net))
    monkeypatch.setitem(sys.modules, "a_library", module)

    def make(models, variant, image):
        asked.append((variant.arguments["width"], image))
        return getattr(models, variant.cls)(image=image, **variant.arguments)

    return Library(
        key="nets",
        name="ALibrary",
        module="a_library",
        distributions="a-library",
        variants=VARIANTS,
        presets=PRESETS,
        make=make,
        levels=lambda model: [layer.output for layer in model.layers[1:]],
        rules=dict,
    )


def built(keras, library, config=None, channels=1):
    image = keras.Input((32, 32, channels))
    (features,) = library.build(config or Config(), image)
    return keras.Model(image, features)


def kernels(model):
    return [np.array(weight) for weight in model.get_weights()]


def test_a_variant_is_its_class_arguments_with_its_own(library):
    assert library.variants["wide"].arguments == {"depth": 3, "width": 8}
    assert library.variants["narrow"].parameters == 100


def test_the_library_is_asked_once_for_a_variant(keras, library, asked):
    for channels in (1, 3, 5):
        model = built(keras, library, channels=channels)
        assert model.get_layer("stem").kernel.shape == (3, 3, channels, 4)
    built(keras, library, Config(output_stride=2))
    assert asked == [(4, (SIDE, SIDE, 3))]
    built(keras, library, Config(variant="wide"))
    assert asked[1:] == [(8, (SIDE, SIDE, 3))]


def test_it_is_asked_again_under_another_policy_of_numbers(keras, library, asked):
    built(keras, library)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = built(keras, library)
    finally:
        keras.config.set_dtype_policy(before)
    assert len(asked) == 2
    assert model.get_layer("stem").compute_dtype == "bfloat16"


def test_first_weights_follow_the_seed_whether_or_not_the_library_is_asked(keras, library, asked):
    models = []
    for _ in range(2):
        keras.utils.set_random_seed(3)
        models.append(built(keras, library))
    assert len(asked) == 1
    first, again = map(kernels, models)
    for weight, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(weight, other)
    assert not np.array_equal(kernels(built(keras, library))[0], first[0])


def test_without_the_library_nothing_is_built_not_even_what_is_known(keras, library, monkeypatch):
    built(keras, library)
    monkeypatch.setitem(sys.modules, "a_library", None)
    with pytest.raises(BuildError, match="pip install a-library @ model"):
        built(keras, library)


def test_weights_are_known_without_asking_it(library, asked):
    (preset,) = library.published()
    named = library.pretrained(Config(variant="wide", weights="./mine.h5"))
    assert preset.title == "ALibrary's wide_animals"
    assert preset.image_layers == ("stem",)
    assert named.title == "A weights file of ALibrary's wide"
    assert library.pretrained(Config()) is None
    assert asked == []

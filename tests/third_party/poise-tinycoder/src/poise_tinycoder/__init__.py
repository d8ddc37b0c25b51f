from pathlib import Path

import attrs

import poise
from poise import BackboneSpec, EncoderSpec, PublishedWeights, fields, hookimpl

LAYERS = tuple(f"conv{stride}" for stride in (2, 4, 8, 16, 32))
WEIGHTS = Path(__file__).with_name("tinycoder.h5")


def build(image):
    from keras import layers

    x, features = image, {}
    for name in LAYERS:
        x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name=name)(x)
        features[int(name.removeprefix("conv"))] = x
    return features


def pretrained():
    return PublishedWeights(
        name="encoder-tinycoder-dots",
        title="Tinycoder, trained on dots",
        file=WEIGHTS.name,
        url="https://example.org/tinycoder.h5",
        checksum="sha256:9d6988a66d8e7ca5500a7142917c9a5eee3094ec5f55ed4841a8450997fda3f3",
        layers=LAYERS,
        license="CC0-1.0",
        image_layers=LAYERS[:1],
        path=lambda: WEIGHTS,
        fetched=False,
    )


@hookimpl
def poise_encoders():
    spec = EncoderSpec(
        key="tinycoder",
        build=build,
        max_stride=32,
        pretrained=pretrained,
        summary="Five convolutions, with their weights in the wheel",
    )
    return [spec]


@attrs.frozen(kw_only=True)
class TinyTowerConfig:
    """An encoder, and floors on top of it: each refines the features of the one below.

    Attributes:
        trunk: key of any installed encoder.
        finest: stride of the finest features, in pixels.
        floors: number of floors, each with separate heads.
        filters: channels of every convolution.
    """

    trunk: str = attrs.field(default="tinycoder", validator=fields.string())
    finest: int = attrs.field(default=2, validator=fields.power_of_two(at_least=2))
    floors: int = attrs.field(default=2, validator=fields.integer(at_least=1))
    filters: int = attrs.field(default=16, validator=fields.integer(at_least=1))


def build_tower(config, image):
    from keras.layers import Conv2D

    offered, floors = poise.encoders[config.trunk].build(image), []
    x = {stride: features for stride, features in offered.items() if stride >= config.finest}
    for floor in range(config.floors):
        name, options = f"floor{floor}_stride", {"padding": "same", "activation": "relu"}
        x = {s: Conv2D(config.filters, 3, name=f"{name}{s}", **options)(x[s]) for s in x}
        floors.append(x)
    return floors


@hookimpl
def poise_backbones():
    spec = BackboneSpec(
        key="tinytower",
        config=TinyTowerConfig,
        build=build_tower,
        max_stride=lambda config: poise.encoders[config.trunk].max_stride,
        output_stride=lambda config: config.finest,
        at_stride=lambda config, stride: attrs.evolve(config, finest=stride),
        stacks=lambda config: config.floors,
        encoders=lambda config: (config.trunk,),
        summary="Any encoder, its features refined again and again",
        examples={"two floors": TinyTowerConfig(filters=4, finest=4)},
    )
    return [spec]

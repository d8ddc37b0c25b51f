from pathlib import Path

from poise import EncoderSpec, PublishedWeights, hookimpl

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
        licence="CC0-1.0",
        image_layers=LAYERS[:1],
    )


@hookimpl
def poise_encoders():
    spec = EncoderSpec(
        key="tinycoder",
        build=build,
        max_stride=32,
        pretrained=pretrained,
        summary="Five convolutions, whose weights come along in the wheel",
    )
    return [spec]


@hookimpl
def poise_weights(source):
    return WEIGHTS if source == "encoder-tinycoder-dots" else None

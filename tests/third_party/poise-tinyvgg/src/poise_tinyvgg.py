import attrs

from poise import BackboneSpec, fields, hookimpl


@attrs.frozen(kw_only=True)
class TinyVGGConfig:
    """A small VGG, just deep enough to see more than a few pixels.

    Attributes:
        filters: channels of the first convolution; they double with each pooling.
        max_stride: stride of the coarsest features, in pixels; the finest have stride 2.
    """

    filters: int = attrs.field(default=16, validator=fields.integer(at_least=1))
    max_stride: int = attrs.field(default=16, validator=fields.power_of_two(at_least=2))


def build(config, image):
    from keras.layers import Conv2D, MaxPooling2D

    x, features, options = image, {}, {"padding": "same", "activation": "relu"}
    for level in range(config.max_stride.bit_length() - 1):
        x = Conv2D(config.filters * 2**level, 3, name=f"conv{level}", **options)(x)
        x = features[2 ** (level + 1)] = MaxPooling2D(name=f"pool{level}")(x)
    return [features]


@hookimpl
def poise_backbones():
    spec = BackboneSpec(
        key="tinyvgg",
        config=TinyVGGConfig,
        build=build,
        max_stride=lambda config: config.max_stride,
        output_stride=lambda config: 2,
        summary="A small VGG that offers the features of each of its poolings",
        examples={"small": TinyVGGConfig(filters=4, max_stride=8)},
    )
    return [spec]

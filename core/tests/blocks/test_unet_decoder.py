"""The decoder that encoders share, and what an image goes through before them."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]


def decoded(**settings):
    import keras

    from poise.blocks.unet_decoder import unet_decoder

    features = {
        stride: keras.Input((64 // stride, 64 // stride, 3 * stride)) for stride in (4, 8, 16)
    }
    settings = {"output_stride": 2, "filters": 8, "filters_rate": 0.5} | settings
    return list(features.values()), unet_decoder(features, **settings)


def test_each_stage_has_half_the_stride_and_its_own_channels():
    _, features = decoded()
    assert {stride: tuple(tensor.shape[1:]) for stride, tensor in features.items()} == {
        8: (8, 8, 8),
        4: (16, 16, 4),
        2: (32, 32, 2),
    }


def test_features_of_the_encoder_are_joined_behind_the_upsampled_ones_where_there_are_any():
    import keras

    inputs, features = decoded()
    model = keras.Model(inputs, features[2])
    joined = model.get_layer("decoder_stage0_concat").input

    assert [tensor.shape[-1] for tensor in joined] == [48, 24]
    assert "decoder_stage2_concat" not in {layer.name for layer in model.layers}


def test_without_batch_norm_convolutions_have_a_bias_and_with_it_none():
    import keras

    for batch_norm in (True, False):
        inputs, features = decoded(batch_norm=batch_norm)
        model = keras.Model(inputs, features[2])
        names = {layer.name for layer in model.layers}
        assert ("decoder_stage0a_bn" in names) is batch_norm
        assert model.get_layer("decoder_stage0a_conv").use_bias is not batch_norm


def test_a_center_is_two_convolutions_before_the_first_stage():
    import keras

    inputs, features = decoded(center=True)
    model = keras.Model(inputs, features[8])
    assert model.get_layer("center_block2_relu").output.shape[-1] == 512
    assert model.get_layer("decoder_stage0_upsampling").input.shape[-1] == 512


def normalized(images, **settings):
    import keras

    from poise.blocks.encoder_unet import normalize
    from poise.specs import Normalization

    image = keras.Input(images.shape[1:])
    model = keras.Model(image, normalize(image, Normalization(**settings)))
    return keras.ops.convert_to_numpy(model(images))


def test_an_rgb_image_is_scaled_reversed_and_shifted():
    image = np.array([1.0, 0.5, 0.0], "float32").reshape(1, 1, 1, 3)
    pixels = normalized(image, scale=255, mean=(100, 110, 120), std=(1, 2, 5), reverse=True)
    assert pixels.ravel().tolist() == pytest.approx([-100, (127.5 - 110) / 2, (255 - 120) / 5])


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_channels_that_are_not_rgb_each_count_as_gray(channels):
    image = np.full((1, 1, 1, channels), 0.5, "float32")
    pixels = normalized(image, mean=(0.1, 0.2, 0.6), std=(1, 2, 3), reverse=True)
    assert pixels.ravel().tolist() == pytest.approx([(0.5 - 0.3) / 2] * channels)

"""Convolution and upsampling blocks: their layers' names, kinds and order."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("keras")


def layers_of(keras, entries, output):
    model = keras.Model(entries, output)
    return [layer.name for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]


def test_convolutions_have_bias_and_an_activation_layer_of_their_own(keras):
    from poise.blocks import conv_block

    x = keras.Input((8, 8, 2))
    y = conv_block(x, "b", filters=3, convs=2, kernel_size=7)
    assert layers_of(keras, x, y) == ["b_conv0", "b_act0_relu", "b_conv1", "b_act1_relu"]
    assert keras.Model(x, y).count_params() == (7 * 7 * 2 * 3 + 3) + (7 * 7 * 3 * 3 + 3)
    assert y.shape == (None, 8, 8, 3)


def test_the_pooling_comes_before_or_after_the_convolutions(keras):
    from poise.blocks import conv_block

    x = keras.Input((8, 8, 1))
    before = conv_block(x, "b", filters=1, convs=1, pool="before")
    after = conv_block(x, "a", filters=1, convs=1, pool="after")
    assert layers_of(keras, x, before) == ["b_pool", "b_conv0", "b_act0_relu"]
    assert layers_of(keras, x, after) == ["a_conv0", "a_act0_relu", "a_pool"]
    assert before.shape == after.shape == (None, 4, 4, 1)


def test_learned_upsampling_changes_the_channels_and_puts_the_skip_first(keras):
    from poise.blocks import upsampling_block

    x, source = keras.Input((4, 4, 5)), keras.Input((8, 8, 2), name="source")
    y = upsampling_block(x, source, "d", stride=8, filters=3, interpolate=False)
    model = keras.Model([x, source], y)
    joined = model.get_layer("d_s8_to_s4_skip_concat").input
    assert [tensor.shape[-1] for tensor in joined] == [2, 3]
    assert layers_of(keras, [x, source], y) == [
        "d_s8_to_s4_trans_conv",
        "d_s8_to_s4_trans_conv_act_relu",
        "d_s8_to_s4_skip_concat",
        "d_s8_to_s4_refine_conv0",
        "d_s8_to_s4_refine_conv0_act_relu",
        "d_s8_to_s4_refine_conv1",
        "d_s8_to_s4_refine_conv1_act_relu",
    ]
    assert y.shape == (None, 8, 8, 3)


def test_interpolation_keeps_the_channels_and_learns_nothing(keras):
    from poise.blocks import upsampling_block

    x = keras.Input((4, 4, 5))
    y = upsampling_block(x, None, "d", stride=2, filters=3, interpolate=True, refine_convs=0)
    assert layers_of(keras, x, y) == ["d_s2_to_s1_interp_bilinear"]
    assert y.shape == (None, 8, 8, 5)
    assert keras.Model(x, y).count_params() == 0


def test_interpolation_puts_cell_centers_at_half_pixels(keras):
    from poise.blocks import upsampling_block

    x = keras.Input((2, 1, 1))
    y = upsampling_block(x, None, "d", stride=2, filters=1, interpolate=True, refine_convs=0)
    output = keras.ops.convert_to_numpy(
        keras.Model(x, y)(keras.ops.reshape([0.0, 1.0], (1, 2, 1, 1)))
    )
    assert output[0, :, 0, 0].tolist() == [0.0, 0.25, 0.75, 1.0]

"""Grouped convolution: the numbers of Keras' own, by another way."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]

# channels in, channels out, groups, stride: blocks of several groups, of one, and of all
SHAPES = [(32, 64, 8, 1), (128, 128, 32, 2), (96, 48, 3, 1), (12, 24, 6, 2), (80, 40, 5, 1)]


def by_hand(image, kernel, groups, stride):
    """The sum over a 3×3 window, group by group."""
    height, width = ((size - 3) // stride + 1 for size in image.shape[1:3])
    channels_in, channels_out = kernel.shape[2], kernel.shape[3] // groups
    out = np.zeros((image.shape[0], height, width, kernel.shape[3]))
    for group in range(groups):
        own = slice(group * channels_in, (group + 1) * channels_in)
        to = slice(group * channels_out, (group + 1) * channels_out)
        for row in range(3):
            for column in range(3):
                seen = image[:, row:, column:, own]
                seen = seen[:, : height * stride : stride, : width * stride : stride]
                out[..., to] += seen @ kernel[row, column, :, to]
    return out


@pytest.mark.parametrize(("channels_in", "channels_out", "groups", "stride"), SHAPES)
def test_each_group_sees_its_own_channels_alone(channels_in, channels_out, groups, stride):
    from keras import ops

    from poise.blocks.grouped_convolution import GroupedConv2D

    random = np.random.RandomState(0)
    image = random.standard_normal((2, 7, 9, channels_in)).astype("float32")
    layer = GroupedConv2D(channels_out, 3, strides=stride, groups=groups, use_bias=False)
    layer.build(image.shape)
    kernel = random.standard_normal((3, 3, channels_in // groups, channels_out)).astype("float32")
    layer.kernel.assign(kernel)

    output = ops.convert_to_numpy(layer(image))

    np.testing.assert_allclose(output, by_hand(image, kernel, groups, stride), atol=1e-4)


def test_its_one_kernel_is_that_of_a_keras_convolution_of_so_many_groups():
    import keras

    from poise.blocks.grouped_convolution import GroupedConv2D

    ours = GroupedConv2D(64, 3, groups=16, name="ours")
    theirs = keras.layers.Conv2D(64, 3, groups=16, name="theirs")
    for layer in (ours, theirs):
        layer.build((None, 8, 8, 32))

    assert [(weight.name, weight.shape) for weight in ours.weights] == [
        (weight.name, weight.shape) for weight in theirs.weights
    ]


def test_it_comes_out_of_a_keras_file_as_it_went_in(tmp_path):
    import keras

    from poise.blocks.grouped_convolution import GroupedConv2D

    image = keras.Input((8, 8, 64))
    model = keras.Model(image, GroupedConv2D(64, 3, groups=32, name="grouped")(image))
    model.save(tmp_path / "model.keras")
    back = keras.saving.load_model(tmp_path / "model.keras")

    ones = np.random.RandomState(0).uniform(size=(1, 8, 8, 64)).astype("float32")
    assert isinstance(back.get_layer("grouped"), GroupedConv2D)
    before, after = (keras.ops.convert_to_numpy(network(ones)) for network in (model, back))
    np.testing.assert_array_equal(before, after)

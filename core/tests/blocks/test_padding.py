"""Padding up and cutting back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.usefixtures("keras")


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 2, 3, 8, 32]))
def test_padding_adds_zeros_at_the_bottom_and_the_right(height, width, multiple):
    from keras import ops

    from poise.blocks.padding import PadToMultiple

    images = np.random.default_rng(0).random((1, height, width, 2)).astype("float32")
    padded = ops.convert_to_numpy(PadToMultiple(multiple)(images))

    assert padded.shape[1] % multiple == 0 == padded.shape[2] % multiple
    assert padded.shape[1] - height < multiple
    assert padded.shape[2] - width < multiple
    np.testing.assert_array_equal(padded[:, :height, :width], images)
    assert not padded[:, height:].any()
    assert not padded[:, :, width:].any()


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 2, 4, 8]))
def test_cutting_leaves_the_cells_that_the_image_reaches(height, width, stride):
    from keras import ops

    from poise.blocks.padding import CropToImage, PadToMultiple

    image = np.ones((1, height, width, 1), "float32")
    padded = PadToMultiple(8)(image)
    cells = ops.max_pool(padded, stride, stride)
    cut = ops.convert_to_numpy(CropToImage()([cells, image, padded]))

    assert cut.shape == (1, -(-height // stride), -(-width // stride), 1)
    assert cut.all()  # every cell that is left has at least a pixel of the image in it


def test_the_layers_are_made_again_from_their_configuration(keras):
    from poise.blocks.padding import CropToImage, PadToMultiple

    for layer in (PadToMultiple(8, name="pad"), CropToImage(name="cut")):
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
        assert again.get_config() == layer.get_config()

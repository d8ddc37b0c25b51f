"""The layers that the Mix Transformer needs beside Keras' own."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]


def maps(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


@pytest.mark.parametrize("heads", [1, 2])
def test_every_cell_attends_to_all_cells_of_another_map(keras, heads):
    from poise.libraries.mix_transformer import MapAttention

    queries, keys, values = maps(2, 3, 5, 4), maps(2, 2, 3, 4, seed=1), maps(2, 2, 3, 4, seed=2)
    output = keras.ops.convert_to_numpy(MapAttention(heads)([queries, keys, values]))

    size = 4 // heads
    for head in range(heads):
        own = slice(head * size, (head + 1) * size)
        q, k, v = (maps[..., own].reshape(2, -1, size) for maps in (queries, keys, values))
        scores = np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(size))
        expected = scores / scores.sum(axis=-1, keepdims=True) @ v
        np.testing.assert_allclose(
            output[..., own].reshape(2, -1, size), expected, rtol=1e-4, atol=1e-5
        )


def test_maps_read_across_hold_a_stretch_of_one_channel_in_each_cell_and_can_be_read_back(keras):
    from poise.libraries.mix_transformer import MapsAcross

    before = maps(2, 4, 6, 3)
    across = keras.ops.convert_to_numpy(MapsAcross()(before))
    back = keras.ops.convert_to_numpy(MapsAcross(back=True)(across))

    assert across.shape == before.shape
    np.testing.assert_array_equal(across[0, 0, 0], before[0, 0, :3, 0])
    np.testing.assert_array_equal(back, before)


def test_its_layers_survive_a_file_and_take_any_size(keras, tmp_path):
    from poise.libraries.mix_transformer import MapAttention, MapsAcross, TanhGELU

    image = keras.Input((None, None, 4))
    x = MapsAcross(back=True, name="back")(MapsAcross(name="across")(image))
    x = TanhGELU(name="gelu")(MapAttention(2, dropout=0.1, name="heads")([x, x, x]))
    model = keras.Model(image, x)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for size in ((2, 6), (4, 4)):
        images = maps(1, *size, 4)
        output, copy = (keras.ops.convert_to_numpy(network(images)) for network in (model, loaded))
        np.testing.assert_array_equal(output, copy)
        assert output.shape == (1, *size, 4)
    assert loaded.get_layer("heads").dropout == 0.1

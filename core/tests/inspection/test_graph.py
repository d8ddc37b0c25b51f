"""The calls of a model's graph: all of them, in order of computation."""

from __future__ import annotations

from typing import Any

import pytest

from poise.inspection.graph import calls, shapes

pytestmark = pytest.mark.usefixtures("keras")


@pytest.fixture
def model() -> Any:
    """A shared layer, operations without a layer, and one with two outputs."""
    import keras
    from keras import layers, ops

    image = keras.Input((None, None, 1), name="image")
    same = layers.Conv2D(1, 3, padding="same", name="same")
    left, right = ops.split(layers.Conv2D(4, 1, name="wide")(same(same(image))), 2, axis=-1)
    return keras.Model(image, [left + 1, layers.MaxPooling2D(2, name="pool")(right)])


def test_every_call_follows_the_calls_that_it_needs(model: Any) -> None:
    in_order = calls(model)

    assert sorted(call.kind for call in in_order) == [
        *("Add", "Conv2D", "Conv2D", "Conv2D", "InputLayer", "MaxPooling2D", "Split")
    ]
    assert [call.name for call in in_order[:4]] == ["image", "same", "same", "wide"]
    computed: set[int] = set()
    for call in in_order:
        assert computed.issuperset(map(id, call.inputs)), call.name
        computed.update(map(id, call.outputs))
    assert computed.issuperset(map(id, model.outputs))


def test_the_shapes_are_those_of_one_image_of_a_size(model: Any) -> None:
    by_tensor = shapes(model, (32, 48, 1))

    of = {call.kind: [by_tensor[id(output)] for output in call.outputs] for call in calls(model)}
    assert of["Split"] == [(1, 32, 48, 2), (1, 32, 48, 2)]
    assert of["MaxPooling2D"] == [(1, 16, 24, 2)]

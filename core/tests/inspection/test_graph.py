"""The calls of a model's graph: all of them, in an order in which they can be computed."""

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


def test_every_call_is_there_and_comes_after_those_that_it_needs(model: Any) -> None:
    found = calls(model)

    assert sorted(call.kind for call in found) == [
        *("Add", "Conv2D", "Conv2D", "Conv2D", "InputLayer", "MaxPooling2D", "Split")
    ]
    assert [call.name for call in found[:4]] == ["image", "same", "same", "wide"]
    made: set[int] = set()
    for call in found:
        assert made.issuperset(map(id, call.inputs)), call.name
        made.update(map(id, call.outputs))
    assert made.issuperset(map(id, model.outputs))


def test_the_shapes_are_those_of_one_image_of_a_size(model: Any) -> None:
    found = shapes(model, (32, 48, 1))

    of = {call.kind: [found[id(one)] for one in call.outputs] for call in calls(model)}
    assert of["Split"] == [(1, 32, 48, 2), (1, 32, 48, 2)]
    assert of["MaxPooling2D"] == [(1, 16, 24, 2)]

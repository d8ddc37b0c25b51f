"""Outputs of several stacks, and of the last one alone."""

from __future__ import annotations

import types

import numpy as np
import pytest

import poise
from poise.building.outputs import last_stack
from poise.errors import BuildError, ConfigError
from poise.fields.stacks import stacks_join
from poise.testing.standins import DOT, POOLS, DotConfig, PoolsConfig, registry_of
from poise.testing.subjects import using

needs_keras = pytest.mark.usefixtures("keras")


@pytest.fixture
def built():
    """``built(stacks, **arguments)`` → a model of so many stacks with one output."""

    def built(stacks, **arguments):
        backbone = PoolsConfig(max_stride=4, stacks=stacks)
        with using(registry_of(POOLS, DOT)):
            config = poise.ModelConfig(backbone=backbone, heads=DotConfig(output_stride=2))
            return poise.build(config, (8, 12, 1), **arguments)

    return built


def outputs_named(keras, *names):
    """A model whose outputs have these names."""
    image = keras.Input((2, 2, 1))
    return keras.Model(image, {name: keras.layers.Conv2D(1, 1)(image) for name in names})


@needs_keras
def test_the_last_stack_has_plain_names_and_the_numbers_of_the_whole_model(built):
    model = built(3)
    images = np.random.default_rng(0).random((2, 8, 12, 1), np.float32)
    whole, last = model.predict(images, verbose=0), last_stack(model).predict(images, verbose=0)
    assert list(whole) == ["dot_0", "dot_1", "dot_2"]
    assert list(last) == ["dot"]
    np.testing.assert_array_equal(last["dot"], whole["dot_2"])


@needs_keras
def test_the_last_stack_shares_layers_so_that_training_goes_on_in_both(built):
    model = built(2)
    predictor = last_stack(model)
    assert predictor.get_layer("DotHead_1") is model.get_layer("DotHead_1")
    assert "DotHead_0" not in [layer.name for layer in predictor.layers]


@needs_keras
def test_a_model_of_one_stack_is_its_own_last_stack(built):
    model = built(1)
    assert last_stack(model) is model


@needs_keras
def test_taking_the_last_stack_twice_changes_nothing(built):
    once = last_stack(built(2))
    assert last_stack(once) is once


@needs_keras
def test_padding_and_cropping_stay_inside(built):
    model = built(2, auto_pad=True)
    assert list(last_stack(model).output) == ["dot"]
    images = np.zeros((1, 8, 12, 1), np.float32)
    assert last_stack(model).predict(images, verbose=0)["dot"].shape == (1, 4, 6, 1)


@needs_keras
def test_a_model_that_keras_saved_and_loaded_has_a_last_stack(built, keras, tmp_path):
    built(2).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False)
    assert list(last_stack(loaded).output) == ["dot"]


@needs_keras
def test_names_that_a_head_numbered_itself_are_no_stacks(keras, monkeypatch):
    model = outputs_named(keras, "flow_0", "flow_1")
    names = {name: (name,) for name in ("flow_0", "flow_1")}
    monkeypatch.setattr(model, "_poise_record", types.SimpleNamespace(names=names), False)
    assert last_stack(model) is model


@needs_keras
@pytest.mark.parametrize(
    "names",
    [("map_0", "map_1", "vector"), ("map_1",), ("map_0", "map_1", "dot_0"), ("map_0", "map_2")],
    ids=str,
)
def test_outputs_of_which_some_stacks_are_missing_are_refused(keras, names):
    with pytest.raises(BuildError) as caught:
        last_stack(outputs_named(keras, *names))
    listed = ", ".join(names)
    assert str(caught.value) == (
        f"outputs must all be numbered for every stack, or none, got {listed} @ model"
    )


@needs_keras
def test_a_model_without_names_for_its_outputs_is_refused(keras):
    image = keras.Input((2, 2, 1))
    with pytest.raises(BuildError, match="must have a dict of outputs by name, got a Functional"):
        last_stack(keras.Model(image, keras.layers.Conv2D(1, 1)(image)))


def test_stacks_join_where_one_ends_at_the_stride_that_the_next_begins_at():
    rule = stacks_join(lambda config: config.begins, "begins")
    config = types.SimpleNamespace(begins=4, output_stride=4)
    field = types.SimpleNamespace(name="stacks")
    rule(config, field, 3)
    config.output_stride = 2
    rule(config, field, 1)
    with pytest.raises(ConfigError) as caught:
        rule(config, field, 3)
    assert str(caught.value) == (
        "must be 1 unless output_stride equals begins, got 3; "
        "output_stride is 2, a further stack would begin at stride 4 @ stacks"
    )

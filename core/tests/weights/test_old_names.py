"""Weights under names that Keras generated, and grouped kernels stored in pieces."""

from __future__ import annotations

import numpy as np
import pytest

from poise.errors import WeightsError
from poise.weights.old_names import with_new_names, with_ranks
from poise.weights.records import Record


def record(*path, shape=(3, 3, 2, 4), value=0.0):
    *layer, role = path
    return Record(tuple(layer), role, shape, lambda: np.full(shape, value, "float32"))


def names(records):
    return [record.name for record in records]


def test_the_rank_of_a_number_counts_not_the_number():
    records = [record("model_2", f"conv2d_{n}", "kernel") for n in (7, 12, 103)]
    ranked = with_ranks(records, ["conv2d#0"])
    assert names(ranked) == [f"model_2/conv2d#{n}/kernel" for n in range(3)]


def test_the_name_without_a_number_comes_first():
    records = [record(name, "kernel") for name in ("conv2d_1", "conv2d")]
    assert names(with_ranks(records, ["conv2d#0"])) == ["conv2d#1/kernel", "conv2d#0/kernel"]


def test_each_nested_model_has_its_own_ranks():
    records = [record("a", "conv2d_3", "kernel"), record("b", "conv2d_9", "kernel")]
    assert names(with_ranks(records, ["conv2d#0"])) == ["a/conv2d#0/kernel", "b/conv2d#0/kernel"]


def test_a_layer_gets_its_name_in_the_model():
    renaming = with_new_names(
        [record("m", "conv1/conv", "kernel")], {"conv1_conv": ("conv1/conv",)}
    )
    assert names(renaming.records) == ["m/conv1_conv/kernel"]
    assert renaming.renamed == {"m/conv1_conv": "m/conv1/conv"}


def test_kernels_of_groups_are_put_side_by_side_in_the_order_of_their_ranks():
    records = [record(f"conv2d_{n}", "kernel", value=n) for n in (11, 9, 10)]
    renaming = with_new_names(records, {"grouped": ("conv2d#0", "conv2d#1", "conv2d#2")})

    (kernel,) = renaming.records
    assert (kernel.name, kernel.shape) == ("grouped/kernel", (3, 3, 2, 12))
    assert kernel.read()[0, 0, 0].tolist() == [9.0] * 4 + [10.0] * 4 + [11.0] * 4
    assert renaming.notes == ["1 grouped kernels were merged from 3 small ones"]
    assert renaming.renamed == {"grouped": "conv2d_9 … conv2d_11"}


def test_kernels_of_different_shapes_are_not_merged():
    records = [record("conv2d", "kernel"), record("conv2d_1", "kernel", shape=(3, 3, 4, 4))]
    with pytest.raises(
        WeightsError,
        match="grouped: parts of a grouped convolution must be kernels of one size, got",
    ):
        with_new_names(records, {"grouped": ("conv2d#0", "conv2d#1")})


def test_a_file_with_the_models_names_is_unchanged():
    records = [record("grouped", "kernel"), record("conv2d_5", "kernel")]
    renaming = with_new_names(records, {"grouped": ("conv2d#0",)})
    assert names(renaming.records) == ["grouped/kernel", "conv2d_5/kernel"]
    assert renaming.renamed == {}


def test_a_layer_without_a_known_name_keeps_the_name_in_the_file():
    renaming = with_new_names(
        [record("conv2d_4", "kernel"), record("conv2d_5", "kernel")], {"first": ("conv2d#0",)}
    )
    assert names(renaming.records) == ["first/kernel", "conv2d_5/kernel"]

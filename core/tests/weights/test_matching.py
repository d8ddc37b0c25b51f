"""Matching names in a file with layers of a model; needs neither Keras nor h5py."""

from __future__ import annotations

import pytest

from poise.errors import WeightsError
from poise.weights import Mismatch, Record
from poise.weights.matching import Match, match
from poise.weights.records import LayerPath
from poise.weights.slots import Slot

Shape = tuple[int, ...]


def owner(name: str) -> tuple[LayerPath, str]:
    """``outer>inner/kernel`` → (("outer", "inner"), "kernel")."""
    layer, _, role = name.rpartition("/")
    return tuple(layer.split(">")), role


def records(*names: str, shape: Shape = (2,)) -> list[Record]:
    return [Record(*owner(name), shape, lambda: None) for name in names]


def slots(*names: str, shape: Shape = (2,)) -> list[Slot]:
    return [Slot(*owner(name), shape, object()) for name in names]


def matched_names(matches: Match) -> set[tuple[str, str]]:
    return {(record.name, slot.name) for record, slot in matches.matched}


def unmatched_names(matches: Match) -> tuple[list[str], list[str]]:
    return [record.name for record in matches.unexpected], [slot.name for slot in matches.missing]


def test_weights_match_by_layer_and_role_in_any_order() -> None:
    matches = match(
        records("b/bias", "a/kernel", "b/kernel"), slots("a/kernel", "b/kernel", "b/bias")
    )
    assert matched_names(matches) == {(name, name) for name in ("a/kernel", "b/kernel", "b/bias")}
    assert unmatched_names(matches) == ([], [])


def test_a_swapped_layer_name_is_caught() -> None:
    matches = match(records("a/kernel", "c/kernel"), slots("a/kernel", "b/kernel"))
    assert unmatched_names(matches) == (["c/kernel"], ["b/kernel"])


def test_a_wrong_shape_is_listed_with_both_shapes_and_is_not_missing() -> None:
    matches = match(records("a/kernel", shape=(3, 4)), slots("a/kernel", shape=(3, 5)))
    assert matches.mismatched == [Mismatch("a/kernel", (3, 4), (3, 5))]
    assert unmatched_names(matches) == ([], [])


def test_depthwise_kernels_are_called_kernel_since_keras_3() -> None:
    assert matched_names(match(records("a/depthwise_kernel"), slots("a/kernel")))
    assert matched_names(match(records("a/kernel"), slots("a/depthwise_kernel")))


def test_as_many_numbered_roles_match_in_order() -> None:
    matches = match(records("a/0", "a/1"), slots("a/kernel", "a/bias"))
    assert matched_names(matches) == {("a/0", "a/kernel"), ("a/1", "a/bias")}
    assert matches.renamed == []


def test_roles_with_other_names_match_in_order_and_are_reported() -> None:
    matches = match(records("conv/conv_W_1", "conv/conv_b_1"), slots("conv/kernel", "conv/bias"))
    assert matches.renamed == [("conv/conv_W_1", "conv/kernel"), ("conv/conv_b_1", "conv/bias")]


def test_numbered_roles_are_not_guessed_when_their_number_differs() -> None:
    matches = match(records("bn/0", "bn/1", "bn/2"), slots("bn/beta", "bn/mean"))
    assert matches.matched == []
    assert matches.notes == [
        "bn: the file has 3 weights, the layer 2 (beta, mean); the file does not say which is which"
    ]


@pytest.mark.parametrize(("in_file", "in_model"), [("Head_0", "Head"), ("Head", "Head_0")])
def test_an_output_matches_its_name_with_a_stacks_number(in_file: str, in_model: str) -> None:
    outputs = frozenset({(in_model,)})
    matches = match(records(f"{in_file}/kernel"), slots(f"{in_model}/kernel"), outputs)
    assert matched_names(matches) == {(f"{in_file}/kernel", f"{in_model}/kernel")}
    assert matches.renamed == [(in_file, in_model)]


def test_layers_before_an_output_have_the_same_number() -> None:
    matches = match(
        records("fc_0/kernel", "Head_0/kernel", "conv_1/kernel"),
        slots("fc/kernel", "Head/kernel", "conv/kernel"),
        frozenset({("Head",)}),
    )
    assert matches.renamed == [("fc_0", "fc"), ("Head_0", "Head")]
    assert unmatched_names(matches) == (["conv_1/kernel"], ["conv/kernel"])


def test_a_number_on_layers_other_than_outputs_is_another_name() -> None:
    matches = match(records("conv2d_1/kernel"), slots("conv2d/kernel"), frozenset({("Head",)}))
    assert unmatched_names(matches) == (["conv2d_1/kernel"], ["conv2d/kernel"])


def test_heads_of_several_stacks_do_not_match_a_single_head() -> None:
    matches = match(
        records("Head_0/kernel", "Head_1/kernel"), slots("Head/kernel"), frozenset({("Head",)})
    )
    assert unmatched_names(matches) == (["Head_0/kernel", "Head_1/kernel"], ["Head/kernel"])


def test_heads_of_different_stacks_never_match() -> None:
    matches = match(records("Head_1/kernel"), slots("Head_0/kernel"), frozenset({("Head_0",)}))
    assert unmatched_names(matches) == (["Head_1/kernel"], ["Head_0/kernel"])


def test_nested_models_match_whatever_name_keras_generated() -> None:
    matches = match(records("model_1>conv/kernel"), slots("encoder>conv/kernel"))
    assert matches.renamed == [("model_1/conv", "encoder/conv")]


def test_nested_layers_with_a_name_that_two_models_share_are_not_guessed() -> None:
    matches = match(
        records("m>conv/kernel", "n>conv/kernel"), slots("a>conv/kernel", "b>conv/kernel")
    )
    assert matches.matched == []
    assert len(matches.missing) == len(matches.unexpected) == 2


def test_a_layer_renamed_after_building_matches_by_its_groups_name() -> None:
    matches = match(records("new>old/kernel", "new>old/bias"), slots("new/kernel", "new/bias"))
    assert matches.renamed == [("new/old", "new")]
    assert unmatched_names(matches) == ([], [])


def test_a_duplicate_weight_in_the_file_is_refused() -> None:
    with pytest.raises(WeightsError, match="weight names must be unique, got 'a/kernel' twice"):
        match(records("a/kernel", "a/kernel"), slots("a/kernel"))


def test_a_layer_used_in_two_places_needs_a_match_in_one() -> None:
    variable = object()
    both = [
        Slot(("a", "conv"), "kernel", (2,), variable),
        Slot(("b", "conv"), "kernel", (2,), variable),
    ]
    matches = match(records("a>conv/kernel"), both)
    assert len(matches.matched) == 1
    assert unmatched_names(matches) == ([], [])

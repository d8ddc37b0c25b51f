"""Batches are a function of seed, set, epoch and number, and of nothing that went before."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_workflows.training.orders import Order, steps_of_training, steps_of_validation

ORDER = Order(samples=10, batch_size=4, steps=5, seed=3, of="train")
ORDERS = st.builds(
    Order,
    samples=st.integers(1, 30),
    batch_size=st.integers(1, 8),
    steps=st.integers(1, 9),
    seed=st.integers(0, 2**40),
    of=st.sampled_from(["train", "validation"]),
    shuffles=st.booleans(),
)


@given(ORDERS, st.integers(0, 500))
def test_an_epoch_is_drawn_from_seed_set_and_number_alone(order: Order, epoch: int) -> None:
    fresh = attrs.evolve(order)
    for before in range(3):
        order.of_epoch(before)

    np.testing.assert_array_equal(order.of_epoch(epoch), fresh.of_epoch(epoch))


@given(ORDERS, st.integers(0, 500))
def test_every_pass_over_the_samples_shows_each_of_them_once(order: Order, epoch: int) -> None:
    indices = order.of_epoch(epoch)

    assert len(indices) == order.steps * order.batch_size
    for start in range(0, len(indices) - order.samples + 1, order.samples):
        assert sorted(indices[start : start + order.samples]) == list(range(order.samples))


@pytest.mark.parametrize(
    "other", [{"seed": 4}, {"of": "validation"}, {"epoch": 1}], ids=lambda other: next(iter(other))
)
def test_another_seed_set_or_epoch_has_another_order_and_other_changes(
    other: dict[str, int],
) -> None:
    epoch = other.pop("epoch", 0)
    order = attrs.evolve(ORDER, **other)

    assert order.of_epoch(epoch).tolist() != ORDER.of_epoch(0).tolist()
    assert order.changes(epoch, 0).random() != ORDER.changes(0, 0).random()


def test_each_batch_has_changes_of_its_own() -> None:
    drawn = {ORDER.changes(epoch, batch).random() for epoch in range(4) for batch in range(4)}

    assert len(drawn) == 16
    assert ORDER.changes(2, 3).random() == ORDER.changes(2, 3).random()


def test_without_shuffling_samples_come_in_their_order_again_and_again() -> None:
    order = Order(samples=3, batch_size=2, steps=4, seed=0, of="train", shuffles=False)

    assert order.of_epoch(5).tolist() == [0, 1, 2, 0, 1, 2, 0, 1]


def test_without_repeating_each_sample_comes_once_and_the_last_batch_may_be_smaller() -> None:
    order = Order(samples=5, batch_size=2, steps=3, seed=0, of="validation", repeats=False)

    assert order.of_epoch(7).tolist() == [0, 1, 2, 3, 4]
    assert attrs.evolve(order, steps=2).of_epoch(0).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("samples", "size", "given", "least", "steps"),
    [
        (100, 8, None, 5, 12),  # the last batch that is not full is dropped
        (100, 8, None, 200, 200),
        (100, 8, 7, 200, 7),
        (3, 8, None, 0, 1),
    ],
)
def test_steps_of_training_are_those_of_sleap(
    samples: int, size: int, given: int | None, least: int, steps: int
) -> None:
    # spec/training.md §6
    assert steps_of_training(samples, size, given, least) == steps


def test_validation_sees_each_sample_once_unless_a_number_of_batches_is_given() -> None:
    assert steps_of_validation(9, 4, None) == 3
    assert steps_of_validation(9, 4, 10) == 10

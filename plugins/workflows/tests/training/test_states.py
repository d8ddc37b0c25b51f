"""A state gives back weights, optimizer, counters and log exactly, or says what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise_workflows.training.errors import RunError
from poise_workflows.training.states import State, fill_from, read_facts, write_state

STATE = State(
    epochs=2,
    counters={"plateau": {"best": 0.1 + 0.2, "wait": 3}},
    log=({"epoch": 0, "loss": 1e-17}, {"epoch": 1, "loss": 1 / 3}),
)


def network(keras: Any, units: int = 3, *, optimizer: str = "adam") -> Any:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units)])
    model.compile(optimizer, "mse", jit_compile=False)
    return model


def train(model: Any, seed: int = 0) -> None:
    random = np.random.default_rng(seed)
    inputs, targets = random.normal(size=(2, 8, 4)).astype("float32")
    for _ in range(3):
        model.train_on_batch(inputs, targets[:, : model.output_shape[-1]])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "last" / "state.npz"


def test_a_network_goes_on_from_a_state_as_if_it_had_never_stopped(keras: Any, file: Path) -> None:
    model, other = network(keras), network(keras)
    train(model)
    write_state(file, model, STATE)

    fill_from(file, other)
    train(model, seed=1)
    train(other, seed=1)

    for variable, again in zip(
        [*model.variables, *model.optimizer.variables],
        [*other.variables, *other.optimizer.variables],
        strict=True,
    ):
        np.testing.assert_array_equal(variable, again)


def test_counters_and_log_come_back_as_the_same_floats(keras: Any, file: Path) -> None:
    write_state(file, network(keras), STATE)

    assert read_facts(file) == STATE


def test_a_state_that_could_not_be_written_leaves_the_former_one(
    keras: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = network(keras)
    write_state(file, model, STATE)
    before = file.read_bytes()

    def full(stream: Any, **arrays: Any) -> None:
        stream.write(b"PK")
        raise OSError("the disk is full")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="full"):
        write_state(file, model, STATE)

    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    "other", [{"units": 4}, {"optimizer": "sgd"}], ids=lambda other: next(iter(other))
)
def test_the_state_of_another_network_is_refused(keras: Any, file: Path, other: Any) -> None:
    model = network(keras)
    train(model)
    write_state(file, model, STATE)

    with pytest.raises(RunError, match="train into another folder"):
        fill_from(file, network(keras, **other))


def test_a_state_cut_anywhere_is_refused(keras: Any, file: Path) -> None:
    model = network(keras)
    write_state(file, model, STATE)
    whole = file.read_bytes()

    for length in range(0, len(whole), 97):
        file.write_bytes(whole[:length])
        with pytest.raises(RunError, match="must be the state of a run, got"):
            fill_from(file, model)


@pytest.mark.parametrize("facts", ["[]", "{}", '{"epochs": 1}', "no JSON", '{"epoch": 1}'])
def test_facts_of_another_form_are_refused(file: Path, facts: str) -> None:
    file.parent.mkdir()
    np.savez(file, facts=np.frombuffer(facts.encode(), np.uint8))

    with pytest.raises(RunError, match="must be the state of a run, got"):
        read_facts(file)


def test_a_state_cannot_run_code(file: Path) -> None:
    file.parent.mkdir()
    np.savez(file, facts=np.array([json.dumps({})], dtype=object), allow_pickle=True)

    with pytest.raises(RunError, match="must be the state of a run, got"):
        read_facts(file)

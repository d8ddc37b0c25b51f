"""What the user or the system asked for, and what only looks like it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator

import pytest

from poise.processes.interrupts import from_signal, let_signals_pass


def error_of(function: Callable[[], object]) -> BaseException:
    try:
        function()
    except BaseException as error:  # noqa: BLE001
        return error
    raise AssertionError


def raised(error: BaseException) -> BaseException:
    def function() -> None:
        raise error

    return error_of(function)


def ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)
    for _ in range(1000):  # the interpreter looks for signals here
        pass


@pytest.fixture
def terminated() -> Iterator[None]:
    """A program that ends at SIGTERM by an exception of its own."""

    def handle(*details: object) -> None:
        sys.exit(143)

    former = signal.signal(signal.SIGTERM, handle)
    yield
    signal.signal(signal.SIGTERM, former)


def test_ctrl_c_is_of_the_user() -> None:
    error = error_of(ctrl_c)

    assert isinstance(error, KeyboardInterrupt)
    assert from_signal(error)
    with pytest.raises(KeyboardInterrupt):
        let_signals_pass(error)


def test_ctrl_c_that_is_raised_again_is_still_of_the_user() -> None:
    def cleaned_up() -> None:
        try:
            ctrl_c()
        except KeyboardInterrupt:
            raise

    assert from_signal(error_of(cleaned_up))


def test_what_takes_the_place_of_ctrl_c_is_still_of_the_user() -> None:
    def careless() -> None:
        try:
            ctrl_c()
        except KeyboardInterrupt:
            raise ValueError from None

    assert from_signal(error_of(careless))


def test_what_takes_the_place_of_a_plugin_s_own_interrupt_is_of_the_plugin() -> None:
    def pretending() -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise ValueError from None

    assert not from_signal(error_of(pretending))


@pytest.mark.usefixtures("terminated")
def test_what_a_handler_of_signals_raises_is_of_the_program() -> None:
    error = error_of(lambda: signal.raise_signal(signal.SIGTERM))

    assert isinstance(error, SystemExit)
    assert from_signal(error)


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), SystemExit(0), GeneratorExit(), ValueError("x")]
)
def test_what_a_raise_statement_raises_is_of_the_code(error: BaseException) -> None:
    assert not from_signal(raised(error))
    let_signals_pass(error)


def test_an_error_that_was_never_raised_is_of_no_signal() -> None:
    assert not from_signal(ValueError("x"))

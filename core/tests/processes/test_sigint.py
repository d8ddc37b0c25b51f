"""Only a Ctrl-C is a Ctrl-C, whatever a plugin raises."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

import pytest

from poise.processes.sigint import Interrupts


def press() -> None:
    signal.raise_signal(signal.SIGINT)


def pretend() -> None:
    raise KeyboardInterrupt


def is_real(action: Callable[[], None]) -> bool:
    with Interrupts() as interrupts:
        try:
            action()
        except BaseException as error:  # noqa: BLE001 - that is what is tested
            return interrupts.is_real(error)
    raise AssertionError("nothing was raised")


def test_a_signal_is_real_and_an_exception_is_not() -> None:
    assert is_real(press)
    assert not is_real(pretend)


def test_a_signal_is_real_through_nested_blocks() -> None:
    assert is_real(lambda: is_real(press) and pretend())


def test_a_signal_that_called_code_turned_into_another_exception_is_real() -> None:
    def swallow() -> None:
        try:
            press()
        except KeyboardInterrupt:
            raise ValueError from None

    assert is_real(swallow)


def test_in_another_thread_nothing_is_real() -> None:
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(is_real(pretend)))
    thread.start()
    thread.join()

    assert answers == [False]


def test_the_handler_of_a_program_stays_and_its_exceptions_count() -> None:
    def own(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGINT, own)
    try:
        assert is_real(press)
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, former)


@pytest.mark.parametrize("action", [press, pretend])
def test_afterwards_the_handler_is_what_it_was(action: Callable[[], None]) -> None:
    before = signal.getsignal(signal.SIGINT)
    is_real(action)

    assert signal.getsignal(signal.SIGINT) is before

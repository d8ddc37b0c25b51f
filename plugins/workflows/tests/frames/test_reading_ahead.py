"""Reading ahead in a thread."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from poise_workflows.frames.reading_ahead import read_ahead


def threads() -> int:
    return sum(thread.name == "poise-read-ahead" for thread in threading.enumerate())


def waits_for(condition: Callable[[], bool]) -> bool:
    """Whether it comes true within ten seconds."""
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


class Numbers:
    """Counts how many were made, and whether the generator was closed."""

    def __init__(self) -> None:
        self.made, self.is_closed = 0, False

    def __iter__(self) -> Iterator[int]:
        try:
            for number in count():
                self.made += 1
                yield number
        finally:
            self.is_closed = True


@pytest.mark.parametrize("bound", [1, 3, 1000])
def test_items_come_in_their_order_and_the_thread_ends(bound: int) -> None:
    assert list(read_ahead(range(500), bound)) == list(range(500))
    assert waits_for(lambda: threads() == 0)


@pytest.mark.parametrize("bound", [1, 4])
def test_no_more_items_are_made_than_may_wait(bound: int) -> None:
    numbers = Numbers()
    with read_ahead(numbers, bound) as items:
        assert waits_for(lambda: numbers.made == bound + 1)
        time.sleep(0.05)
        assert numbers.made == bound + 1
        assert [next(items), next(items)] == [0, 1]
        assert waits_for(lambda: numbers.made == bound + 3)


def test_an_exception_comes_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield from range(3)
        raise OSError("no such block")

    items = read_ahead(failing(), 8)

    assert [next(items) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(OSError, match="no such block"):
        next(items)
    assert list(items) == []


def test_closing_stops_the_thread_and_closes_the_generator() -> None:
    numbers = Numbers()
    items = read_ahead(numbers, 2)
    next(items)

    items.close()
    items.close()

    assert (threads(), numbers.is_closed) == (0, True)
    assert list(items) == []


def test_an_abandoned_reader_leaves_no_thread() -> None:
    numbers = Numbers()
    items = read_ahead(numbers, 2)
    next(items)

    del items
    gc.collect()

    assert waits_for(lambda: threads() == 0)
    assert numbers.is_closed


def test_an_error_in_the_consumer_stops_the_thread() -> None:
    numbers = Numbers()

    def consume() -> None:
        with read_ahead(numbers, 2) as items:
            next(items)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        consume()

    assert (threads(), numbers.is_closed) == (0, True)


def test_the_maker_works_while_the_consumer_does() -> None:
    def slow() -> Iterator[int]:
        for number in range(5):
            time.sleep(0.04)
            yield number

    begin = time.monotonic()
    for _ in read_ahead(slow(), 2):
        time.sleep(0.04)

    assert time.monotonic() - begin < 0.36  # one after the other takes 0.4


def test_a_queue_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="bound must be at least 1, got 0"):
        read_ahead([1], 0)

"""Read ahead: one thread fills a bounded queue while the consumer works."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")


class ReadAhead(Iterator[Item], Generic[Item]):
    """An iterator whose items are made in advance; also a context manager that closes it.

    Abandoned, it ends its thread as soon as it is collected.
    """

    def __init__(self, items: Iterable[Item], bound: int) -> None:
        self._queue: _Queue[Item] = _Queue(bound)
        # The thread knows the queue only, so that this object can be collected meanwhile.
        self._thread = threading.Thread(
            target=_fill, args=(items, self._queue), name="poise-read-ahead", daemon=True
        )
        self._finalizer = weakref.finalize(self, _stop, self._queue, self._thread)
        self._thread.start()

    def __next__(self) -> Item:
        return self._queue.get()

    def close(self) -> None:
        """Stop the thread and wait for its end; further items are dropped."""
        self._finalizer()

    def __enter__(self) -> ReadAhead[Item]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def read_ahead(items: Iterable[Item], bound: int = 16) -> ReadAhead[Item]:
    """Make items in a thread, in their order, before they are asked for.

    Args:
        items: made one by one; what they raise is raised to the consumer, after the items before.
            If they are a generator, it is closed in its thread.
        bound: how many items may wait; one more may be in the making.
    """
    if bound < 1:
        raise ValueError(f"bound must be at least 1, got {bound}")
    return ReadAhead(items, bound)


class _Queue(Generic[Item]):
    """A queue that both ends can close."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._end: BaseException | None = None
        self._is_closed = False

    def put(self, item: Item) -> bool:
        """Wait for room; false if the consumer wants no more."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._items) < self._bound or self._is_closed)
            if not self._is_closed:
                self._items.append(item)
                self._changed.notify_all()
            return not self._is_closed

    def end(self, reason: BaseException) -> None:
        """Raise this to the consumer after the last item."""
        with self._changed:
            self._end = reason
            self._changed.notify_all()

    def get(self) -> Item:
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._end or self._is_closed)
            if self._items and not self._is_closed:
                self._changed.notify_all()
                return self._items.popleft()
            reason, self._end = self._end, StopIteration()
            raise StopIteration if self._is_closed or reason is None else reason

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._items.clear()
            self._changed.notify_all()


def _fill(items: Iterable[Any], queue: _Queue[Any]) -> None:
    try:
        iterator = iter(items)
        for item in iterator:
            if not queue.put(item):
                break
        if hasattr(iterator, "close"):
            iterator.close()
    except BaseException as error:  # noqa: BLE001  # the consumer gets it, in its own thread
        queue.end(error)
    else:
        queue.end(StopIteration())


def _stop(queue: _Queue[Any], thread: threading.Thread) -> None:
    queue.close()
    # The collector may run in any thread, also in this one.
    if thread is not threading.current_thread():
        thread.join()

"""A forked child can use what its parent had locked."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from poise.processes.locks import ForkSafeLock
from poise.registry import default, in_force

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork"),
    # Python warns of what is tested here.
    pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning"),
]


@contextmanager
def held(lock: Any) -> Iterator[None]:
    """Another thread holds the lock."""
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            taken.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait()
    try:
        yield
    finally:
        done.set()
        thread.join()


def status_in_child(action: Callable[[], Any]) -> int:
    """The exit status of a child that calls a function; below zero if it had to wait."""
    child = os.fork()
    if child == 0:
        signal.alarm(5)
        try:
            action()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def use(lock: ForkSafeLock) -> None:
    with lock, lock:
        pass


def test_a_lock_that_another_thread_held_is_free_in_the_child() -> None:
    lock = ForkSafeLock()
    with held(lock):
        assert status_in_child(lambda: use(lock)) == 0


def test_a_lock_that_the_forking_thread_holds_stays_held_in_the_child() -> None:
    lock = ForkSafeLock()
    with lock:
        assert status_in_child(lambda: lock.__exit__(None, None, None)) == 0
    use(lock)


def test_plugins_can_be_looked_up_in_a_child(site: Any) -> None:
    site.install_backbone("tiny")
    registry = default()
    with held(registry._lock), held(in_force._default_lock):
        assert status_in_child(lambda: default().backbones["tiny"]) == 0


def test_methods_can_be_patched_in_a_child(keras: Any) -> None:
    from poise.blocks.patching import Patch

    patch = Patch(type("Layer", (), {"call": print}), "call", print)
    with held(patch._lock):
        assert status_in_child(lambda: patch.__enter__()) == 0

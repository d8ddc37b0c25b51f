"""Temporary replacement of methods of third-party classes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from poise.processes.locks import ForkSafeLock


class Patch:
    """A context that replaces a method of a class and restores it afterwards.

    All threads share the class. ``around`` must therefore behave like the original method for
    callers that did not enable the patch, which a context variable can tell. Contexts may be
    nested and open in several threads: the first one to open patches, the last one to close
    restores.
    """

    def __init__(self, cls: Any, name: str, around: Callable[..., Any]) -> None:
        """Describe the patch; entering the context applies it.

        Args:
            cls: the class.
            name: the name of its method.
            around: ``around(method, instance, *args, **kwargs)``, called instead.
        """
        self._cls, self._name, self._around = cls, name, around
        self._lock = ForkSafeLock()
        self._open = 0
        self._before: dict[str, Any] = {}
        self._patched: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if self._open == 0:
                self._patch()
            self._open += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._open -= 1
            if self._open == 0:
                self._restore()

    def _patch(self) -> None:
        method, around = getattr(self._cls, self._name), self._around

        @functools.wraps(method)
        def patched(instance: Any, *args: Any, **kwargs: Any) -> Any:
            return around(method, instance, *args, **kwargs)

        # Empty if the class inherits the method.
        self._before = {
            name: value for name, value in vars(self._cls).items() if name == self._name
        }
        self._patched = patched
        setattr(self._cls, self._name, patched)

    def _restore(self) -> None:
        if vars(self._cls).get(self._name) is not self._patched:
            return  # other code has patched it since; restoring would undo that patch
        if self._before:
            setattr(self._cls, self._name, self._before[self._name])
        else:
            delattr(self._cls, self._name)

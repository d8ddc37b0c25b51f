"""Methods of somebody else's class that do something else for as long as it is needed."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any


class Patch:
    """A context in which a method of a class is another one; the class is put right afterwards.

    A class is there for all threads. ``around`` therefore has to do what the method does for
    whoever has not asked for more, which a context variable can tell. Contexts may be nested
    and open in several threads: the first one that opens patches, the last one that closes
    restores.
    """

    def __init__(self, cls: Any, name: str, around: Callable[..., Any]) -> None:
        """Nothing is patched yet.

        Args:
            cls: the class.
            name: of its method.
            around: ``around(method, instance, *args, **kwargs)``: what is done instead.
        """
        self._cls, self._name, self._around = cls, name, around
        self._lock = threading.Lock()
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

        # A method that is inherited is none of the class' own.
        self._before = {name: own for name, own in vars(self._cls).items() if name == self._name}
        self._patched = patched
        setattr(self._cls, self._name, patched)

    def _restore(self) -> None:
        if vars(self._cls).get(self._name) is not self._patched:
            return  # somebody else has patched it since; what is below theirs changes nothing now
        if self._before:
            setattr(self._cls, self._name, self._before[self._name])
        else:
            delattr(self._cls, self._name)

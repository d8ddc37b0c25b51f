"""What all plugins of an interpreter share, and which of it a plugin has changed."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

FOUNDATION = (
    *("attr", "attrs", "builtins", "cattrs", "importlib", "io", "json", "os", "pathlib"),
    *("pluggy", "poise"),
)
"""Packages whose functions and classes no plugin may replace, since all others rely on them."""

_CLASSES_OF = ("poise", "pluggy")
"""Packages of which the members of classes count, too."""


class Shared:
    """The state of an interpreter before plugins are imported.

    A function or class that a plugin replaces is a fault of the plugin if it belongs to the
    foundation. Other changes, such as a thread that goes on or an entry of ``sys.path``, may be
    meant. The next plugin is still judged in another interpreter, so that it does not depend on
    them.
    """

    def __init__(self) -> None:
        self._foundation = [_Members(name, space) for name, space in _spaces()]
        self._state = _state()

    def replaced(self) -> list[str]:
        """Names of the foundation that are not what they were, as ``json.dumps``."""
        return [name for members in self._foundation for name in members.replaced()]

    def is_changed(self) -> bool:
        """Whether the interpreter is no longer as it was, apart from its modules."""
        return _state() != self._state


class _Members:
    """The functions and classes of a module, or of a class."""

    def __init__(self, name: str, space: Any) -> None:
        self._name, self._space, self._all = name, space, dict(space)
        self._members = {
            key: value
            for key, value in self._all.items()
            if callable(value) and not (name == "builtins" and key.startswith("_"))
        }

    def replaced(self) -> list[str]:
        # Compared as a whole, since each plugin of a thousand pays for it.
        if self._space == self._all:
            return []
        now = self._all = dict(self._space)
        return [
            f"{self._name}.{key}"
            for key, value in self._members.items()
            if now.get(key) is not value
        ]


def _spaces() -> Iterator[tuple[str, Any]]:
    """The modules of the foundation, and the classes of some, with their members."""
    for name, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType) or name.partition(".")[0] not in FOUNDATION:
            continue
        yield name, vars(module)
        if name.partition(".")[0] in _CLASSES_OF:
            for key, value in list(vars(module).items()):
                if isinstance(value, type) and value.__module__ == name:
                    yield f"{name}.{key}", vars(value)


def _state() -> tuple[object, ...]:
    return (
        [*map(id, sys.meta_path)],
        [*map(id, sys.path_hooks)],
        list(sys.path),
        dict(os.environ),
        sys.getrecursionlimit(),
        sys.gettrace(),
        sys.getprofile(),
        threading.active_count(),
        Path(os.curdir).absolute(),
        _limits(),
        _works(),
    )


def _limits() -> tuple[object, ...]:
    """What the system lets this process have, and when it will interrupt it."""
    if sys.platform == "win32":
        return ()
    import resource
    import signal

    names = ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_NOFILE")
    limits = [resource.getrlimit(getattr(resource, name)) for name in names]
    return (*limits, signal.getitimer(signal.ITIMER_REAL)[0] > 0)


def _works() -> bool:
    """Whether modules can be imported and files be opened, which a hook may forbid for good."""
    try:
        sys.audit("import", __name__, None, None, None, None)
        os.close(os.open(os.devnull, os.O_RDONLY))
    except BaseException:  # noqa: BLE001 - whatever it raises, the next plugin must not meet it
        return False
    return True

"""The registry in force: one for the process, and another for a context that asks for it.

The context is Python's (``contextvars``): a thread starts without one, and so with the registry
of the process; a task of ``asyncio`` has that of the code that started it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from poise.processes.locks import ForkSafeLock
from poise.registry.loaders import Direct, Judged, Loader
from poise.registry.lookup import Registry

_default: Registry | None = None
"""The registry that tests or embedders have set for the process."""
_installed: Registry | None = None
_loader: Loader = Direct()
_default_lock = ForkSafeLock()
_of_context: ContextVar[Registry | None] = ContextVar("poise_registry", default=None)


def default() -> Registry:
    """The registry in force: that of ``using``, else of ``reset``, else of what is installed."""
    of_context = _of_context.get()
    if of_context is not None:
        return of_context
    with _default_lock:
        return installed() if _default is None else _default


def installed() -> Registry:
    """The registry of the installed plugins, created by the first call."""
    global _installed
    with _default_lock:
        if _installed is None:
            _installed = Registry()
            _installed.loader = _loader
        return _installed


@contextmanager
def using(registry: Registry | None) -> Iterator[None]:
    """Use a registry inside the ``with`` block, and nowhere else.

    Other threads and tasks that run at the same time keep theirs. A thread that is started
    inside the block does not have the registry of the block: it begins with an empty context.
    Run its function by ``contextvars.copy_context().run``, or use the registry there again.

    Args:
        registry: the registry; ``None`` keeps the one in force.
    """
    token = _of_context.set(default() if registry is None else registry)
    try:
        yield
    finally:
        _of_context.reset(token)


def register(*specs: Any, registry: Registry | None = None, replace: bool = False) -> None:
    """Use backbones, heads, encoders or other plugins at once, without a distribution.

    For notebooks and scripts: the keys can then be built, read, listed and tested like those of
    installed plugins, in this process. A key that was registered before is replaced, so a cell
    can run again. ``POISE_PLUGINS`` and ``POISE_DISABLE`` choose among installed plugins, and
    do not concern what a program registers. Other processes do not have the keys: to load a
    saved model there, register them there, or make a distribution with ``poise new``.

    Args:
        specs: a ``poise.BackboneSpec``, ``HeadSpec`` or ``EncoderSpec`` each, or a spec of
            another kind.
        registry: where to register them; by default the registry in force.
        replace: whether a spec may stand in place of one that is installed under its key.

    Raises:
        PluginClashError: an installed plugin provides the key.
        PluginError: a spec breaks the contract; the message names cause and fix.
    """
    (default() if registry is None else registry).register(*specs, replace=replace)


def guard() -> None:
    """Have plugins judged in another process before they are imported into this one.

    For a program that owns its process, as the command line does.
    """
    global _loader
    _loader = Judged()
    reset()


def loader() -> Loader:
    """How the installed plugins are loaded."""
    return _loader


def reset(registry: Registry | None = None) -> None:
    """Discover plugins again, or set the registry of the process (for tests and embedding).

    A block of ``using`` keeps its own.
    """
    global _default, _installed
    with _default_lock:
        _default = registry
        if registry is None:
            _installed = None

"""The registry in force: that of the installed plugins, unless a test or an embedder set one."""

from __future__ import annotations

from poise.processes.locks import ForkSafeLock
from poise.registry.loaders import Direct, Judged, Loader
from poise.registry.lookup import Registry

_default: Registry | None = None
"""The registry that tests or embedders have set."""
_installed: Registry | None = None
_loader: Loader = Direct()
_default_lock = ForkSafeLock()


def default() -> Registry:
    """The registry in force: that of the installed plugins, unless ``reset`` set another."""
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


def guard() -> None:
    """Have plugins judged in another process before they are imported into this one.

    For a program that owns its process, as the command line does.
    """
    global _loader
    _loader = Judged()
    reset()


def reset(registry: Registry | None = None) -> None:
    """Discover plugins again, or set another registry (for tests and embedding)."""
    global _default, _installed
    with _default_lock:
        _default = registry
        if registry is None:
            _installed = None

"""Which files a plugin depends on: record who imports whom while plugins are judged."""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Iterable, Iterator, Set
from typing import Any

from poise.registry.remembering import Stamp, stamp_of

COMMON = "poise"
"""The package under whose name the files are that were imported before any plugin."""


class Trace:
    """The imports of this interpreter, package by package.

    A plugin depends on each package that it imports, on what that package imports, and so on,
    even if another plugin imported it first. Packages of the standard library change only with
    the interpreter, so they are left out.

    Args:
        began: time in nanoseconds; files that changed since then are no base for a verdict, as
            an older version of them may have been imported.
    """

    def __init__(self, began: int) -> None:
        self._began = began
        self._imports: dict[str, set[str]] = {}
        self._modules: set[str] = set()
        self._files: dict[str, set[str]] = {}

    def start(self) -> None:
        """Record all imports from now on."""
        whole, module = builtins.__import__, importlib.import_module

        def traced_import(name: str, *args: Any, **kwargs: Any) -> Any:
            arguments = {**dict(zip(_ARGUMENTS, args, strict=False)), **kwargs}
            if arguments.get("globals") and not arguments.get("level"):
                self._note(arguments["globals"].get("__name__"), name)
            return whole(name, *args, **kwargs)

        def traced_import_module(name: str, package: str | None = None) -> Any:
            if not name.startswith("."):
                self._note(sys._getframe(1).f_globals.get("__name__"), name)
            return module(name, package)

        builtins.__import__ = traced_import
        importlib.import_module = traced_import_module

    def new_files(self) -> dict[str, dict[str, Stamp | None]]:
        """Package → path → stamp, of what was imported since the last call.

        The first call gives what all plugins share. The stamp of a file that changed since
        ``began`` is ``None``.
        """
        new = set(sys.modules) - self._modules
        by_package: dict[str, set[str]] = {}
        for name, path in _paths(new):
            package = name.partition(".")[0] if self._modules else COMMON
            if path not in self._files.get(COMMON, ()):
                by_package.setdefault(package, set()).add(path)
        self._modules |= new
        for package, paths in by_package.items():
            paths -= self._files.setdefault(package, set())
            self._files[package] |= paths
        return {package: dict(map(self._stamped, paths)) for package, paths in by_package.items()}

    def needs(self, package: str, new: Iterable[str]) -> list[str]:
        """The packages that a plugin depends on.

        Args:
            package: its own.
            new: packages that were first imported while it was loaded, however that was done.
        """
        waiting, needed = {package, *new}, {COMMON}
        while waiting:
            name = waiting.pop()
            needed.add(name)
            waiting |= self._imports.get(name, set()) - needed
        return sorted(needed & self._files.keys())

    def _note(self, importer: Any, name: str) -> None:
        if not isinstance(importer, str) or not isinstance(name, str):
            return
        source, target = importer.partition(".")[0], name.partition(".")[0]
        if source != target and target not in _STANDARD and source not in _LOADERS:
            self._imports.setdefault(source, set()).add(target)

    def _stamped(self, path: str) -> tuple[str, Stamp | None]:
        stamp = stamp_of(path)
        return path, None if stamp is None or stamp[0] >= self._began else stamp


_ARGUMENTS = ("globals", "locals", "fromlist", "level")
"""Of ``__import__``, after the name."""

_STANDARD: Set[str] = sys.stdlib_module_names
_LOADERS = ("poise", "importlib_metadata")
"""Packages that import plugins because they are asked to, not because they need them."""


def _paths(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        if name.partition(".")[0] not in _STANDARD:
            path = _file(sys.modules.get(name))
            if path:
                yield name, path


def _file(module: Any) -> str:
    try:
        path = vars(module).get("__file__")
    except BaseException:  # noqa: BLE001 - whatever a plugin puts among the modules may raise
        return ""
    return path if type(path) is str else ""

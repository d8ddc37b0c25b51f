"""Shared by several commands: import Keras, reject unknown keys, report faults."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from poise import registry
from poise.cli import _output
from poise.errors import FaultsError, PoiseError, UnknownKeyError
from poise.registry.discovery import KINDS


def import_keras() -> None:
    """Import Keras with its backend, and keep TensorFlow's start-up messages from the terminal.

    Raises:
        PoiseError: Keras or its backend cannot be imported; the message says what to install.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import keras  # noqa: F401
    except ImportError as error:
        raise PoiseError(
            f"this command needs Keras and a backend, which cannot be imported: {error}\n"
            f"  fix: pip install 'poise[tensorflow]' (or jax, or torch, and set KERAS_BACKEND); "
            f"this is {sys.executable}"
        ) from None


def refuse_unknown_keys(keys: Sequence[str], kind: str | None) -> None:
    """Raise unless a plugin, even a broken one, provides every key.

    Args:
        keys: the keys to look up.
        kind: the kind that the keys must be of, for example ``head``; ``None`` for any kind.

    Raises:
        UnknownKeyError: no plugin provides a key; the message suggests a similar one.
    """
    plugins = registry.default()
    for key in keys:
        if kind is None:
            if not any(key in plugins.keys(plugin_kind) for plugin_kind in KINDS):
                registry.find(key)  # raises, and suggests a similar key of any kind
            continue
        of_kind = next(plugin_kind for plugin_kind in KINDS if plugin_kind.name == kind)
        if key not in plugins.keys(of_kind):
            raise UnknownKeyError(plugins.unknown(of_kind, key))


def within(file: Path, text: str) -> str:
    """A text that stands below the name of a file, without that name at its beginning."""
    for after in (": ", ":\n", os.sep):
        if text.startswith(f"{file}{after}"):
            return text[len(str(file)) + len(after) :].strip()
    return text


def complain_of_faults(file: Path, error: FaultsError) -> None:
    """Write every fault of a file to standard error, each on a line of its own.

    Args:
        file: the file as the user named it.
        error: the error with its faults. Its heading stands above them, unless it is the file.
    """
    count = len(error.faults)
    lines = [f"{file}: {count} {'fault' if count == 1 else 'faults'}"]
    indent = "  "
    if error.heading not in ("", str(file)):
        lines.append(f"  {within(file, error.heading)}:")
        indent = "    "
    for fault in error.faults:
        lines += [f"{indent}{line}" for line in str(fault).splitlines()]
    _output.complain("\n".join(lines))

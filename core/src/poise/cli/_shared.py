"""Shared by several commands: import Keras, reject unknown keys, report faults."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from poise import registry, settings
from poise.cli import _output
from poise.errors import Fault, FaultsError, PoiseError, UnknownKeyError
from poise.processes.garbage import collector_at_rest
from poise.processes.noise import noise_kept_back


def import_keras(*, in_batches: bool = False) -> None:
    """Import Keras with its backend, and keep start-up messages of the backend from the terminal.

    A line on standard error says so, as it takes seconds. The messages are shown if the import
    fails, and if ``TF_CPP_MIN_LOG_LEVEL`` is set to less than 3, which asks for them.

    Args:
        in_batches: whether the command trains, or its networks see several images at once. On a
            CPU TensorFlow then computes with oneDNN, unless the user has decided. For single
            images oneDNN is slower, and TensorFlow's default stays.

    Raises:
        PoiseError: Keras or its backend cannot be imported; the message says what to install.
    """
    if in_batches and "tensorflow" not in sys.modules:  # it reads this when it is imported
        os.environ.setdefault(settings.ONEDNN.name, "1")
    if sys.modules.get("keras") is not None:
        return  # the program that has imported it keeps its garbage as it likes
    level = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _output.complain("importing Keras, which takes some seconds")
    catching = nullcontext() if level in ("0", "1", "2") else noise_kept_back()
    try:
        with collector_at_rest(), catching:
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
            if not any(key in plugins.keys(plugin_kind) for plugin_kind in plugins.kinds):
                registry.find(key)  # raises, and suggests a similar key of any kind
            continue
        of_kind = plugins.kind(kind)
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
    lines += lines_of_faults(heading_within(file, error), error.faults)
    _output.complain("\n".join(lines))


def heading_within(file: Path, error: FaultsError) -> str:
    """The heading of an error as it stands below the name of its file; empty if it is the file."""
    return "" if error.heading == str(file) else within(file, error.heading)


def lines_of_faults(heading: str, faults: Sequence[Fault]) -> list[str]:
    """Faults as lines below the name of their file.

    Args:
        heading: the line above them; empty for none.
        faults: each begins on a line of its own.
    """
    lines, indent = ([f"  {heading}:"], "    ") if heading else ([], "  ")
    for fault in faults:
        first, *further = str(fault).splitlines()
        lines += [f"{indent}{first}", *(f"{indent}  {line}" for line in further)]
    return lines

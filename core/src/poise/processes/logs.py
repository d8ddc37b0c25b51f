"""What the library does, told to the program that it is part of: the logger ``poise``."""

from __future__ import annotations

import sys

ROOT = "poise"
"""The name of the logger; those of modules are below it."""


def debug(module: str, text: str, *values: object) -> None:
    """Tell a detail, as a plugin that was loaded.

    Args:
        module: ``__name__`` of the caller.
        text: with ``%s`` for each value.
        values: written only if somebody listens.
    """
    _tell("DEBUG", module, text, values)


def info(module: str, text: str, *values: object) -> None:
    """Tell a step, as a model that was built. Arguments are those of ``debug``."""
    _tell("INFO", module, text, values)


def warning(module: str, text: str, *values: object) -> None:
    """Tell what somebody should look at. Arguments are those of ``debug``."""
    _tell("WARNING", module, text, values)


def _tell(level: str, module: str, text: str, values: tuple[object, ...]) -> None:
    # Who listens has imported the module; to import it only for nobody would cost.
    logging = sys.modules.get("logging")
    if logging is None or not callable(getattr(logging, "getLogger", None)):
        return
    root = logging.getLogger(ROOT)
    if not root.handlers:
        root.addHandler(logging.NullHandler())  # or a program without any would print warnings
    logger = logging.getLogger(module)
    logger.log(getattr(logging, level), text, *values, stacklevel=3)

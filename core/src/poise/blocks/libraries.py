"""Libraries that backbones are taken from."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from poise.errors import BuildError, Fault

SIDE = 64
"""Height and width that a library's network is built for before it is replayed on an image.

Every stride up to 32 divides it, and the coarsest maps have more than one cell.
"""


def library(module: str, distributions: str, key: str) -> Any:
    """A library's module.

    Args:
        module: its import name.
        distributions: what to install for it.
        key: of the backbone that needs it.

    Raises:
        BuildError: it cannot be imported.
    """
    try:
        return import_module(module)
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        what = (
            f"needs the library {module}, which cannot be imported: "
            f"{type(error).__name__}: {first}; pip install {distributions}"
        )
        raise BuildError([Fault(what, f"model.backbone.{key}")]) from error

"""Many videos, many workers: a queue in a folder, and what a plugin that runs workers implements."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poise_workflows.queueing.contract import EngineError as EngineError
    from poise_workflows.queueing.contract import EngineSpec as EngineSpec
    from poise_workflows.queueing.contract import Work as Work

_HOMES = {"EngineError": "contract", "EngineSpec": "contract", "Work": "contract"}
"""Public name → its module, which is imported on first use."""

__all__ = ["EngineError", "EngineSpec", "Work"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)

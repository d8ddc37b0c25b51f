"""Which frames are worth labeling next, and what a plugin that says so implements."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poise_workflows.suggesting.contract import Predictions as Predictions
    from poise_workflows.suggesting.contract import SuggesterSpec as SuggesterSpec

_HOMES = {"Predictions": "contract", "SuggesterSpec": "contract"}
"""Public name → its module, which is imported on first use."""

__all__ = ["Predictions", "SuggesterSpec"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)

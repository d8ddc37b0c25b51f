"""Points from a graph: preprocessing, network, peaks and refinement as one ``keras.Model``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poise_workflows.exporting.points.describing import Description as Description
    from poise_workflows.exporting.points.describing import description_of as description_of
    from poise_workflows.exporting.points.modeling import points_model as points_model

_HOMES = {
    "Description": "describing",
    "description_of": "describing",
    "points_model": "modeling",
}
"""Public name → its module, which is imported on first use."""

__all__ = ["Description", "description_of", "points_model"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)

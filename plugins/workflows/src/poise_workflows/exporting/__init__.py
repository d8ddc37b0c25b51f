"""Models in the formats of other runtimes, and what a plugin with an exporter implements."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poise_workflows.exporting.contract import ExporterSpec as ExporterSpec
    from poise_workflows.exporting.contract import Library as Library
    from poise_workflows.exporting.contract import Subject as Subject
    from poise_workflows.exporting.errors import ExportError as ExportError

_HOMES = {
    "ExportError": "errors",
    "ExporterSpec": "contract",
    "Library": "contract",
    "Subject": "contract",
}
"""Public name → its module, which is imported on first use."""

__all__ = ["ExportError", "ExporterSpec", "Library", "Subject"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)

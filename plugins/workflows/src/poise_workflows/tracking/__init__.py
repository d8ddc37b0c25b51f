"""Identities over time: trackers, and what a plugin that brings one implements."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poise_workflows.tracking.arrays import track_arrays as track_arrays
    from poise_workflows.tracking.contract import Setting as Setting
    from poise_workflows.tracking.contract import Sight as Sight
    from poise_workflows.tracking.contract import Sightings as Sightings
    from poise_workflows.tracking.contract import Tracked as Tracked
    from poise_workflows.tracking.contract import Tracker as Tracker
    from poise_workflows.tracking.contract import TrackerSpec as TrackerSpec

_HOMES = {
    "Setting": "contract",
    "Sight": "contract",
    "Sightings": "contract",
    "Tracked": "contract",
    "Tracker": "contract",
    "TrackerSpec": "contract",
    "track_arrays": "arrays",
}
"""Public name → its module, which is imported on first use."""

__all__ = ["Setting", "Sight", "Sightings", "Tracked", "Tracker", "TrackerSpec", "track_arrays"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)

"""Which tracker SLEAP's options mean: some of them choose another one than they name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from poise import registry
from poise.errors import Fault
from poise.messages import suggestion
from poise_workflows.prediction.options import OptionsError
from poise_workflows.tracking.contract import TrackerSpec

KALMAN = "kalman"
OF_KALMAN = "kf_init_frame_count"


def spec_of(name: str, path: str = "tracker") -> TrackerSpec:
    """The tracker of a name, from whatever distribution provides it.

    Args:
        name: the tracker.
        path: how the user names it, for an error.

    Raises:
        OptionsError: there is none.
        PluginError: it is broken; the message names cause and fix.
    """
    trackers = registry.default().plugins_of("tracker")
    if name not in trackers:
        what = f"must be a tracker, got {name!r}; {suggestion(name, trackers, noun='installed')}"
        raise OptionsError([Fault(what, path)])
    spec: TrackerSpec = trackers[name]
    return spec


def name_of(tracker: str, options: Mapping[str, Any]) -> str:
    """The tracker that SLEAP's options mean: with Kalman filters it is ``kalman``.

    Args:
        tracker: the name that the options give, as ``simple``.
        options: the others.

    Raises:
        OptionsError: Kalman filters do not begin with this tracker.
    """
    if tracker == KALMAN or not int(options.get(OF_KALMAN) or 0):
        return tracker
    if tracker not in ("simple", "simplemaxtracks"):
        what = (
            f"must be 'simple' or 'simplemaxtracks' to begin Kalman filters with, got {tracker!r}"
        )
        raise OptionsError([Fault(what, "tracker")])
    return KALMAN

"""Which tracker SLEAP's options mean: some of them choose another one than they name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from poise.errors import Fault
from poise.messages import suggestion
from poise_workflows.prediction.options import OptionsError
from poise_workflows.tracking.contract import TrackerSpec

KALMAN = "kalman"
OF_KALMAN = "kf_init_frame_count"


def trackers() -> dict[str, TrackerSpec]:
    """Every tracker by its name."""
    from poise_workflows.tracking.plugin import poise_trackers

    return {spec.key: spec for spec in poise_trackers()}


def spec_of(name: str) -> TrackerSpec:
    """The tracker of a name.

    Raises:
        OptionsError: there is none.
    """
    specs = trackers()
    if name not in specs:
        what = f"must be a tracker, got {name!r}; {suggestion(name, specs)}"
        raise OptionsError([Fault(what, "tracker")])
    return specs[name]


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

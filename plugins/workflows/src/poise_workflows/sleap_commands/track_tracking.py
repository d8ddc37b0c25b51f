"""``--tracking.*`` of SLEAP as Poise's options of a tracker."""

from __future__ import annotations

from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import argument_path
from poise_workflows.prediction.options import OptionsError
from poise_workflows.sleap_commands.track_parser import TRACKING

EDITION = ("--tracking.edition", "sleap-1.4")
"""What gives SLEAP's tracks."""

DEFAULT = "flow"
"""The tracker that SLEAP takes if an option of trackers is given, and no tracker."""

OF_FLOW = ("img_scale", "of_window_size", "of_max_levels", "save_shifted_instances")
OF_KALMAN = ("kf_init_frame_count", "kf_node_indices")


@attrs.frozen(kw_only=True)
class Tracking:
    """A tracker and its options.

    Attributes:
        tracker: Poise's name; empty for none.
        options: its options, as words of a command line.
        notes: options that are ignored, a sentence each.
    """

    tracker: str = ""
    options: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def words(self, name: str = "--track") -> list[str]:
        """The tracker and its options, as words of a command line."""
        return [name, self.tracker, *self.options, *EDITION] if self.tracker else []


def tracking_of(options: Any) -> Tracking:
    """The tracker that SLEAP would take.

    Args:
        options: what the parser read.

    Raises:
        OptionsError: SLEAP refuses such Kalman filters, or a number is none.
    """
    given = {
        name: value
        for name in TRACKING
        if (value := getattr(options, f"tracking.{name}")) is not None
    }
    tracker = str(given.pop("tracker", DEFAULT if given else "")).lower()
    if tracker in ("", "none"):
        return Tracking(notes=tuple(_ignored(name, "there is no tracker") for name in given))
    is_kalman = _number(given, "kf_init_frame_count") > 0
    if is_kalman:
        _refuse_kalman(tracker, given)
    notes = []
    for name in (*(() if tracker.startswith("flow") else OF_FLOW), *OF_KALMAN):
        if name in given and not (is_kalman and name in OF_KALMAN):
            del given[name]
            notes.append(_ignored(name, f"the tracker {tracker} has no such option"))
    words = [word for name, value in given.items() for word in (f"--tracking.{name}", value)]
    return Tracking(
        tracker="kalman" if is_kalman else tracker, options=tuple(words), notes=tuple(notes)
    )


def _refuse_kalman(tracker: str, given: dict[str, str]) -> None:
    faults = []
    if tracker.startswith("flow"):
        faults.append(Fault(f"must be simple for Kalman filters, got {tracker}", _path("tracker")))
    if not given.get("kf_node_indices"):
        what = "must be the parts that Kalman filters follow, as 0,1,2, got none"
        faults.append(Fault(what, _path("kf_node_indices")))
    if faults:
        raise OptionsError(faults, "SLEAP refuses these Kalman filters, too")


def _number(given: dict[str, str], name: str) -> float:
    try:
        return float(given.get(name) or 0)
    except ValueError:
        what = f"must be a whole number, got {given[name]!r}"
        raise OptionsError([Fault(what, _path(name))]) from None


def _path(name: str) -> str:
    return argument_path(f"--tracking.{name}")


def _ignored(name: str, why: str) -> str:
    return f"--tracking.{name} is ignored, as in SLEAP: {why}"

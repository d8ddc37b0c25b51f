"""Find trackers by name: the one place that knows how they are registered."""

from __future__ import annotations

from poise.errors import Fault, PluginError
from poise.messages import argument_path, suggestion
from poise_workflows.prediction.options import OptionsError
from poise_workflows.tracking.contract import TrackerSpec


def tracker_spec(name: str) -> TrackerSpec:
    """The tracker of a name.

    Raises:
        OptionsError: no plugin provides it; the message names the nearest one.
        PluginError: the plugin is broken.
    """
    names = tracker_names()
    if name not in names:
        what = f"must be a tracker, got {name!r}; {suggestion(name, names, noun='installed')}"
        raise OptionsError([Fault(what, argument_path("track"))])
    return _loaded(name)


def tracker_names() -> list[str]:
    """The names of all installed trackers, sorted. No plugin is imported."""
    from importlib.metadata import entry_points

    return sorted(entry_points(group="poise.trackers").names)


def _loaded(name: str) -> TrackerSpec:
    from importlib.metadata import entry_points

    (point,) = entry_points(group="poise.trackers", name=name)
    for spec in point.load().poise_trackers():
        if spec.key == name:
            assert isinstance(spec, TrackerSpec)
            return spec
    raise PluginError(f"{point.value} must provide the tracker {name!r}, got others")

"""The kind ``tracker``, which this distribution opens: group ``poise.trackers``.

Poise imports this module when a tracker is listed, shown, tested, created or used.
"""

from __future__ import annotations

from collections.abc import Iterable

from poise.hookspecs import hookspec
from poise.specs import PluginKind
from poise_workflows.tracking.contract import API, TrackerSpec


class Hooks:
    """The hooks that a plugin with trackers implements."""

    @staticmethod
    @hookspec
    def poise_trackers() -> Iterable[TrackerSpec]:  # type: ignore[empty-body]
        """The trackers of this plugin, one for each of its ``poise.trackers`` entry points."""


KIND = PluginKind(
    spec=TrackerSpec,
    api=API,
    hooks=Hooks,
    summary="Gives each instance of a frame the track of an animal",
    checks=(
        "poise_workflows.tracking.testing.checks",
        "poise_workflows.tracking.testing.states",
    ),
    subject="poise_workflows.tracking.testing.subjects:TrackerSubject",
    templates="poise_workflows.tracking.templates",
    requires=("poise>=0.1", "poise-workflows>=0.1"),
)

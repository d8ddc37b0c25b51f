"""The kind ``engine``, which this distribution opens: group ``poise.engines``.

Poise imports this module when an engine is listed, shown, tested, created or used.
"""

from __future__ import annotations

from collections.abc import Iterable

from poise.hookspecs import hookspec
from poise.specs import PluginKind
from poise_workflows.queueing.contract import API, EngineSpec


class Hooks:
    """The hooks that a plugin with engines implements."""

    @staticmethod
    @hookspec
    def poise_engines() -> Iterable[EngineSpec]:  # type: ignore[empty-body]
        """The engines of this plugin, one for each of its ``poise.engines`` entry points."""


KIND = PluginKind(
    spec=EngineSpec,
    api=API,
    hooks=Hooks,
    summary="Runs the workers that predict the videos of a queue",
    checks=("poise_workflows.queueing.testing.checks",),
    subject="poise_workflows.queueing.testing.subjects:EngineSubject",
    templates="poise_workflows.queueing.templates",
    requires=("poise>=0.1", "poise-workflows>=0.1"),
)

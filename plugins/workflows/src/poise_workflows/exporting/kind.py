"""The kind ``exporter``, which this distribution opens: group ``poise.exporters``.

Poise imports this module when an exporter is listed, shown, tested, created or used.
"""

from __future__ import annotations

from collections.abc import Iterable

from poise.hookspecs import hookspec
from poise.specs import PluginKind
from poise_workflows.exporting.contract import API, ExporterSpec


class Hooks:
    """The hooks that a plugin with exporters implements."""

    @staticmethod
    @hookspec
    def poise_exporters() -> Iterable[ExporterSpec]:  # type: ignore[empty-body]
        """The exporters of this plugin, one for each of its ``poise.exporters`` entry points."""


KIND = PluginKind(
    spec=ExporterSpec,
    api=API,
    hooks=Hooks,
    summary="Writes a model in the format of another runtime",
    checks=("poise_workflows.exporting.testing.checks",),
    subject="poise_workflows.exporting.testing.subjects:ExporterSubject",
    builds=True,
    templates="poise_workflows.exporting.templates",
    requires=("poise>=0.1", "poise-workflows>=0.1"),
)

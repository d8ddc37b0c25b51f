"""The kind ``suggester``, which this distribution opens: group ``poise.suggesters``.

Poise imports this module when a suggester is listed, shown, tested, created or used.
"""

from __future__ import annotations

from collections.abc import Iterable

from poise.hookspecs import hookspec
from poise.specs import PluginKind
from poise_workflows.suggesting.contract import API, SuggesterSpec


class Hooks:
    """The hooks that a plugin with suggesters implements."""

    @staticmethod
    @hookspec
    def poise_suggesters() -> Iterable[SuggesterSpec]:  # type: ignore[empty-body]
        """The suggesters of this plugin, one for each of its ``poise.suggesters`` entry points."""


KIND = PluginKind(
    spec=SuggesterSpec,
    api=API,
    hooks=Hooks,
    summary="Says which predicted frames are worth labeling",
    checks=("poise_workflows.suggesting.testing.checks",),
    subject="poise_workflows.suggesting.testing.subjects:SuggesterSubject",
    templates="poise_workflows.suggesting.templates",
    requires=("numpy>=1.26", "poise>=0.1", "poise-workflows>=0.1"),
)

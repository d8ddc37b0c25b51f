"""The suggesters of Poise, by the door of every other plugin: the hook ``poise_suggesters``."""

from __future__ import annotations

from poise.hookspecs import hookimpl
from poise_workflows.suggesting.contract import SuggesterSpec
from poise_workflows.suggesting.jumps import jump_badness
from poise_workflows.suggesting.measures import count_badness, missing_badness, score_badness


@hookimpl
def poise_suggesters() -> list[SuggesterSpec]:
    """The specs of all suggesters of Poise."""
    return [
        SuggesterSpec(
            key="score",
            badness=score_badness,
            summary="The model is unsure of an animal",
        ),
        SuggesterSpec(
            key="jump",
            badness=jump_badness,
            summary="A part jumps from one frame to the next",
        ),
        SuggesterSpec(
            key="count",
            badness=count_badness,
            summary="There are more or fewer animals than usual",
        ),
        SuggesterSpec(
            key="missing",
            badness=missing_badness,
            summary="Parts, or whole animals, were not found",
        ),
    ]

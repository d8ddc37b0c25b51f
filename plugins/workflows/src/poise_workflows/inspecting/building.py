"""From a request to what is said of its network, which Keras builds."""

from __future__ import annotations

from typing import Any

import poise
from poise.inspection.blocks import blocks
from poise.messages import argument, join_names
from poise.reading import ImageUnknownError
from poise.reading.standing_in import Resolved
from poise.writing.whole_files import write_text
from poise_workflows.inspecting.networks import NetworkFacts, smallest_field
from poise_workflows.inspecting.requests import Request


def inspect_network(request: Request) -> NetworkFacts:
    """Build a network, and draw it if that was asked for; errors as of ``inspect``."""
    facts = _facts(request)
    if request.diagram is not None:
        from poise_workflows.inspecting.drawing import drawing

        write_text(request.diagram, drawing(facts))
    return facts


def _facts(request: Request) -> NetworkFacts:
    model = _built(request)
    costs = poise.inspect(model)
    reading, labeled = request.reading, request.labeled
    resolution = request.resolved.resolution
    _, field = smallest_field(costs)
    return NetworkFacts(
        source=request.source,
        read_from=reading.source,
        backbone=resolution.backbone.key,
        head=resolution.head.key,
        edition=reading.config.edition,
        image=(*costs.image, int(model.inputs[0].shape[3])),
        image_from=request.chosen.origin,
        batch_size=request.batch_size,
        inspection=costs,
        blocks=blocks(model, costs),
        animals=labeled.animals(reading.input_scaling, field) if labeled else None,
        notes=tuple(_notes(request.resolved)),
        diagram=request.diagram,
    )


def _built(request: Request) -> Any:
    reading, image, resolved = request.reading, request.chosen.image, request.resolved
    weights = "auto" if reading.weights is not None else "none"
    options: dict[str, Any] = {}
    if resolved.skeleton != reading.skeleton:
        options["skeleton"] = resolved.skeleton
    if resolved.classes != reading.classes:
        options["classes"] = resolved.classes
    try:
        return reading.build_with_report(image, weights, **options).model
    except ImageUnknownError:  # the weights do not tell the channels either
        channels = (request.labeled.channels if request.labeled else None) or 1
        return reading.build_with_report((*image[:2], channels), weights, **options).model


def _notes(resolved: Resolved) -> list[str]:
    if not resolved.missing:
        return []
    how = join_names([argument(name) for name in ("labels", "skeleton", "classes")])
    what = "nothing names the parts or classes, so that outputs have the channels of made-up ones"
    return [f"{what}; to name them: {how}"]

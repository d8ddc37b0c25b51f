"""All published weights that installed plugins know of."""

from __future__ import annotations

from poise import registry
from poise.errors import WeightsError
from poise.messages import suggestion
from poise.specs import PublishedWeights


def catalogue() -> dict[str, PublishedWeights]:
    """Published weights by name, sorted. Loads every plugin; those that fail are left out."""
    found: list[PublishedWeights] = []
    for backbone in registry.default().backbones.values():
        found += backbone.published() if backbone.published is not None else ()
    for encoder in registry.default().encoders.values():
        if encoder.pretrained is not None:
            found.append(encoder.pretrained())
    return {one.name: one for one in sorted(found, key=lambda one: one.name)}


def published_as(name: str) -> PublishedWeights:
    """The published weights of a name.

    Args:
        name: theirs, or that of the encoder that they are for.

    Raises:
        WeightsError: no installed plugin knows of them; names the closest.
    """
    encoders = registry.default().encoders
    if name in encoders:
        pretrained = encoders[name].pretrained
        if pretrained is None:
            raise WeightsError(f"for the encoder {name!r} no weights are published")
        return pretrained()
    known = catalogue()
    if name not in known:
        near = suggestion(name, [*known, *encoders], noun="known")
        raise WeightsError(f"no published weights {name!r}; {near}")
    return known[name]

"""All published weights that installed plugins declare."""

from __future__ import annotations

from poise import registry
from poise.errors import WeightsError
from poise.messages import suggestion
from poise.specs import PublishedWeights


def catalog() -> dict[str, PublishedWeights]:
    """Published weights by name, sorted. Loads every plugin and skips those that fail."""
    published: list[PublishedWeights] = []
    for backbone in registry.default().backbones.values():
        published += backbone.published() if backbone.published is not None else ()
    for encoder in registry.default().encoders.values():
        if encoder.pretrained is not None:
            published.append(encoder.pretrained())
    return {
        weights.name: weights for weights in sorted(published, key=lambda weights: weights.name)
    }


def published_as(name: str) -> PublishedWeights:
    """The published weights of a name.

    Args:
        name: the name of the weights, or of the encoder that they are for.

    Raises:
        WeightsError: no installed plugin declares them; the message gives the nearest name.
    """
    encoders = registry.default().encoders
    if name in encoders:
        pretrained = encoders[name].pretrained
        if pretrained is None:
            raise WeightsError(f"no weights are published for the encoder {name!r}")
        return pretrained()
    published = catalog()
    if name not in published:
        near = suggestion(name, [*published, *encoders], noun="known")
        raise WeightsError(f"no published weights {name!r}; {near}")
    return published[name]

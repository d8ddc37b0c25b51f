"""All published weights that installed plugins declare."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from poise import registry
from poise.errors import PluginError, WeightsError
from poise.messages import suggestion
from poise.registry.discovery import BACKBONE, ENCODER
from poise.specs import BackboneSpec, EncoderSpec, PublishedWeights


@attrs.frozen
class Catalog:
    """The published weights that installed plugins declare.

    Attributes:
        entries: published weights by name, sorted.
        failures: why plugins that may declare more could not be asked.
    """

    entries: dict[str, PublishedWeights]
    failures: tuple[PluginError, ...]


def catalog() -> Catalog:
    """All published weights. Loads every plugin; those that fail are in ``failures``."""
    published: list[PublishedWeights] = []
    failures: list[PluginError] = []
    plugins = registry.default()
    for kind in (BACKBONE, ENCODER):
        for key in plugins.keys(kind):
            try:
                published += _published_by(plugins.spec(kind, key))
            except PluginError as error:
                if plugins.policy.strict:
                    raise
                failures.append(error)
    ordered = sorted(published, key=lambda weights: weights.name)
    return Catalog({weights.name: weights for weights in ordered}, tuple(failures))


def _published_by(spec: BackboneSpec | EncoderSpec) -> Sequence[PublishedWeights]:
    if isinstance(spec, BackboneSpec):
        return () if spec.published is None else spec.published()
    return () if spec.pretrained is None else (spec.pretrained(),)


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
    whole = catalog()
    published = whole.entries
    if name not in published and whole.failures:
        raise whole.failures[0]  # whose weights they may be
    if name not in published:
        near = suggestion(name, [*published, *encoders], noun="known")
        raise WeightsError(f"no published weights {name!r}; {near}")
    return published[name]

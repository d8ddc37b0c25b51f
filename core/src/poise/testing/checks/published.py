"""Checks of published weights."""

from __future__ import annotations

import re

from poise.messages import join_names
from poise.testing.check import NotApplicable, check, require
from poise.testing.checks.models import MODEL
from poise.testing.running_models import weights_by_layer
from poise.testing.subjects import FeatureSubject

CHECKSUM = re.compile(r"|md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}")


@check(
    "backbone",
    "encoder",
    scope="example",
    fix="let PublishedWeights.layers (or old_names) name the layers of the network that have "
    "weights, image_layers those that see the image; give an https URL, a checksum and a license",
    after=(*MODEL, "layers_with_weights_have_the_same_names_each_time"),
)
def published_weights_are_for_layers_that_it_has(subject: FeatureSubject) -> None:
    """Layers without published weights keep random ones, in a network that counts as trained."""
    published = subject.published
    if published is None:
        raise NotApplicable("there are no published weights for it")
    problem = f"checksum must be md5:…, sha256:… or empty, got {published.checksum!r}"
    require(CHECKSUM.fullmatch(published.checksum), problem)
    require(
        published.url.startswith("https://"), f"url must begin with https://, got {published.url!r}"
    )
    require(published.license, "no license is stated")
    old = {name for names in published.old_names.values() for name in names}
    expected = {name for name in published.layer_names() if name not in old} | {
        *published.old_names
    }
    layers = set(weights_by_layer(subject.model))
    missing = sorted(expected - layers)
    require(not missing, f"no layer with weights is called {join_names(missing, 3)}")
    blind = sorted(set(published.image_layers) - layers)
    require(not blind, f"image_layers must name layers with weights, got {join_names(blind, 3)}")
    if subject.kind.name == "encoder":
        random = sorted(layers - expected)
        require(not random, f"there are no weights for {join_names(random, 3)}")

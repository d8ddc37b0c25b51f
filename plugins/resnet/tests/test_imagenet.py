"""What is published for ResNet, and that it finds its layers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poise.specs import BackboneSpec
from poise_resnet import ResNetConfig
from poise_resnet.imagenet import published_weights

VERSIONS = ("ResNet50", "ResNet101", "ResNet152")


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_published_is_what_the_original_loads(shared: Path, version: str) -> None:
    facts = json.loads((shared / "spec" / "encoder_weights.json").read_text("utf-8"))
    fact = facts["resnet_backbone"][version.lower()]
    published = published_weights(version)
    assert published.file == fact["file"]
    assert published.url == fact["url"]
    assert published.checksum == f"{fact['hash']['algorithm']}:{fact['hash']['value']}"
    assert published.license.startswith(fact["licence"]["repository"].split()[0])


@pytest.mark.parametrize("version", VERSIONS)
def test_the_published_order_is_keras_order_of_layers(
    keras: Any, encoder: Callable[..., Any], version: str
) -> None:
    model = encoder(version=version, image=(None, None, 3))
    assert published_weights(version).layers == tuple(
        layer.name for layer in model.layers if layer.weights
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_order_and_size_of_what_is_published_are_those_of_keras_own_network(
    keras: Any, version: str
) -> None:
    model = getattr(keras.applications, version)(weights=None, include_top=False)
    assert published_weights(version).layers == tuple(
        layer.name for layer in model.layers if layer.weights
    )
    assert published_weights(version).size == 4 * model.count_params()


@pytest.mark.parametrize("weights", ["frozen", "tunable"])
def test_frozen_and_tunable_ask_for_the_weights_of_their_version(
    spec: BackboneSpec, weights: str
) -> None:
    assert spec.pretrained is not None
    for version in VERSIONS:
        published = spec.pretrained(ResNetConfig(version=version, weights=weights))
        assert published is not None
        assert published.name == f"{version.lower()}-imagenet-notop"


def test_random_asks_for_none(spec: BackboneSpec) -> None:
    assert spec.pretrained is not None
    assert spec.pretrained(ResNetConfig(weights="random")) is None

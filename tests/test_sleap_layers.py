"""Layers of an export: SLEAP's own, in the order in which Keras 2 keeps and loads them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import poise
from poise_workflows.exporting.sleap.editions import written_of
from poise_workflows.exporting.sleap.encoders import ENCODERS
from poise_workflows.exporting.sleap.graphs import Network, weights_of
from sleap_exports import GOLDEN, SKELETON, SMALL, of_sleap

pytestmark = pytest.mark.usefixtures("keras")

LAMBDAS = ("tile_channels", "imagenet_preproc_v1")

EVERY = [pytest.param(name, marks=[] if name in SMALL else pytest.mark.slow) for name in GOLDEN]


def layers_of(network: Network) -> list[tuple[str, str, list[str]]]:
    return [
        (
            layer.name,
            "Lambda" if layer.name in LAMBDAS else layer.class_name,
            list(dict.fromkeys(source.layer for source in layer.sources)),
        )
        for layer in network.ordered()
    ]


@pytest.mark.parametrize("name", EVERY)
def test_layers_are_those_of_sleap_in_its_order(name: str, golden: Path) -> None:
    """SLEAP loads a checkpoint by the positions of layers."""
    table = json.loads((golden / name / "tables.json").read_text(encoding="utf-8"))
    network = written_of(of_sleap(name)).network

    theirs = [(row["name"], row["class"], row["inbound"]) for row in table["layers"]]
    assert layers_of(network) == theirs
    for row in table["layers"][1:]:
        inner = network.layers[row["name"]].inner
        config = network.layers[row["name"]].config
        assert inner or config["trainable"] == row["trainable"], row["name"]
    weights = [weight for layer in network.ordered() for weight in weights_of(layer)]
    written = [(weight.layer, weight.role, list(weight.read().shape)) for weight in weights]
    assert written == [(row[0], row[1], row[2]) for row in table["weights"]]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name == "mobilenetv2" else pytest.mark.slow)
        for name in ENCODERS
    ],
)
def test_an_encoder_has_the_weights_of_sleaps_in_their_order(name: str, golden: Path) -> None:
    """Keras 2 gives a nested model its arrays by their order alone."""
    packed = (golden / "encoders" / "layers" / f"{name}.json.gz").read_bytes()
    facts: dict[str, Any] = json.loads(gzip.decompress(packed))
    section = {"encoder": name, "pretrained": True, "decoder_filters": 8, "output_stride": 2}
    data = {
        "edition": "sleap-1.4",
        "backbone": {"pretrained_encoder": section},
        "heads": {"single_instance": {"output_stride": 2}},
    }
    config = poise.ModelConfig.from_data(data)
    network = written_of(poise.build(config, (96, 96, 1), SKELETON, seed=0)).network

    names = [layer.name for layer in network.ordered()]
    assert names == [
        "input",
        "ensure_rgb",
        facts["sleap_nested_group"],
        "SingleInstanceConfmapsHead",
    ]
    inner = network.layers[facts["sleap_nested_group"]].inner
    assert inner is not None
    assert facts["layers"][0][0] in inner.layers
    weights = weights_of(network.layers[facts["sleap_nested_group"]])
    assert [weight.name for weight in weights] == facts["sleap_nested_weight_names"]

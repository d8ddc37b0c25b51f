"""The order of layers: by depth, and of one depth as a walk back from the outputs meets them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from poise_workflows.exporting.sleap.graphs import (
    INPUT,
    NESTED,
    Layer,
    Network,
    Source,
    Weight,
    weights_of,
)


def layer(name: str, *sources: str, inner: Network | None = None, weights: str = "") -> Layer:
    return Layer(
        class_name=NESTED if inner else "Add" if sources else INPUT,
        name=name,
        sources=tuple(map(Source, sources)),
        inner=inner,
        weights=tuple(
            Weight(layer=name, role=role, is_trainable=role.islower(), read=lambda: np.zeros(1))
            for role in weights.split()
        ),
    )


def network(*layers: Layer, outputs: Sequence[str]) -> Network:
    return Network("net", {each.name: each for each in layers}, tuple(map(Source, outputs)))


def names(net: Network) -> str:
    return " ".join(each.name for each in net.ordered())


def test_a_layer_follows_everything_that_it_needs() -> None:
    net = network(layer("c", "b"), layer("b", "a"), layer("a"), outputs=["c"])

    assert names(net) == "a b c"


def test_the_longest_way_to_an_output_counts() -> None:
    long = [layer("x1", "in"), layer("x2", "x1"), layer("x3", "x2")]
    net = network(
        layer("in"), layer("short", "in"), *long, layer("add", "short", "x3"), outputs=["add"]
    )

    # `short` is one step before the end, as `x3` is; the walk meets it first.
    assert names(net) == "in x1 x2 short x3 add"


def test_outputs_of_one_depth_have_the_order_of_the_outputs() -> None:
    net = network(layer("in"), layer("b", "in"), layer("a", "in"), outputs=["b", "a"])

    assert names(net) == "in b a"
    assert net.config()["output_layers"] == [["b", 0, 0], ["a", 0, 0]]


def test_an_output_within_the_network_stays_before_what_follows_it() -> None:
    net = network(layer("in"), layer("a", "in"), layer("b", "a"), outputs=["a", "b"])

    assert names(net) == "in a b"


def test_deep_networks_need_no_recursion() -> None:
    layers = [layer("0"), *(layer(str(n), str(n - 1)) for n in range(1, 5_000))]

    assert len(network(*layers, outputs=["4999"]).ordered()) == 5_000


def test_a_nested_model_counts_as_called_before() -> None:
    inner = network(layer("data"), layer("x", "data"), outputs=["data", "x"])
    net = Network(
        "net",
        {
            "in": layer("in"),
            "model": layer("model", "in", inner=inner),
            "head": Layer(class_name="Conv2D", name="head", sources=(Source("model", 1),)),
        },
        (Source("head"),),
    )

    config = net.config()
    assert config["layers"][2]["inbound_nodes"] == [[["model", 1, 1, {}]]]
    assert config["layers"][1]["config"]["input_layers"] == [["data", 0, 0]]


def test_arrays_that_train_are_written_before_the_others() -> None:
    norm = layer("norm", "data", weights="gamma beta MEAN VARIANCE")
    conv = layer("conv", "norm", weights="kernel")
    inner = network(layer("data"), norm, conv, outputs=["conv"])

    written = [weight.name for weight in weights_of(layer("model", "in", inner=inner))]
    assert written == [
        *("norm/gamma:0", "norm/beta:0", "conv/kernel:0", "norm/MEAN:0", "norm/VARIANCE:0")
    ]

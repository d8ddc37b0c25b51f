"""Published weights match the layers that they are for, by name or in published order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest

import poise
from poise import registry
from poise.errors import WeightsError
from poise.hookspecs import hookimpl
from poise.specs import BackboneSpec, HeadSpec, Output, PublishedWeights

pytestmark = pytest.mark.usefixtures("keras")

SHAPES = {"conv1": (3, 3, 1, 4), "conv2": (3, 3, 4, 4)}
LAYERS = tuple(SHAPES)


@attrs.frozen(kw_only=True)
class TwoConvs:
    """A backbone whose second half may be left out or made wider."""

    pretrained: bool = True
    output_stride: int = 1
    filters: int = 4


@attrs.frozen(kw_only=True)
class OneMap:
    """A head of one map."""


def build(config: TwoConvs, image: Any) -> list[dict[int, Any]]:
    from keras import layers

    first = layers.Conv2D(config.filters, 3, padding="same", name="conv1")(image)
    second = layers.Conv2D(config.filters, 3, strides=2, padding="same", name="conv2")(first)
    return [{1: first, 2: second}]


def head(stride: int) -> HeadSpec:
    def outputs(config: Any, skeleton: Any, classes: Any) -> tuple[Output, ...]:
        from keras import layers

        layer = layers.Conv2D(2, 1, name="MapHead")
        return (
            Output(
                name="map",
                layer_name="MapHead",
                stride=stride,
                channels=2,
                build=lambda features, suffix: layer(features),
            ),
        )

    return HeadSpec(key="map", config=OneMap, outputs=outputs)


def arrays(shapes: Mapping[str, tuple[int, ...]] = SHAPES) -> dict[str, dict[str, np.ndarray]]:
    return {
        layer: {
            "kernel": np.full(shape, 1 + index, "float32"),
            "bias": np.full(shape[-1:], 10 + index, "float32"),
        }
        for index, (layer, shape) in enumerate(shapes.items())
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """``write(layers)`` → a weights file in the layout of Keras 2."""
    h5py = pytest.importorskip("h5py", reason="writing weights needs h5py")

    def write(layers: Mapping[str, Mapping[str, np.ndarray]]) -> Path:
        file = tmp_path / "published.h5"
        with h5py.File(file, "w") as opened:
            opened.attrs["layer_names"] = [name.encode() for name in layers]
            for name, weights in layers.items():
                group = opened.create_group(name)
                paths = [f"{name}/{role}:0" for role in weights]
                group.attrs["weight_names"] = [path.encode() for path in paths]
                for path, array in zip(paths, weights.values(), strict=True):
                    group.create_dataset(path, data=array)
        return file

    return write


@pytest.fixture
def model() -> Iterator[Callable[..., Any]]:
    """``model(stride)`` → a model of the backbone above and a head at that stride."""

    def model(stride: int = 2, **fields: Any) -> Any:
        published = PublishedWeights(
            name="two", title="Two's weights", file="two.h5", url="", checksum="", layers=LAYERS
        )
        backbone = BackboneSpec(
            key="two",
            config=TwoConvs,
            build=build,
            max_stride=lambda config: 2,
            pretrained=lambda config: published if config.pretrained else None,
        )
        plugin = SimpleNamespace(
            __name__="poise_two",
            poise_backbones=hookimpl(lambda: [backbone]),
            poise_heads=hookimpl(lambda: [head(stride)]),
        )
        registry.reset(registry.Registry(plugins=[plugin]))
        config = poise.ModelConfig(backbone=TwoConvs(**fields), heads=OneMap())
        return poise.build(config, (8, 8, 1))

    yield model
    registry.reset()


def values_of(model: Any) -> dict[str, np.ndarray]:
    return {
        f"{layer.name}/{weight.name}": np.asarray(weight.numpy())
        for layer in model.layers
        for weight in layer.weights
    }


def test_layers_match_by_name_and_the_head_is_unchanged(
    model: Callable[..., Any], write: Callable[..., Path]
) -> None:
    built = model()
    before = values_of(built)
    backwards = dict(reversed(arrays().items()))
    report = poise.load_pretrained(built, write(backwards))
    after = values_of(built)
    assert report.ok
    assert report.total == 4
    for layer, weights in arrays().items():
        for role, array in weights.items():
            np.testing.assert_array_equal(after[f"{layer}/{role}"], array)
    np.testing.assert_array_equal(after["MapHead/kernel"], before["MapHead/kernel"])


def test_the_report_says_that_a_file_is_not_verified(
    model: Callable[..., Any], write: Callable[..., Path]
) -> None:
    report = poise.load_pretrained(model(), write(arrays()))
    assert report.notes == ("not verified: the publisher states no checksum",)


def test_layers_with_other_names_match_in_published_order(
    model: Callable[..., Any], write: Callable[..., Path]
) -> None:
    built = model()
    others = dict(zip(("res2a_branch2a", "res2a_branch2b"), arrays().values(), strict=True))
    report = poise.load_pretrained(built, write(others))
    assert values_of(built)["conv2/bias"].tolist() == [11] * 4
    assert any("'res2a_branch2a'" in note and "order" in note for note in report.notes)


def test_a_shorter_model_takes_its_part_and_the_report_says_so(
    model: Callable[..., Any], write: Callable[..., Path]
) -> None:
    built = model(stride=1)
    report = poise.load_pretrained(built, write(arrays()))
    assert report.matched == ("conv1/kernel", "conv1/bias")
    assert report.notes[-1:] == ("layers of the file that this model does not have: conv2",)


def test_weights_of_another_network_are_refused_and_nothing_is_assigned(
    model: Callable[..., Any], write: Callable[..., Path]
) -> None:
    built = model(filters=5)
    before = values_of(built)
    with pytest.raises(WeightsError, match="wrong shape") as raised:
        poise.load_pretrained(built, write(arrays()))
    assert "nothing was assigned" in str(raised.value)
    assert len(raised.value.report.mismatched) == 4
    for name, array in values_of(built).items():
        np.testing.assert_array_equal(array, before[name])


def test_a_file_with_another_number_of_layers_is_refused(
    model: Callable[..., Any], write: Callable[..., Path]
) -> None:
    file = write(arrays({"a": (3, 3, 1, 4), "b": (3, 3, 4, 4), "c": (3, 3, 4, 4)}))
    with pytest.raises(
        WeightsError,
        match=r"must be Two's weights, 2 layers with weights, got 3 layers without conv1, conv2",
    ):
        poise.load_pretrained(model(), file)


def test_a_model_that_asks_for_no_published_weights_is_refused(model: Callable[..., Any]) -> None:
    with pytest.raises(WeightsError, match=r"model\.backbone\.two asks for no published weights"):
        poise.load_pretrained(model(pretrained=False))


def test_a_model_from_elsewhere_is_refused(keras: Any) -> None:
    image = keras.Input((8, 8, 1))
    elsewhere = keras.Model(image, keras.layers.Conv2D(4, 3)(image), name="elsewhere")
    with pytest.raises(WeightsError, match=r"'elsewhere' was not built by poise\.build"):
        poise.load_pretrained(elsewhere)


def test_building_downloads_nothing_and_says_how_to(model: Callable[..., Any]) -> None:
    from poise.building.record import record_of

    (note,) = record_of(model()).resolution.notes[-1:]
    assert note == (
        "model.backbone.two asks for Two's weights: poise.load_pretrained(model) loads them, "
        "building does not"
    )


def test_a_model_that_is_saved_names_the_published_weights_it_started_from(
    model: Callable[..., Any], write: Callable[..., Path], tmp_path: Path
) -> None:
    from poise.model_folder.opened import read_provenance

    built = model()
    poise.load_pretrained(built, write(arrays()))

    (origin,) = read_provenance(poise.save(built, tmp_path / "saved")).origins

    assert (origin.kind, origin.name, origin.title) == (
        "published weights",
        "two",
        "Two's weights",
    )
    assert origin.verified is None  # no checksum is published
    assert len(origin.sha256) == 64

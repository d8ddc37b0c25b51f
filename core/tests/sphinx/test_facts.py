"""Facts are what a built network is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from poise import BackboneSpec, EncoderSpec, Normalization
from poise.errors import PoiseError
from poise.registry.discovery import BACKBONE, ENCODER
from poise.sphinx import facts
from poise.sphinx.__main__ import main

U_NET = facts.Facts(
    configuration={"filters": 4},
    parameters=40 + 296 + 8 * 3 * 9 + 4 + 8 * 4 + 4,
    channels=1,
    stacks=1,
    segments=(
        facts.Segment(stride=1, channels=1, layers=0, parameters=0),
        facts.Segment(stride=1, channels=4, layers=1, parameters=40, sources=(0,)),
        facts.Segment(stride=2, channels=8, layers=1, parameters=296, sources=(1,), offered=True),
        facts.Segment(stride=1, channels=4, layers=1, parameters=52, sources=(1, 2), offered=True),
    ),
)


@attrs.frozen(kw_only=True)
class TinyConfig:
    filters: int = 4


def u_net(config: Any, image: Any) -> list[dict[int, Any]]:
    from keras import layers

    fine = layers.Conv2D(config.filters, 3, padding="same", name="fine")(image)
    coarse = layers.Conv2D(2 * config.filters, 3, 2, padding="same", name="coarse")(fine)
    up = layers.UpSampling2D(name="up")(coarse)
    joined = layers.Concatenate(name="joined")([fine, up])
    last = layers.Conv2D(config.filters, 1, name="last")(joined)
    return [{1: last, 2: coarse}]


def spec(build: Any, **more: Any) -> BackboneSpec:
    strides = {"max_stride": lambda config: 2, "output_stride": lambda config: 1}
    return BackboneSpec(key="tiny", config=TinyConfig, build=build, **{**strides, **more})


@pytest.mark.usefixtures("keras")
def test_segments_follow_the_strides_and_skips_of_the_graph(use: Callable[..., Any]) -> None:
    use(spec(u_net))

    network = facts.measure(BACKBONE, "tiny")

    assert network.segments[1:3] == U_NET.segments[1:3]
    assert network.segments[3] == facts.Segment(
        stride=1, channels=4, layers=1, parameters=12 * 4 + 4, sources=(1, 2), offered=True
    )
    assert (
        network.parameters
        == sum(segment.parameters for segment in network.segments)
        == 40 + 296 + 52
    )


@pytest.mark.usefixtures("keras")
def test_branches_from_one_segment_to_one_stride_are_one_segment(use: Callable[..., Any]) -> None:
    def residual(config: Any, image: Any) -> list[dict[int, Any]]:
        from keras import layers

        branch = layers.Conv2D(4, 3, 2, padding="same", name="branch")(image)
        short = layers.Conv2D(4, 1, 2, name="short")(image)
        return [{2: layers.Add(name="add")([short, branch])}]

    use(spec(residual, output_stride=lambda config: 2))

    first, *rest = facts.measure(BACKBONE, "tiny").segments

    assert first.stride == 1
    assert [(segment.stride, segment.layers, segment.sources) for segment in rest] == [(2, 2, (0,))]


@pytest.mark.usefixtures("keras")
def test_a_vector_belongs_to_the_segment_that_it_comes_from(
    use: Callable[..., Any],
) -> None:
    def squeezed(config: Any, image: Any) -> list[dict[int, Any]]:
        from keras import layers

        x = layers.Conv2D(4, 3, padding="same", name="conv")(image)
        gate = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(x)
        gate = layers.Conv2D(4, 1, activation="sigmoid", name="excite")(gate)
        return [{1: layers.Multiply(name="scale")([x, gate])}]

    use(spec(squeezed))

    _, only = facts.measure(BACKBONE, "tiny").segments

    assert (only.stride, only.channels, only.layers, only.offered) == (1, 4, 2, True)


@pytest.mark.usefixtures("keras")
def test_an_encoder_is_measured_with_color_images() -> None:
    from types import SimpleNamespace

    from poise import Registry, hookimpl, registry

    def build(image: Any) -> dict[int, Any]:
        from keras import layers

        return {2: layers.Conv2D(2, 3, 2, padding="same", name="conv")(image)}

    encoder = EncoderSpec(key="one", build=build, max_stride=2, normalization=Normalization())
    plugin = SimpleNamespace(__name__="one", poise_encoders=hookimpl(lambda: [encoder]))
    registry.reset(Registry(plugins=[plugin]))
    try:
        network = facts.measure(ENCODER, "one")
    finally:
        registry.reset()

    assert (network.channels, network.configuration, network.parameters) == (3, None, 3 * 9 * 2 + 2)


def test_facts_are_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    encoder = attrs.evolve(U_NET, configuration=None)

    facts.write(path, {"backbone:tiny": U_NET, "encoder:tiny": encoder})

    assert facts.read(path) == {"backbone:tiny": U_NET, "encoder:tiny": encoder}
    assert len(path.read_text(encoding="utf-8").splitlines()) == 4  # a key a line


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"a": {"segments": [{}]}}'])
def test_another_file_is_refused_with_how_to_write_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "facts.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(PoiseError, match=r"fix: python -m poise\.sphinx .*facts\.json"):
        facts.read(path)


@pytest.mark.usefixtures("keras")
def test_the_command_measures_a_key_and_leaves_the_others(
    use: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use(spec(u_net))
    path = tmp_path / "facts.json"
    facts.write(path, {"backbone:other": U_NET})

    assert main([str(path), "tiny"]) == 0

    assert capsys.readouterr().out == "backbone:tiny: 388 parameters\n"
    networks = facts.read(path)
    assert networks["backbone:other"] == U_NET
    assert networks["backbone:tiny"].parameters == 388


def test_the_command_without_a_file_says_how_it_is_called(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 2
    assert "python -m poise.sphinx FILE [KEY…]" in capsys.readouterr().err

"""A spec that declares what no listing and no caller can use is refused where it is loaded."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from poise import BackboneSpec, EncoderSpec, PluginError, Registry, hookimpl


@attrs.frozen(kw_only=True)
class OakConfig:
    """Made up."""

    output_stride: int = 4


class Shy(str):
    """A text that nobody can show."""

    __slots__ = ()

    def __str__(self) -> str:
        raise ZeroDivisionError


def registered(**fields: Any) -> Registry:
    fields = {"build": len, "max_stride": len, **fields}

    @hookimpl
    def poise_backbones() -> list[BackboneSpec]:
        return [BackboneSpec(key="oak", config=OakConfig, **fields)]

    return Registry([SimpleNamespace(poise_backbones=poise_backbones, __name__="poise-oak")])


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"summary": 3}, "summary of its BackboneSpec must be a text, got 3"),
        ({"summary": Shy("a")}, "summary of its BackboneSpec must be a text"),
        ({"paper": 2016}, "paper of its BackboneSpec must be a text or None, got 2016"),
        ({"max_stride": 8}, "max_stride of its BackboneSpec must be a function, got 8"),
        ({"published": ()}, "published of its BackboneSpec must be a function or None, got ()"),
        ({"differences": 3}, "differences of its BackboneSpec must be a tuple of poise.Difference"),
        ({"differences": ("a",)}, "differences of its BackboneSpec must be a tuple"),
        ({"examples": [1]}, "examples of its BackboneSpec must be a mapping from name"),
    ],
)
def test_what_a_spec_declares_must_be_usable(fields: dict[str, Any], what: str) -> None:
    with pytest.raises(PluginError) as error:
        registered(**fields).backbones["oak"]

    assert what in str(error.value)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"max_stride": "32"}, "max_stride of its EncoderSpec must be an integer ≥ 1, got '32'"),
        ({"minimum_size": 0}, "minimum_size of its EncoderSpec must be an integer ≥ 1, got 0"),
        ({"normalization": 255}, "normalization of its EncoderSpec must be a poise.Normalization"),
    ],
)
def test_what_an_encoder_declares_must_be_usable(fields: dict[str, Any], what: str) -> None:
    @hookimpl
    def poise_encoders() -> list[EncoderSpec]:
        return [EncoderSpec(key="oak", build=len, **fields)]  # type: ignore[arg-type]

    plugin = SimpleNamespace(poise_encoders=poise_encoders, __name__="poise-oak")
    with pytest.raises(PluginError) as error:
        Registry([plugin]).encoders["oak"]

    assert what in str(error.value)


def test_a_spec_that_declares_little_is_fine() -> None:
    assert registered().backbones["oak"].summary == ""

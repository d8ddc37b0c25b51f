"""Single values of a configuration are set by their paths, and checked like a file."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

import poise
from poise import BackboneSpec, ConfigError, HeadSpec, ModelConfig, fields


@attrs.frozen(kw_only=True)
class Inner:
    parts: tuple[str, ...] | None = attrs.field(default=None, converter=fields.to_tuple)


@attrs.frozen(kw_only=True)
class Net:
    filters: int = attrs.field(default=8, validator=fields.integer(at_least=1))
    max_stride: int = attrs.field(default=8, validator=fields.power_of_two(at_least=2))
    inner: Inner | None = None


@attrs.frozen(kw_only=True)
class Dots:
    sigma: float = attrs.field(default=5.0, validator=fields.positive())


@pytest.fixture(autouse=True)
def registry(use: Any) -> None:
    def backbone(key: str) -> BackboneSpec:
        return BackboneSpec(
            key=key, config=Net, build=lambda config, image: [], max_stride=lambda config: 8
        )

    head = HeadSpec(key="dots", config=Dots, outputs=lambda config, skeleton, classes: ())
    use(backbone("net"), backbone("other"), head)


def config(**more: Any) -> ModelConfig:
    return ModelConfig.from_data({"backbone": {"net": {"max_stride": 16}}, **more})


def test_values_are_replaced_and_all_others_kept() -> None:
    changed = config().with_values({"backbone.net.filters": 32, "heads.dots.sigma": 2})

    assert changed.backbone.net == Net(filters=32, max_stride=16)
    assert changed.heads.dots == Dots(sigma=2.0)
    assert config().backbone.net.filters == 8


def test_a_path_as_messages_have_it_is_taken() -> None:
    assert config().with_values({"model.backbone.net.filters": 3}).backbone.net.filters == 3


def test_a_nested_section_comes_to_be_where_there_was_none() -> None:
    changed = config().with_values({"backbone.net.inner.parts": ["a"]})

    assert changed.backbone.net.inner == Inner(parts=("a",))


def test_the_backbone_may_be_another_one() -> None:
    changed = config().with_values({"backbone.net": None, "backbone.other.filters": 4})

    assert changed.backbone.which_oneof_attrib_name() == "other"


@pytest.mark.parametrize("edition", ["2026", "sleap-1.4"])
def test_the_edition_and_its_units_stay(edition: Any) -> None:
    before = config(edition=edition)

    assert before.with_values({"backbone.net.filters": 2}).edition == edition
    changed = before.with_values({"edition": "2026"})
    assert (changed.edition, changed.units) == ("2026", edition)
    assert before.with_values({}) == before


def test_everything_wrong_is_told_at_once_at_its_path_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError) as caught:
        config().with_values(
            {
                "backbone.nett.filters": 3,
                "backbone.net.filtres": 3,
                "backbone.net.max_stride": 12,
                "heads.dots.sigma": "wide",
                "backbone.net.max_stride.deep": 1,
                "backbone..filters": 1,
                "headz": {},
            }
        )
    said = {fault.path: fault.what for fault in caught.value.faults}
    assert said == {
        "backbone.nett.filters": "no backbone 'nett'; did you mean 'net'?",
        "backbone.net.filtres": "Net has no field 'filtres'; did you mean 'filters'?",
        "backbone.net.max_stride": "must be a power of two ≥ 2, got 12; did you mean 8 or 16?",
        "heads.dots.sigma": "must be a number, got 'wide'",
        "backbone.net.max_stride.deep": "must be set once, got backbone.net.max_stride as well",
        "backbone..filters": "must be names between dots, as backbone.unet.filters, got "
        "'backbone..filters'",
        "headz": "a model has no field 'headz'; did you mean 'heads'?",
    }


def test_a_path_does_not_lead_into_a_value() -> None:
    with pytest.raises(ConfigError, match=r"must lead into objects, got 16 at backbone.net.max_st"):
        config().with_values({"backbone.net.max_stride.deep": 1})


def test_two_backbones_are_a_fault_as_in_a_file() -> None:
    with pytest.raises(ConfigError, match="must have only one backbone set, got net and other"):
        config().with_values({"backbone.other": {}})


def test_no_value_given_is_changed_nor_shared() -> None:
    values = {"backbone.net": {"filters": 2}}
    changed = poise.ModelConfig().with_values(values)
    assert values == {"backbone.net": {"filters": 2}}
    assert changed.backbone.net.filters == 2

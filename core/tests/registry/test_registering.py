"""Specs that a notebook registers itself."""

import attrs
import numpy as np
import pytest

import poise
from poise import Registry, registry
from poise.registry.discovery import BACKBONE, Policy
from poise.specs import EncoderSpec
from poise.testing import cases
from poise.testing.standins import DOT, POOLS, DotConfig, PoolsConfig, registry_of

RINGS = attrs.evolve(POOLS, key="rings", examples={})


@pytest.fixture(autouse=True)
def notebook(site):
    """A process of its own, in which nothing is installed yet."""
    return site


def cell(summary="Rings"):
    """What a cell of a notebook defines each time that it runs."""

    @attrs.frozen(kw_only=True)
    class RingsConfig:
        output_stride: int = 2

    return attrs.evolve(RINGS, config=RingsConfig, summary=summary)


def test_a_key_can_be_used_once_it_is_registered():
    poise.register(RINGS, attrs.evolve(DOT, key="spot", examples={}))

    config = poise.ModelConfig.from_data({"backbone": {"rings": {}}, "heads": {"spot": {}}})

    assert list(poise.backbones) == ["rings"]
    assert (config.backbone.rings, config.heads.spot) == (PoolsConfig(), DotConfig())
    assert poise.ModelConfig(backbone=PoolsConfig()).backbone.rings == PoolsConfig()
    assert "max_stride" in poise.schema("rings")["properties"]


@pytest.mark.usefixtures("keras")
def test_a_registered_key_builds_and_keeps_the_promises_of_the_suite():
    poise.register(RINGS, DOT)

    model = poise.build(
        poise.ModelConfig(backbone=PoolsConfig(max_stride=4), heads=DotConfig()), (8, 8, 1)
    )

    assert list(model(np.zeros((1, 8, 8, 1), "float32"))) == ["dot"]
    names = [case.check.name for case in cases("rings")]
    assert "it_is_found_by_its_key" in names


def test_a_cell_that_runs_again_replaces_what_it_registered():
    poise.register(cell("first"))
    poise.register(cell("second"))

    assert poise.backbones["rings"].summary == "second"
    assert registry.default().failures() == ()


def test_a_configuration_of_an_earlier_definition_says_so():
    earlier = cell()
    poise.register(earlier)
    poise.register(cell())

    with pytest.raises(poise.ConfigError, match="got one of an earlier definition of the class"):
        poise.BackboneConfig(rings=earlier.config())


def test_an_installed_key_is_not_taken_by_accident(site):
    site.install_backbone("rings")

    with pytest.raises(poise.PluginClashError) as error:
        poise.register(cell("mine"))

    assert str(error.value) == (
        "backbone 'rings' cannot be registered: its key must be free, got that of "
        "poise-rings 1.0\n  fix: choose another key, or pass replace=True"
    )
    poise.register(cell("mine"), replace=True)
    assert poise.backbones["rings"].summary == "mine"
    poise.register(cell("again"))
    assert poise.backbones["rings"].summary == "again"
    registry.reset()
    assert poise.backbones["rings"].summary != "again"


def test_a_spec_that_breaks_the_contract_is_refused_where_it_is_registered():
    with pytest.raises(poise.PluginError) as error:
        poise.register(attrs.evolve(RINGS, config=dict))

    assert str(error.value).startswith("backbone 'rings' cannot be registered: ")
    assert "\n  fix: decorate it with @attrs.frozen(kw_only=True)" in str(error.value)
    assert "rings" not in poise.backbones


@pytest.mark.parametrize(("value", "got"), [(PoolsConfig, "the class PoolsConfig"), (3, "int")])
def test_what_is_no_spec_is_refused(value, got):
    with pytest.raises(poise.PluginError, match=f"must be a spec of a kind .*, got {got}$"):
        poise.register(value)


def test_the_environment_chooses_among_installed_plugins_alone(monkeypatch):
    monkeypatch.setenv("POISE_PLUGINS", "poise-heads")
    monkeypatch.setenv("POISE_STRICT", "1")
    registry.reset()

    poise.register(RINGS)

    assert poise.backbones["rings"].summary == POOLS.summary


def test_a_registry_of_objects_can_be_added_to_and_the_process_has_nothing_of_it():
    own = registry_of(DOT)

    poise.register(RINGS, EncoderSpec(key="tiny", build=lambda image: {4: image}), registry=own)

    assert (list(own.backbones), list(own.encoders)) == (["rings"], ["tiny"])
    assert not poise.backbones
    with registry.using(own):
        poise.register(cell("in the block"))
    assert own.backbones["rings"].summary == "in the block"


def test_what_is_registered_goes_before_what_is_disabled(site):
    restricted = Registry(policy=Policy(disabled=frozenset({"rings"})))
    site.install_backbone("rings")

    restricted.register(RINGS)

    (claimant,) = restricted.claimants(BACKBONE, "rings")
    assert str(claimant) == "poise registered"

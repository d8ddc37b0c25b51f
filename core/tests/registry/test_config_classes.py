"""The configuration classes of plugins, by name."""

import attrs
import pytest

import poise
from poise.testing.standins import DOT, POOLS, DotConfig, PoolsConfig, registry_of

SOURCE = """
import attrs
from poise import BackboneSpec, ModelConfig, hookimpl

@attrs.frozen(kw_only=True)
class StemConfig:
    filters: int = 4

@attrs.frozen(kw_only=True)
class MothConfig:
    stem: StemConfig = StemConfig()
    output_stride: int = 2

@attrs.frozen(kw_only=True)
class AntennaConfig:
    length: int = 3

@hookimpl
def poise_backbones():
    return [BackboneSpec(key="moth", config=MothConfig, max_stride=lambda config: 4,
                         build=lambda config, image: [{4: image}])]
"""


def install_moth(site, name="poise-moth"):
    module = name.replace("-", "_")
    site.install(name, {f"{module}.py": SOURCE}, {"poise.backbones": {name[6:]: module}})


def test_a_third_partys_class_has_its_name(site):
    install_moth(site)

    assert poise.configs.MothConfig is poise.backbones["moth"].config
    assert poise.configs.StemConfig().filters == 4
    assert dir(poise.configs) == ["AntennaConfig", "MothConfig", "StemConfig"]


def test_a_class_is_that_of_the_registry_in_force():
    plugins = registry_of(POOLS, DOT)

    assert plugins.configs.PoolsConfig is PoolsConfig
    with poise.registry.using(plugins):
        assert poise.configs.DotConfig is DotConfig
        assert repr(poise.configs) == "<configuration classes: DotConfig, PoolsConfig>"


def test_an_unknown_name_suggests_one_and_says_what_cannot_be_used(site):
    install_moth(site)
    site.install("poise-sick", {"poise_sick.py": "1 / 0"}, {"poise.heads": {"sick": "poise_sick"}})

    with pytest.raises(AttributeError) as error:
        poise.configs.MotConfig  # noqa: B018

    assert str(error.value) == (
        "no plugin has a configuration class 'MotConfig'; did you mean 'MothConfig'?\n"
        "  cannot be used: head sick (poise-sick 1.0): ZeroDivisionError: division by zero"
    )


def test_a_name_that_two_plugins_have_is_ambiguous():
    twin = attrs.make_class(
        "PoolsConfig",
        {"output_stride": attrs.field(default=2, type=int)},
        frozen=True,
        kw_only=True,
    )
    plugins = registry_of(POOLS, attrs.evolve(POOLS, key="twin", config=twin, examples={}))

    with pytest.raises(poise.PluginClashError, match="PoolsConfig must be the class of one plugin"):
        plugins.configs.PoolsConfig  # noqa: B018

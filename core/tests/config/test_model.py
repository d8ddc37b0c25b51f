"""The one-of containers and the model configuration around them."""

import copy
import json
import pickle
import sys
import warnings

import attrs
import pytest

import poise
from poise import (
    BackboneConfig,
    BackboneSpec,
    ConfigError,
    HeadsConfig,
    HeadSpec,
    ModelConfig,
    PluginNotInstalledWarning,
    UninstalledSection,
)
from poise.fields import integer, names, optional, power_of_two, to_tuple


@attrs.frozen(kw_only=True)
class VitConfig:
    filters: int = attrs.field(default=8, validator=integer(at_least=1))
    filters_rate: float = 2
    output_stride: int = attrs.field(default=4, validator=power_of_two())


@attrs.frozen(kw_only=True)
class SwinConfig:
    depth: int = 2


@attrs.frozen(kw_only=True)
class GazeConfig:
    part_names: tuple[str, ...] | None = attrs.field(
        default=None, converter=to_tuple, validator=optional(names())
    )


def outputs(config, skeleton, classes):
    return ()


VIT = BackboneSpec(
    key="vit", config=VitConfig, build=lambda config, image: [], max_stride=lambda config: 4
)
SWIN = attrs.evolve(VIT, key="swin", config=SwinConfig)
UNET = attrs.evolve(VIT, key="unet", config=VitConfig)
GAZE = HeadSpec(key="gaze", config=GazeConfig, outputs=outputs)

DOCUMENTED_BACKBONES = ["leap", "unet", "hourglass", "resnet", "pretrained_encoder"]
DOCUMENTED_HEADS = [
    "single_instance",
    "centroid",
    "centered_instance",
    "multi_instance",
    "multi_class_bottomup",
    "multi_class_topdown",
]


@pytest.fixture(autouse=True)
def toys(use):
    """Two backbones and a head, none of which SLEAP knows."""
    return use(VIT, SWIN, GAZE)


# One-of containers. What SLEAP 1.4 answers is in golden/config/oneof_cases.json.


def test_the_member_that_is_set_is_found_by_name_and_as_a_whole():
    config = BackboneConfig(vit=VitConfig(filters=3))

    assert config.vit == VitConfig(filters=3)
    assert config.which_oneof() is config.vit
    assert config.which_oneof_attrib_name() == "vit"


@pytest.mark.parametrize("key", ["swin", *DOCUMENTED_BACKBONES])
def test_every_other_known_member_is_none(key):
    assert getattr(BackboneConfig(vit=VitConfig()), key) is None


def test_none_may_be_set():
    assert BackboneConfig().which_oneof() is None
    assert BackboneConfig().which_oneof_attrib_name() is None


def test_members_that_are_none_are_not_set():
    assert BackboneConfig(vit=VitConfig(), unet=None, swin=None) == BackboneConfig(vit=VitConfig())


def test_a_name_that_no_member_has_is_answered_with_the_closest():
    with pytest.raises(AttributeError) as error:
        BackboneConfig().vti  # noqa: B018

    assert str(error.value) == "BackboneConfig has no backbone 'vti'; did you mean 'vit'?"


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            {"vit": VitConfig(), "swin": SwinConfig()},
            "must have only one backbone set, got vit and swin; leave the others null",
        ),
        ({"vit": 5}, "must be a VitConfig, got int @ vit"),
        # SLEAP 1.4 takes any value that is not None, also a false one, for a set member.
        ({"vit": 0}, "must be a VitConfig, got int @ vit"),
        ({"vit": SwinConfig()}, "must be a VitConfig, got SwinConfig @ vit"),
        ({"vit": VitConfig}, "must be a VitConfig, got type @ vit"),
        ({"vitt": VitConfig()}, "no backbone 'vitt'; did you mean 'vit'? @ vitt"),
        ({"vitt": None}, "no backbone 'vitt'; did you mean 'vit'? @ vitt"),
        ({"gaze": GazeConfig()}, "no backbone 'gaze'; installed: swin, vit @ gaze"),
        (
            {"unet": VitConfig()},
            "no backbone 'unet' is installed: poise-unet provides it (pip install poise-unet) "
            "@ unet",
        ),
        (
            {"swin": UninstalledSection("unet", {})},
            "must be a section of 'swin', got one of 'unet' @ swin",
        ),
    ],
)
def test_a_container_refuses_what_it_cannot_hold(sections, message):
    with pytest.raises(ConfigError) as error:
        BackboneConfig(**sections)

    assert str(error.value) == message


def test_a_container_tells_all_faults_at_once():
    with pytest.raises(ConfigError) as error:
        BackboneConfig(vit=5, swni=SwinConfig())

    assert str(error.value).splitlines() == [
        "BackboneConfig:",
        "  must have only one backbone set, got vit and swni; leave the others null",
        "  must be a VitConfig, got int @ vit",
        "  no backbone 'swni'; did you mean 'swin'? @ swni",
    ]


@pytest.mark.parametrize("name", ["vit", "swin", "other", "_key"])
def test_a_container_is_frozen(name):
    # SLEAP 1.4 accepts a second member here, and fails at the next which_oneof().
    config = BackboneConfig(vit=VitConfig())

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(config, name, SwinConfig())
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        delattr(config, name)
    assert config == BackboneConfig(vit=VitConfig())


def test_containers_are_equal_when_their_members_are():
    container = BackboneConfig(vit=VitConfig(filters=3))

    assert container == BackboneConfig(vit=VitConfig(filters=3))
    assert hash(container) == hash(BackboneConfig(vit=VitConfig(filters=3)))
    assert container != BackboneConfig(vit=VitConfig(filters=4))
    assert container != BackboneConfig(swin=SwinConfig())
    assert BackboneConfig() != HeadsConfig()
    assert container != VitConfig(filters=3)


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
@pytest.mark.parametrize(
    "config",
    [
        BackboneConfig(),
        ModelConfig(),
        UninstalledSection("nowhere", {"a": [1, {"b": None}]}),
    ],
)
def test_a_copy_is_equal(copied, config):
    assert copied(config) == config


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
def test_a_copy_of_a_whole_configuration_is_equal(copied):
    config = ModelConfig(backbone=VitConfig(filters=3), heads=GazeConfig(part_names=["a"]))

    assert copied(config) == config
    assert copied(config.backbone).vit == VitConfig(filters=3)


def test_a_container_shows_what_it_would_be_made_of():
    config = BackboneConfig(vit=VitConfig(filters=3))

    assert (
        repr(config) == "BackboneConfig(vit=VitConfig(filters=3, filters_rate=2, output_stride=4))"
    )
    assert repr(BackboneConfig()) == "BackboneConfig()"
    assert eval(repr(config)) == config


def test_a_container_lists_its_members():
    assert {"vit", "swin", "unet", "which_oneof"} <= set(dir(BackboneConfig()))


# Wrapping.


def test_a_plugin_s_configuration_is_wrapped_by_itself():
    config = ModelConfig(backbone=SwinConfig(depth=4), heads=GazeConfig())

    assert config.backbone == BackboneConfig(swin=SwinConfig(depth=4))
    assert config.heads == HeadsConfig(gaze=GazeConfig())


def test_nothing_is_wrapped_into_an_empty_container():
    assert ModelConfig(backbone=None, heads=None) == ModelConfig()


def test_a_section_of_an_uninstalled_plugin_is_wrapped_too():
    section = UninstalledSection("leap", {"filters": 8})

    assert ModelConfig(backbone=section).backbone.leap == section


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"backbone": 5},
            "must be a backbone configuration, got int; installed backbones: swin, vit @ backbone",
        ),
        (
            {"backbone": GazeConfig()},
            "must be a backbone configuration, got GazeConfig, a head configuration @ backbone",
        ),
        (
            {"heads": BackboneConfig()},
            "must be a head configuration, got BackboneConfig; installed heads: gaze @ heads",
        ),
        (
            {"heads": GazeConfig},
            "must be a head configuration, got the class GazeConfig; did you mean GazeConfig()? "
            "@ heads",
        ),
        (
            {"backbone": {"vit": {}}},
            "must be a backbone configuration, got a dict; read plain data with "
            "ModelConfig.from_data @ backbone",
        ),
        ({"edition": "1.4"}, "must be one of 'sleap-1.4', '2026', got '1.4' @ edition"),
        ({"edition": None}, "must be one of 'sleap-1.4', '2026', got None @ edition"),
        ({"edition": ["2026"]}, "must be one of 'sleap-1.4', '2026', got ['2026'] @ edition"),
        (
            {"base_checkpoint": 3},
            "must be the path of a model folder or null, got 3 @ base_checkpoint",
        ),
    ],
)
def test_a_model_configuration_refuses_what_it_cannot_mean(values, message):
    with pytest.raises(ConfigError) as error:
        ModelConfig(**values)

    assert str(error.value) == message


# Documented names.


def test_a_documented_class_comes_from_its_plugin_when_it_is_asked_for(site):
    source = (
        "import attrs\nfrom poise import BackboneSpec, hookimpl\n"
        "@attrs.frozen(kw_only=True)\nclass UNetConfig:\n    filters: int = 8\n"
        "@hookimpl\ndef poise_backbones():\n"
        "    return [BackboneSpec(key='unet', config=UNetConfig, max_stride=lambda config: 4,\n"
        "                         build=lambda config, image: [{4: image}])]\n"
    )
    site.install(
        "poise-unet", {"made_up_unet.py": source}, {"poise.backbones": {"unet": "made_up_unet"}}
    )

    assert "UNetConfig" in dir(poise)
    assert "made_up_unet" not in sys.modules
    assert poise.UNetConfig is sys.modules["made_up_unet"].UNetConfig
    assert ModelConfig(backbone=poise.UNetConfig()).backbone.which_oneof_attrib_name() == "unet"


def test_a_documented_class_whose_plugin_is_not_installed_says_what_to_install(site):
    with pytest.raises(poise.UnknownKeyError) as error:
        from poise import LEAPConfig  # noqa: F401

    assert str(error.value) == (
        "no backbone 'leap' is installed: poise-leap provides it (pip install poise-leap)"
    )
    assert "LEAPConfig" not in dir(poise)


def test_a_plugin_without_the_class_that_it_is_documented_to_have_is_blamed(site):
    source = (
        "import attrs\nfrom poise import BackboneSpec, hookimpl\n"
        "@attrs.frozen(kw_only=True)\nclass Other:\n    filters: int = 8\n"
        "@hookimpl\ndef poise_backbones():\n"
        "    return [BackboneSpec(key='unet', config=Other, max_stride=lambda config: 4,\n"
        "                         build=lambda config, image: [{4: image}])]\n"
    )
    site.install(
        "poise-unet",
        {"made_up_without.py": source},
        {"poise.backbones": {"unet": "made_up_without"}},
    )

    with pytest.raises(poise.PluginError) as error:
        poise.UNetConfig  # noqa: B018

    assert str(error.value) == (
        "the plugin of backbone 'unet' must define the class UNetConfig, "
        "which SLEAP documents, got none; upgrade poise-unet"
    )


def install_leap(site):
    source = (
        "import attrs\nfrom poise import BackboneSpec, hookimpl\n"
        "@attrs.frozen(kw_only=True)\nclass LEAPConfig:\n    filters: int = 8\n"
        "@hookimpl\ndef poise_backbones():\n"
        "    return [BackboneSpec(key='leap', config=LEAPConfig, max_stride=lambda config: 4,\n"
        "                         build=lambda config, image: [{4: image}])]\n"
    )
    site.install(
        "poise-leap", {"made_up_leap.py": source}, {"poise.backbones": {"leap": "made_up_leap"}}
    )


def test_a_documented_class_is_the_distributions_whatever_registry_is_in_force(site, use):
    install_leap(site)
    documented = poise.LEAPConfig

    use(attrs.evolve(VIT, key="leap", config=SwinConfig))

    assert poise.LEAPConfig is documented
    assert poise.backbones["leap"].config is SwinConfig


def test_a_documented_class_is_the_distributions_whoever_is_preferred(site, monkeypatch):
    install_leap(site)
    site.install_backbone("leap", name="poise-other")
    monkeypatch.setenv("POISE_PREFER", "leap=poise-other")

    assert poise.LEAPConfig.__module__ == "made_up_leap"


def test_a_documented_class_that_only_others_claim_the_key_of_says_what_to_install(
    site, monkeypatch
):
    for name in ("poise-other", "poise-rival"):
        site.install_backbone("leap", name=name)
    monkeypatch.setenv("POISE_PREFER", "leap=poise-other")

    with pytest.raises(poise.UnknownKeyError, match=r"poise-leap provides it \(pip install"):
        poise.LEAPConfig  # noqa: B018


def test_no_documented_class_is_to_be_had_where_strictness_refuses_every_lookup(site, monkeypatch):
    install_leap(site)
    site.install("poise-broken", {}, {"poise.backbones": {"broken": "poise_nowhere"}})
    monkeypatch.setenv("POISE_STRICT", "1")

    with pytest.raises(poise.PluginError, match="POISE_STRICT is set"):
        poise.LEAPConfig  # noqa: B018


def test_a_documented_class_of_a_distribution_that_must_not_be_used_is_refused(site, monkeypatch):
    install_leap(site)
    monkeypatch.setenv("POISE_DISABLE", "poise-leap")

    with pytest.raises(poise.UnknownKeyError, match=r"poise-leap 1\.0 has it, but is disabled"):
        poise.LEAPConfig  # noqa: B018


@pytest.mark.parametrize("name", ["VitConfig", "NoSuchThing", "Config"])
def test_no_other_name_is_to_be_had(name):
    with pytest.raises(AttributeError) as error:
        getattr(poise, name)

    assert str(error.value) == f"module 'poise' has no attribute {name!r}"


def test_every_name_that_the_package_lists_can_be_had():
    assert [name for name in dir(poise) if not hasattr(poise, name)] == []


# Reading and writing.


def test_a_configuration_is_written_in_sleap_s_order_with_third_parties_last():
    data = ModelConfig(backbone=VitConfig(), heads=GazeConfig()).to_data()

    assert list(data) == ["backbone", "heads", "base_checkpoint", "edition"]
    assert list(data["backbone"]) == [*DOCUMENTED_BACKBONES, "vit"]
    assert list(data["heads"]) == [*DOCUMENTED_HEADS, "gaze"]
    assert list(data["backbone"]["vit"]) == ["filters", "filters_rate", "output_stride"]


def test_what_is_written_is_read_again():
    config = ModelConfig(
        backbone=VitConfig(filters=3),
        heads=GazeConfig(part_names=["a", "b"]),
        base_checkpoint="runs/best",
    )

    assert ModelConfig.from_data(config.to_data()) == config
    assert ModelConfig.from_json(config.to_json()) == config
    assert ModelConfig.from_yaml(config.to_yaml()) == config


@pytest.mark.parametrize("name", ["model.json", "model.yaml", "model.yml", "model.YAML"])
def test_a_file_is_written_and_read_by_its_suffix(tmp_path, name):
    config = ModelConfig(backbone=VitConfig(filters=3), heads=GazeConfig(part_names=["a"]))
    config.save(tmp_path / name)

    assert ModelConfig.load(str(tmp_path / name)) == config
    assert (tmp_path / name).read_bytes().startswith(b"{" if name == "model.json" else b"backbone:")
    assert (tmp_path / name).read_bytes().endswith(b"\n")


def test_a_fault_of_a_file_names_the_file_and_the_path_inside(tmp_path):
    file = tmp_path / "model.json"
    file.write_text('{"backbone": {"vit": {"filters": "8"}}}', encoding="utf-8")

    with pytest.raises(ConfigError) as error:
        ModelConfig.load(file)

    assert str(error.value) == (f"{file}: must be an integer, got '8' @ model.backbone.vit.filters")


SLEAPS_NULLS = {
    "backbone": dict.fromkeys(["leap", "unet", "hourglass", "resnet"]),
    "heads": dict.fromkeys(["single_instance", "centroid", "centered_instance", "multi_instance"]),
}
"""The keys that every version of SLEAP writes."""


def test_data_with_every_key_that_sleap_writes_means_its_edition_and_is_written_without_one():
    backbone = {**SLEAPS_NULLS["backbone"], "vit": {"filters": 3}}
    config = ModelConfig.from_data({**SLEAPS_NULLS, "backbone": backbone})

    assert config.edition == "sleap-1.4"
    assert "edition" not in config.to_data()
    assert ModelConfig.from_data(config.to_data()) == config


@pytest.mark.parametrize("section", ["backbone", "heads"])
def test_data_that_lacks_a_key_of_sleap_means_the_documentation(section: str):
    for key in SLEAPS_NULLS[section]:
        members = {name: None for name in SLEAPS_NULLS[section] if name != key}
        assert ModelConfig.from_data({**SLEAPS_NULLS, section: members}).edition == "2026"
    assert ModelConfig.from_data({"backbone": {"vit": {}}}).edition == "2026"


def test_a_configuration_made_in_python_means_the_documentation_and_says_so():
    config = ModelConfig(backbone=VitConfig())

    assert config.edition == "2026"
    assert config.to_data()["edition"] == "2026"
    assert ModelConfig.from_json(config.to_json()).edition == "2026"


def test_a_member_that_is_null_is_not_set_and_absent_ones_take_defaults():
    config = ModelConfig.from_data(
        {"backbone": {"swin": None, "vit": {"filters": 3}, "leap": None}}
    )

    assert config.backbone == BackboneConfig(vit=VitConfig(filters=3))
    assert config.heads == HeadsConfig()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "must be an object, got a list of 0 @ model"),
        (None, "must be an object, got null @ model"),
        (
            {"foo": 1},
            "a model has no field 'foo'; fields: backbone, base_checkpoint, edition, "
            "heads @ model.foo",
        ),
        ({"head": {}}, "a model has no field 'head'; did you mean 'heads'? @ model.head"),
        (
            {"backbone": None},
            "must be an object with one backbone (leap, unet, hourglass, …), got null "
            "@ model.backbone",
        ),
        (
            {"heads": []},
            "must be an object with one head (single_instance, centroid, centered_instance, …), "
            "got a list of 0 @ model.heads",
        ),
        (
            {"backbone": {"vit": 5}},
            "the section of a backbone must be an object, got 5 @ model.backbone.vit",
        ),
        (
            {"backbone": {"vitt": True}},
            "the section of a backbone must be an object, got true; did you mean 'vit'? "
            "@ model.backbone.vitt",
        ),
        (
            {"backbone": {3: {}}},
            "keys must be strings, got 3 @ model.backbone",
        ),
        (
            {"backbone": {"vit": {}, "swin": {}}},
            "must have only one backbone set, got vit and swin; leave the others null "
            "@ model.backbone",
        ),
        (
            {"edition": "2025"},
            "must be one of 'sleap-1.4', '2026', got '2025' @ model.edition",
        ),
        (
            {"base_checkpoint": 3},
            "must be the path of a model folder or null, got 3 @ model.base_checkpoint",
        ),
        (
            {"data": {}, "model": {"backbone": {}}, "outputs": {}},
            "must be the model section alone, got a whole job file; read it with poise.read_sleap "
            "@ model",
        ),
    ],
)
def test_data_that_is_no_model_is_refused(data, message):
    with pytest.raises(ConfigError) as error:
        ModelConfig.from_data(data)

    assert str(error.value) == message


def test_all_faults_of_a_file_are_told_at_once():
    with pytest.raises(ConfigError) as error:
        ModelConfig.from_data(
            {
                "backbone": {"vit": {"filters": 0, "filter_rate": 1.5, "output_stride": 24}},
                "heads": {"gaze": {"part_names": ["a", 3]}},
                "base_checkpoint": False,
                "edition": "next",
                "extra": None,
            }
        )

    assert str(error.value).splitlines() == [
        "7 faults:",
        "  a model has no field 'extra'; fields: backbone, base_checkpoint, edition, heads "
        "@ model.extra",
        "  VitConfig has no field 'filter_rate'; did you mean 'filters_rate'? "
        "@ model.backbone.vit.filter_rate",
        "  must be an integer ≥ 1, got 0 @ model.backbone.vit.filters",
        "  must be a power of two ≥ 1, got 24; did you mean 16 or 32? "
        "@ model.backbone.vit.output_stride",
        "  must be a string, got 3 @ model.heads.gaze.part_names[1]",
        "  must be the path of a model folder or null, got False @ model.base_checkpoint",
        "  must be one of 'sleap-1.4', '2026', got 'next' @ model.edition",
    ]


# Sections of plugins that are not installed.

FOREIGN = '{"backbone": {"resnest": {"b": [1, 2.50, {"z": null, "a": "é"}], "a": 1e-7}}}'


def test_a_section_of_an_uninstalled_plugin_survives_with_a_warning():
    with pytest.warns(PluginNotInstalledWarning) as warned:
        config = ModelConfig.from_json(FOREIGN)

    assert [str(warning.message) for warning in warned] == [
        "no backbone 'resnest'; installed: swin, vit; its section is kept as it is"
    ]
    assert config.backbone.resnest == UninstalledSection(
        "resnest", json.loads(FOREIGN)["backbone"]["resnest"]
    )


def test_the_warning_names_the_distribution_where_it_is_known():
    with pytest.warns(PluginNotInstalledWarning) as warned:
        ModelConfig.from_data({"heads": {"centroid": {}}})

    assert [str(warning.message) for warning in warned] == [
        "no head 'centroid' is installed: poise-heads provides it (pip install poise-heads); "
        "its section is kept as it is"
    ]


def test_an_unknown_key_that_is_null_is_warned_of_since_it_is_not_written_back():
    with pytest.warns(PluginNotInstalledWarning) as warned:
        config = ModelConfig.from_data({"backbone": {"wit": None, "vit": {}, "leap": None}})

    assert [str(warning.message) for warning in warned] == [
        "null, and not written back: no backbone 'wit'; did you mean 'vit'? @ backbone.wit"
    ]
    assert "wit" not in config.to_data()["backbone"]


@pytest.mark.filterwarnings("error")
def test_a_known_key_that_is_null_says_nothing_and_is_not_warned_of():
    ModelConfig.from_data({"backbone": {"vit": None, "unet": None}, "heads": {"centroid": None}})


@pytest.mark.filterwarnings("ignore::poise.PluginNotInstalledWarning")
def test_an_uninstalled_section_is_written_as_it_was_read():
    once = ModelConfig.from_json(FOREIGN).to_json()
    section = json.dumps(json.loads(FOREIGN)["backbone"]["resnest"], indent=4)

    assert section.replace("\n", "\n" + " " * 8) in once
    assert ModelConfig.from_json(once).to_json() == once
    again = ModelConfig.from_yaml(ModelConfig.from_json(FOREIGN).to_yaml())
    assert again.to_json() == once


@pytest.mark.filterwarnings("ignore::poise.PluginNotInstalledWarning")
def test_what_is_written_does_not_depend_on_what_is_installed(use):
    config = ModelConfig(
        backbone=VitConfig(filters=3, filters_rate=1.5), heads=GazeConfig(part_names=["a"])
    )
    with_plugins = config.to_json()

    use()

    assert config.to_json() == with_plugins
    assert ModelConfig.from_json(with_plugins).to_json() == with_plugins
    use(VIT, SWIN, UNET, GAZE)
    assert ModelConfig.from_json(with_plugins).to_json() == with_plugins


@pytest.mark.filterwarnings("ignore::poise.PluginNotInstalledWarning")
def test_nothing_that_is_done_to_data_is_done_to_the_configuration():
    data = json.loads(FOREIGN)
    config = ModelConfig.from_data(data)
    written = config.to_data()

    data["backbone"]["resnest"]["b"].append("more")
    written["backbone"]["resnest"]["b"].clear()

    assert config == ModelConfig.from_json(FOREIGN)


def test_installed_sections_warn_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ModelConfig.from_data({"backbone": {"vit": {}}, "heads": {"gaze": {}}})


def test_a_section_of_a_broken_plugin_is_refused_with_cause_and_fix(site):
    site.install("poise-vit", {"poise_vit.py": "1 / 0"}, {"poise.backbones": {"vit": "poise_vit"}})

    with pytest.raises(ConfigError) as error:
        ModelConfig.from_data({"backbone": {"vit": {}}})

    assert str(error.value) == (
        "backbone 'vit' cannot be used: ZeroDivisionError: division by zero; "
        "from: poise-vit 1.0, entry point vit = 'poise_vit'; "
        "fix: upgrade poise-vit, or report it to the authors of poise-vit @ model.backbone.vit"
    )

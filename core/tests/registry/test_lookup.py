"""The registry: look-up, clashes, policies, threads, observers."""

import sys
import threading
import time
from collections.abc import Mapping
from types import SimpleNamespace

import attrs
import pytest

import poise
from poise import (
    BackboneSpec,
    HeadSpec,
    PluginClashError,
    PluginError,
    Registry,
    UnknownKeyError,
    hookimpl,
    registry,
)
from poise.registry.discovery import BACKBONE, HEAD, Policy


@attrs.frozen(kw_only=True)
class VitConfig:
    filters: int = 8
    output_stride: int = 4


VIT = BackboneSpec(
    key="vit", config=VitConfig, build=lambda config, image: [], max_stride=lambda config: 4
)
SWIN = attrs.evolve(VIT, key="swin", config=attrs.make_class("SwinConfig", {}, frozen=True))
GAZE = HeadSpec(key="gaze", config=VitConfig, outputs=lambda config, skeleton, classes: ())

OBSERVER = """
    from poise import hookimpl

    @hookimpl
    def poise_model_built(model, config):
        {body}

    @hookimpl
    def poise_weights(source):
        return {answer!r}
"""


def broken(site, key="sick", **variables):
    site.install(
        f"poise-{key}", {f"poise_{key}.py": "1 / 0"}, {"poise.backbones": {key: f"poise_{key}"}}
    )


def test_a_registry_is_a_mapping_from_key_to_spec(use):
    plugins = use(VIT, SWIN, GAZE)

    assert isinstance(plugins.backbones, Mapping)
    assert plugins.backbones["vit"] == VIT
    assert dict(plugins.backbones) == {"swin": SWIN, "vit": VIT}
    assert dict(plugins.heads) == {"gaze": GAZE}


def test_the_laws_of_mappings_hold(use):
    backbones = use(VIT, SWIN).backbones

    assert list(backbones) == ["swin", "vit"] == list(backbones.keys())
    assert len(backbones) == 2 == len(backbones.values()) == len(backbones.items())
    assert all(key in backbones and backbones[key] == spec for key, spec in backbones.items())
    assert [spec.key for spec in backbones.values()] == list(backbones)
    assert backbones == dict(backbones.items())
    assert "gaze" not in backbones
    assert backbones.get("gaze") is None
    assert backbones.get("gaze", 7) == 7
    assert backbones.get("vit") == VIT


@pytest.mark.parametrize("key", [None, 3, ("vit",), ["vit"], "", "VIT"])
def test_what_is_no_key_is_not_in_it(use, key):
    backbones = use(VIT).backbones

    assert key not in backbones
    with pytest.raises(UnknownKeyError):
        backbones[key]


def test_it_shows_its_keys(use):
    assert repr(use(VIT, SWIN).backbones) == "<2 backbones: swin, vit>"


def test_the_module_gives_the_registry_that_is_in_place(use):
    plugins = use(VIT)

    assert poise.backbones is plugins.backbones
    assert poise.heads is plugins.heads


def test_a_class_leads_back_to_its_key(use):
    plugins = use(VIT, SWIN, GAZE)

    assert plugins.key_of(BACKBONE, SWIN.config) == "swin"
    assert plugins.key_of(HEAD, SWIN.config) is None
    assert plugins.key_of(HEAD, VitConfig) == "gaze"


@pytest.mark.parametrize(
    ("kind", "key", "message"),
    [
        (BACKBONE, "vitt", "no backbone 'vitt'; did you mean 'vit'?"),
        (BACKBONE, "resnest", "no backbone 'resnest'; installed: swin, vit"),
        (HEAD, "gaze", "no head 'gaze'; installed: none"),
        (
            BACKBONE,
            "leap",
            "no backbone 'leap' is installed: poise-leap provides it (pip install poise-leap)",
        ),
        (
            HEAD,
            "centroid",
            "no head 'centroid' is installed: poise-heads provides it (pip install poise-heads)",
        ),
        (BACKBONE, 3, "no backbone 3; installed: swin, vit"),
    ],
)
def test_an_unknown_key_is_answered_with_what_would_do(use, kind, key, message):
    with pytest.raises(UnknownKeyError) as error:
        use(VIT, SWIN).spec(kind, key)

    assert str(error.value) == message


def test_a_key_that_a_list_excludes_says_so():
    plugin = SimpleNamespace(__name__="toy", poise_backbones=hookimpl(lambda: [VIT]))
    denied = Registry(plugins=[plugin], policy=Policy(disabled=frozenset({"vit"})))
    left_out = Registry(plugins=[plugin], policy=Policy(allowed=frozenset({"unet"})))

    assert (list(denied.backbones), list(left_out.backbones)) == ([], [])
    with pytest.raises(UnknownKeyError) as error:
        denied.backbones["vit"]
    assert str(error.value) == (
        "no backbone 'vit': toy given has it, but is disabled by POISE_DISABLE"
    )
    with pytest.raises(UnknownKeyError) as error:
        left_out.backbones["vit"]
    assert str(error.value) == (
        "no backbone 'vit': toy given has it, but is not among POISE_PLUGINS"
    )


def test_lists_are_read_from_the_environment(site, monkeypatch):
    site.install_backbone("vit")
    site.install_backbone("swin")
    monkeypatch.setenv("POISE_PLUGINS", "poise-vit")

    assert list(poise.backbones) == ["vit"]


def test_plugins_of_one_name_can_be_given_together():
    plugins = [
        SimpleNamespace(poise_backbones=hookimpl(lambda spec=spec: [spec])) for spec in (VIT, SWIN)
    ]

    assert dict(Registry(plugins=plugins).backbones) == {"swin": SWIN, "vit": VIT}


def test_two_given_plugins_with_one_key_clash(use):
    with pytest.raises(PluginClashError):
        use(VIT, attrs.evolve(VIT)).backbones["vit"]


# Installed distributions.


def test_one_broken_plugin_breaks_nobody_else(site):
    broken(site)
    site.install_backbone("vit")
    plugins = registry.default()

    assert list(plugins.backbones) == ["sick", "vit"]
    assert plugins.backbones["vit"].key == "vit"
    assert list(dict(plugins.backbones.items())) == ["vit"]
    assert [spec.key for spec in plugins.backbones.values()] == ["vit"]
    assert [failure.line() for failure in plugins.failures()] == [
        "backbone sick (poise-sick 1.0): ZeroDivisionError: division by zero"
    ]


def test_a_failure_is_repeated_whenever_its_key_is_asked_for(site):
    broken(site)

    for _ in range(2):
        with pytest.raises(PluginError) as error:
            poise.backbones["sick"]
        assert str(error.value) == (
            "backbone 'sick' cannot be used: ZeroDivisionError: division by zero\n"
            "  from: poise-sick 1.0, entry point sick = 'poise_sick'\n"
            "  fix: upgrade poise-sick, or report it to the authors of poise-sick"
        )


def test_a_default_does_not_hide_a_broken_plugin(site):
    broken(site)

    with pytest.raises(PluginError):
        poise.backbones.get("sick", None)


def test_a_key_that_two_distributions_claim_names_both_and_how_to_choose(site):
    site.install_backbone("vit")
    site.install_backbone("vit", name="my-vit")
    site.install_backbone("swin")

    with pytest.raises(PluginClashError) as error:
        poise.backbones["vit"]

    assert str(error.value) == (
        "backbone 'vit' cannot be used: claimed by my-vit 1.0 and poise-vit 1.0\n"
        "  from: my-vit 1.0, entry point vit = 'my_vit'\n"
        "  fix: set POISE_PREFER=vit=my-vit or another of them, or uninstall all but one"
    )
    assert [failure.candidate.distribution for failure in registry.default().failures()] == [
        "my-vit",
        "poise-vit",
    ]
    assert next(iter(poise.backbones.items()))[0] == "swin"
    assert not {"poise_vit", "my_vit"} & set(sys.modules)


def test_a_preference_settles_a_clash(site, monkeypatch):
    site.install_backbone("vit")
    site.install_backbone("vit", name="my-vit", summary="mine")
    monkeypatch.setenv("POISE_PREFER", "vit=My_ViT")

    assert poise.backbones["vit"].summary == "mine"
    assert registry.default().failures() == ()
    assert "poise_vit" not in sys.modules


def test_a_preference_for_somebody_else_is_told_in_the_clash(site, monkeypatch):
    site.install_backbone("vit")
    site.install_backbone("vit", name="my-vit")
    monkeypatch.setenv("POISE_PREFER", "vit=mine")

    with pytest.raises(PluginClashError) as error:
        poise.backbones["vit"]

    assert str(error.value).splitlines()[0] == (
        "backbone 'vit' cannot be used: claimed by my-vit 1.0 and poise-vit 1.0, "
        "and POISE_PREFER names mine, which does not claim it"
    )


def test_a_distribution_that_claims_one_key_twice_is_told_so(site):
    info = site.install_backbone("vit")
    text = "[poise.backbones]\nvit = poise_vit\nvit = poise_vit:other\n"
    (info / "entry_points.txt").write_text(text, encoding="utf-8")

    with pytest.raises(PluginClashError) as error:
        poise.backbones["vit"]

    assert str(error.value) == (
        "backbone 'vit' cannot be used: poise-vit 1.0 registers 'vit' 2 times\n"
        "  from: poise-vit 1.0, entry point vit = 'poise_vit'\n"
        "  fix: remove all but one entry point 'vit' from its pyproject.toml"
    )


def test_a_class_of_a_clashing_plugin_still_leads_to_its_key(site):
    site.install_backbone("vit")
    site.install_backbone("vit", name="my-vit")
    import my_vit

    assert registry.default().key_of(BACKBONE, my_vit.Config) == "vit"


def test_strict_mode_gives_nothing_as_long_as_anything_is_broken(site, monkeypatch):
    site.install_backbone("vit")
    broken(site)
    broken(site, "ill")
    monkeypatch.setenv("POISE_STRICT", "1")

    with pytest.raises(PluginError) as error:
        poise.backbones["vit"]

    assert str(error.value) == (
        "POISE_STRICT is set, and 2 plugins cannot be used:\n"
        "  backbone ill (poise-ill 1.0): ZeroDivisionError: division by zero\n"
        "  backbone sick (poise-sick 1.0): ZeroDivisionError: division by zero"
    )


def test_strict_mode_counts_what_it_does_not_show(site, monkeypatch):
    for index in range(20):
        broken(site, f"sick{index}")
    monkeypatch.setenv("POISE_STRICT", "1")

    with pytest.raises(PluginError) as error:
        poise.backbones["sick0"]

    assert len(str(error.value).splitlines()) <= 12
    assert str(error.value).splitlines()[-1] == "  … and 12 more"


def test_strict_mode_is_content_when_all_is_well(site, monkeypatch):
    site.install_backbone("vit")
    monkeypatch.setenv("POISE_STRICT", "1")

    assert poise.backbones["vit"].key == "vit"


def test_strict_mode_is_content_when_what_is_broken_is_disabled(site, monkeypatch):
    site.install_backbone("vit")
    broken(site)
    monkeypatch.setenv("POISE_STRICT", "1")
    monkeypatch.setenv("POISE_DISABLE", "sick")

    assert poise.backbones["vit"].key == "vit"


def test_one_look_up_among_a_thousand_loads_one_module(site):
    for index in range(100):
        keys = {f"vit{index}_{member}": f"poise_vit{index}_{member}" for member in range(10)}
        site.install(f"poise-vit{index}", {}, {"poise.backbones": keys})
    for member in range(10):
        site.write(f"poise_vit42_{member}.py", vit_source(f"vit42_{member}"))
    before = set(sys.modules)

    assert len(poise.backbones) == 1000
    assert "vit7_3" in poise.backbones
    assert poise.backbones["vit42_3"].key == "vit42_3"
    assert {name for name in set(sys.modules) - before if name.startswith("poise_vit")} == {
        "poise_vit42_3"
    }


def vit_source(key, head=""):
    return head + (
        "import attrs\n"
        "from poise import BackboneSpec, hookimpl\n"
        "@attrs.frozen(kw_only=True)\n"
        "class Config:\n"
        "    filters: int = 8\n"
        "@hookimpl\n"
        "def poise_backbones():\n"
        f"    return [BackboneSpec(key={key!r}, config=Config, max_stride=lambda config: 4,\n"
        "                         build=lambda config, image: [{4: image}])]\n"
    )


def test_many_threads_that_look_one_key_up_first_get_one_import_and_one_spec(site):
    head = (
        "import builtins, time, poise\n"
        "builtins.poise_test_imports.append(__name__)\n"
        "assert list(poise.backbones) == ['swin', 'vit']\n"
        "time.sleep(0.2)\n"
        "assert poise.backbones['swin'].key == 'swin'\n"
    )
    site.install("poise-vit", {"poise_vit.py": vit_source("vit", head)}, VIT_ENTRY)
    site.install_backbone("swin")
    specs, imports = [], []
    sys.modules["builtins"].poise_test_imports = imports
    try:
        keys = ["vit", "swin", "vit"] * 8
        threads = [
            threading.Thread(target=lambda key=key: specs.append(poise.backbones[key]), daemon=True)
            for key in keys
        ]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 20
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))
    finally:
        del sys.modules["builtins"].poise_test_imports

    assert not any(thread.is_alive() for thread in threads)
    assert imports == ["poise_vit"]
    assert sorted(spec.key for spec in specs) == sorted(keys)
    assert len({id(spec) for spec in specs}) == 2


VIT_ENTRY = {"poise.backbones": {"vit": "poise_vit"}}


def test_a_plugin_that_looks_itself_up_while_it_is_imported_is_told_so(site):
    head = "import poise\npoise.backbones['vit']\n"
    site.install("poise-vit", {"poise_vit.py": vit_source("vit", head)}, VIT_ENTRY)

    failure = registry.default().failures()[0]

    assert failure.cause == (
        "PluginError: backbone 'vit' cannot be used: its plugin looks it up while "
        "Poise imports the plugin"
    )


def test_a_plugin_that_lists_all_plugins_while_it_is_imported_still_works(site):
    head = "import poise\nKNOWN = [spec.key for spec in poise.backbones.values()]\n"
    site.install("poise-vit", {"poise_vit.py": vit_source("vit", head)}, VIT_ENTRY)
    site.install_backbone("swin")

    assert poise.backbones["vit"].key == "vit"
    assert sys.modules["poise_vit"].KNOWN == ["swin"]
    assert registry.default().failures() == ()


# Observers: plugins without a key.


def test_observers_are_told_of_every_model(site):
    site.install(
        "logger",
        {"logger.py": OBSERVER.format(body="model.append(config)", answer=None)},
        {"poise.plugins": {"log": "logger"}},
    )
    model = []

    registry.default().notify_built(model, "its config")

    assert model == ["its config"]


def test_the_first_answer_to_where_weights_are_wins(site):
    for name, answer in (("cache", "/cache/imagenet"), ("mirror", None)):
        site.install(
            name,
            {f"{name}.py": OBSERVER.format(body="pass", answer=answer)},
            {"poise.plugins": {name: name}},
        )

    assert registry.default().hook.poise_weights(source="imagenet") == "/cache/imagenet"
    assert registry.default().hook.poise_weights(source="imagenet") == "/cache/imagenet"


def test_a_broken_observer_is_a_failure_like_any(site):
    site.install("logger", {"logger.py": "1 / 0"}, {"poise.plugins": {"log": "logger"}})
    site.install(
        "mirror",
        {"mirror.py": OBSERVER.format(body="pass", answer="here")},
        {"poise.plugins": {"mirror": "mirror"}},
    )

    assert [failure.line() for failure in registry.default().failures()] == [
        "plugin log (logger 1.0): ZeroDivisionError: division by zero"
    ]
    assert registry.default().hook.poise_weights(source="x") == "here"


def test_a_disabled_observer_is_not_loaded(site, monkeypatch):
    site.install("logger", {"logger.py": "1 / 0"}, {"poise.plugins": {"log": "logger"}})
    monkeypatch.setenv("POISE_DISABLE", "logger")

    assert registry.default().failures() == ()


def test_an_observer_that_fails_is_blamed_by_name(site):
    site.install(
        "logger",
        {"logger.py": OBSERVER.format(body="raise ValueError('disk full')", answer=None)},
        {"poise.plugins": {"log": "logger"}},
    )
    site.install(
        "mirror",
        {"mirror.py": OBSERVER.format(body="pass", answer=None)},
        {"poise.plugins": {"mirror": "mirror"}},
    )

    with pytest.raises(PluginError) as error:
        registry.default().notify_built(None, None)

    assert str(error.value) == (
        "poise_model_built of logger failed: ValueError: disk full\n"
        "  fix: upgrade logger, or set POISE_DISABLE=logger"
    )


def test_an_observer_that_ends_the_program_is_blamed_by_name():
    def leave(model, config):
        sys.exit(0)

    plugin = SimpleNamespace(__name__="toy", poise_model_built=hookimpl(leave))

    with pytest.raises(PluginError, match="poise_model_built of toy failed: SystemExit"):
        Registry(plugins=[plugin]).notify_built(None, None)


def test_an_observer_can_be_given_as_an_object(use):
    seen = []
    plugin = SimpleNamespace(
        __name__="toy", poise_model_built=hookimpl(lambda model, config: seen.append(model))
    )

    Registry(plugins=[plugin]).notify_built("model", None)

    assert seen == ["model"]


def test_every_fault_of_an_observers_error_is_told():
    def refuse(model, config):
        raise poise.BuildError([poise.Fault("must be 1, got 2", "a"), poise.Fault("no b", "b")])

    plugin = SimpleNamespace(__name__="toy", poise_model_built=hookimpl(refuse))

    with pytest.raises(PluginError) as error:
        Registry(plugins=[plugin]).notify_built("model", None)

    assert "must be 1, got 2 @ a" in str(error.value)
    assert "no b @ b" in str(error.value)


def test_the_plugin_behind_a_key_can_be_had(site):
    site.install_backbone("vit")

    (candidate,) = registry.default().claimants(BACKBONE, "vit")

    assert registry.default().plugin_of(candidate) is sys.modules["poise_vit"]


def test_what_was_discovered_is_forgotten_on_demand(site):
    assert list(poise.backbones) == []
    site.install_backbone("vit")
    assert list(poise.backbones) == []

    registry.reset()

    assert list(poise.backbones) == ["vit"]


def test_a_key_of_poise_goes_on_working_and_the_package_that_claims_it_is_told(site, monkeypatch):
    site.install_backbone("unet", summary="Poise's")
    site.install_backbone("unet", name="my-unet", summary="mine")

    assert poise.backbones["unet"].summary == "Poise's"
    (failure,) = registry.default().failures()
    assert failure.line() == (
        "backbone unet (my-unet 1.0): passed over, since 'unet' is a key of poise-unet"
    )
    assert failure.fix == "rename the key of my-unet, or set POISE_PREFER=unet=my-unet to use it"
    monkeypatch.setenv("POISE_PREFER", "unet=my-unet")
    registry.reset()
    assert poise.backbones["unet"].summary == "mine"
    assert registry.default().failures() == ()

"""Kinds of plugins that distributions open, with a made-up kind: filters of images."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import Any

import pytest

from poise import registry
from poise.errors import PluginError, UnknownKeyError
from poise.registry import Registry
from poise.registry.discovery import Candidate, Policy, scan
from poise.registry.kinds import Kinds

KIND = '''
import attrs
from poise import PluginKind
from poise.hookspecs import hookspec


@attrs.frozen(kw_only=True)
class FilterSpec:
    key: str
    config: type
    summary: str = ""
    api: int = 7


class Hooks:
    @staticmethod
    @hookspec
    def poise_filters():
        """The filters of this plugin."""

    @staticmethod
    @hookspec
    def poise_filter_chosen(key):
        """A filter was chosen."""


KIND = PluginKind(spec=FilterSpec, api=7, hooks=Hooks, summary="Changes images")
'''
FILTER = '''
import attrs
from poise import fields, hookimpl
from filtering import FilterSpec


@attrs.frozen(kw_only=True)
class Config:
    """A blur.

    Attributes:
        width: how wide it is, in pixels.
    """

    width: int = attrs.field(default=3, validator=fields.integer(at_least=1))


@hookimpl
def poise_filters():
    return [FilterSpec(key="blur", config=Config, summary="Blurs", api=7)]
'''
OPENED = {"poise.kinds": {"filter": "filtering:KIND"}}
BLUR = {"poise.filters": {"blur": "blurring"}}


def opened(site: Any, source: str = KIND, name: str = "filtering") -> None:
    site.install(name, {f"{name}.py": source}, {"poise.kinds": {"filter": f"{name}:KIND"}})


def blur(site: Any, source: str = FILTER) -> None:
    site.install("poise-blur", {"blurring.py": source}, BLUR)


def rows(site: Any, *arguments: str, **environ: str) -> list[dict[str, Any]]:
    done = site.poise("list", *arguments, "--json", **environ)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def faults(site: Any, **environ: str) -> dict[str, tuple[str, str, str]]:
    return {
        row["key"]: (row["state"], row["cause"], row["fix"])
        for row in rows(site, **environ)
        if row["state"] != "ok"
    }


def test_a_kind_and_its_plugins_are_known_from_metadata_alone(site: Any) -> None:
    site.install("filtering", {"filtering.py": "raise AssertionError"}, OPENED)
    site.install("poise-blur", {"blurring.py": "raise AssertionError"}, BLUR)

    assert scan() == (
        Candidate("filter", "blur", "blurring", "poise-blur", "1.0"),
        Candidate("kind", "filter", "filtering:KIND", "filtering", "1.0"),
    )
    assert [kind.name for kind in registry.default().kinds] == [
        "backbone",
        "head",
        "encoder",
        "filter",
    ]
    assert list(registry.default().plugins_of("filter")) == ["blur"]


def test_a_plugin_of_an_opened_kind_is_looked_up_by_its_key(site: Any) -> None:
    import poise

    opened(site)
    blur(site)

    assert poise.plugins_of("filter")["blur"].config().width == 3
    with pytest.raises(UnknownKeyError, match=r"no filter 'blurr'; did you mean 'blur'\?"):
        poise.plugins_of("filter")["blurr"]
    assert registry.find("blur") == (registry.default().kind("filter"), "blur")
    assert registry.default().failures() == ()


def test_a_kind_that_does_not_exist_is_answered_with_the_nearest(site: Any) -> None:
    opened(site)

    with pytest.raises(UnknownKeyError, match=r"no kind 'filtre'; did you mean 'filter'\?"):
        registry.default().plugins_of("filtre")


def test_a_registry_of_objects_takes_those_of_opened_kinds(site: Any) -> None:
    opened(site)
    blur(site)
    import blurring  # type: ignore[import-not-found]  # the test installs it

    from poise.testing import registry_of

    assert list(Registry(plugins=[blurring]).plugins_of("filter")) == ["blur"]
    assert registry_of(*blurring.poise_filters()).plugins_of("filter")["blur"].api == 7


def test_opened_kinds_are_listed_like_those_of_the_core(installed: Any) -> None:
    opened(installed)
    blur(installed)
    table = (
        "KIND    KEY     DISTRIBUTION  VERSION  STATE  SUMMARY\n"
        "filter  blur    poise-blur    1.0      ok     Blurs\n"
        "kind    filter  filtering     1.0      ok     Changes images\n"
    )

    assert installed.poise("list").stdout == table
    assert installed.poise("list").stdout == table  # from the cache
    assert [row["key"] for row in rows(installed, "filters")] == ["blur"]
    assert [row["key"] for row in rows(installed, "kinds")] == ["filter"]
    wrong = installed.poise("list", "filter")
    assert (wrong.returncode, wrong.stderr.splitlines()[-1]) == (
        2,
        "Error: Invalid value for '[KIND]': no kind 'filter'; did you mean 'filters'?",
    )


def test_a_listing_from_the_cache_imports_neither_kind_nor_plugin(installed: Any) -> None:
    opened(installed)
    blur(installed)
    installed.poise("list")

    assert not {"filtering", "blurring", "click"} & installed.modules_after_poise("list", "filters")


def test_a_kind_that_changes_has_its_plugins_examined_again(installed: Any) -> None:
    opened(installed)
    blur(installed)
    assert not faults(installed)

    # Python takes a file of the same size and second for the one that it has compiled.
    installed.write("filtering.py", KIND.replace("api=7", "api=4 + 4"))

    assert faults(installed)["blur"][1:] == (
        "it was written for api 7, and this filtering has api 8",
        "upgrade poise-blur",
    )


def test_opened_kinds_are_shown_like_those_of_the_core(installed: Any) -> None:
    opened(installed)
    blur(installed)

    page = json.loads(installed.poise("show", "blur", "--json").stdout)

    assert (page["kind"], page["summary"], page["distribution"]) == (
        "filter",
        "Blurs",
        "poise-blur",
    )
    assert [(field["name"], field["meaning"]) for field in page["sections"][0]["fields"]] == [
        ("width", "how wide it is, in pixels.")
    ]
    assert "width: integer, default 3" in installed.poise("show", "filter:blur").stdout


def test_opened_kinds_are_tested_without_keras(installed: Any) -> None:
    opened(installed)
    blur(installed)

    done = installed.poise("test", "blur")

    assert "broken   it gives examples" in done.stdout, done.stderr
    assert "kept     every field is documented" in done.stdout
    assert "Keras" not in done.stdout.splitlines()[-1]
    assert done.returncode == 1


def test_a_group_that_nothing_opens_is_listed_with_a_fix(installed: Any) -> None:
    opened(installed)
    installed.install("poise-blur", {}, {"poise.filter": {"blur": "blurring"}})
    installed.install("poise-near", {}, {"poise.trackers": {"near": "near"}})
    installed.install("poise-odd", {}, {"poise.x": {"odd": "odd"}})

    assert faults(installed) == {
        "blur": (
            "broken",
            "no installed distribution opens poise.filter",
            "did you mean poise.filters?",
        ),
        "near": (
            "broken",
            "no installed distribution opens poise.trackers",
            "pip install poise-workflows, which opens it",
        ),
        "odd": (
            "broken",
            "no installed distribution opens poise.x",
            "the groups are poise.backbones, poise.heads, poise.encoders, poise.filters, "
            "poise.kinds, poise.plugins, poise.commands",
        ),
    }
    assert installed.poise("list", POISE_STRICT="1").returncode == 1
    assert installed.poise("doctor").returncode == 1


def test_a_group_that_nothing_opens_is_a_failure_of_the_registry(site: Any) -> None:
    site.install("poise-near", {}, {"poise.trackers": {"near": "near"}})

    (failure,) = registry.default().failures()

    assert failure.cause == "no installed distribution opens poise.trackers"
    with pytest.raises(UnknownKeyError, match="pip install poise-workflows"):
        registry.default().plugins_of("tracker")


def test_an_unopened_group_leaves_the_other_keys_of_its_module_alone(site: Any) -> None:
    site.install_backbone("tiny")
    module = site.folder / "poise_tiny.py"
    module.write_text(module.read_text() + "\n\n@hookimpl\ndef poise_filters():\n    return []\n")
    (info,) = site.folder.glob("*.dist-info")
    (info / "entry_points.txt").write_text(
        "[poise.backbones]\ntiny = poise_tiny\n[poise.filters]\nblur = poise_tiny\n"
    )

    assert registry.default().backbones["tiny"].key == "tiny"


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("1 +", "SyntaxError: invalid syntax"),
        ("KIND = 3", "filtering:KIND must be a poise.PluginKind, got int"),
        (
            KIND.replace("def poise_filters", "def poise_filtres"),
            "no specification of poise_",
        ),
        (KIND.replace("    api: int = 7\n", ""), "FilterSpec has no field api"),
        (KIND.replace("KIND = ", "KING = "), "AttributeError"),
    ],
)
def test_a_broken_kind_affects_only_its_own_plugins(site: Any, source: str, cause: str) -> None:
    opened(site, source)
    blur(site)
    site.install_backbone("tiny")

    kind, plugin = sorted(registry.default().failures(), key=lambda each: each.candidate.key)[::-1]

    assert cause in kind.cause
    assert plugin.cause == f"its kind filter of filtering 1.0 cannot be used: {kind.cause}"
    assert list(registry.default().backbones) == ["tiny"]
    with pytest.raises(PluginError):
        registry.default().plugins_of("filter")["blur"]
    with pytest.raises(PluginError):
        registry.default().opened(registry.default().kind("filter"))


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("backbone", "it cannot open poise.backbones: Poise itself has the kind 'backbone'"),
        ("kind", "it cannot open poise.kinds: Poise itself has the kind 'kind'"),
        ("My-Kind", "it cannot open poise.My-Kinds: its name must be lower-case words"),
    ],
)
def test_a_kind_has_a_name_of_its_own(site: Any, name: str, cause: str) -> None:
    site.install("filtering", {"filtering.py": KIND}, {"poise.kinds": {name: "filtering:KIND"}})
    site.install_backbone("tiny")

    (failure,) = registry.default().failures()

    assert failure.cause.startswith(cause)
    assert registry.default().backbones["tiny"].key == "tiny"


def test_two_distributions_cannot_open_one_kind_unless_one_is_preferred(installed: Any) -> None:
    opened(installed)
    opened(installed, name="filters2")
    blur(installed)

    assert faults(installed)["filter"][0] == "clash"
    assert faults(installed)["blur"] == (
        "broken",
        "poise.filters is opened 2 times, by filtering 1.0 and filters2 1.0",
        "set POISE_PREFER=filter=filtering or another of them, or uninstall all but one",
    )
    assert "blur" not in faults(installed, POISE_PREFER="filter=filtering")


def test_a_disabled_kind_disables_its_plugins(installed: Any) -> None:
    opened(installed)
    blur(installed)

    assert faults(installed, POISE_DISABLE="filtering")["blur"] == (
        "disabled",
        "filtering 1.0, which opens poise.filters, is disabled by POISE_DISABLE",
        "remove it from POISE_DISABLE",
    )
    assert installed.poise("list", POISE_DISABLE="filtering", POISE_STRICT="1").returncode == 0


def test_an_allowed_plugin_needs_no_allowance_for_its_kind() -> None:
    kind = Candidate("kind", "filter", "filtering:KIND", "filtering", "1.0")
    plugin = Candidate("filter", "blur", "blurring", "poise-blur", "1.0")

    allowed = Kinds([kind, plugin], Policy(allowed=frozenset({"blur"})))
    other = Kinds([kind, plugin], Policy(allowed=frozenset({"unet"})))

    assert allowed.closed("filter") is None
    assert other.closed("filter") is not None


def test_a_plugin_may_implement_further_hooks_of_its_kind(site: Any) -> None:
    opened(site)
    blur(site, FILTER + "\n\n@hookimpl\ndef poise_filter_chosen(key):\n    return key\n")

    assert registry.default().plugins_of("filter")["blur"].key == "blur"
    assert registry.default().hook.poise_filter_chosen(key="blur") == ["blur"]


def test_a_hook_that_no_kind_has_is_refused_with_the_nearest(site: Any) -> None:
    opened(site)
    blur(site, FILTER.replace("def poise_filters", "def poise_filtres"))

    (failure,) = registry.default().failures()

    assert failure.cause == "it implements the hook poise_filtres, which does not exist"
    assert failure.fix == "did you mean poise_filters?"


def test_a_kind_without_templates_says_so(installed: Any) -> None:
    opened(installed)

    done = installed.poise("new", "filter", "sharpen")

    assert done.returncode == 2
    assert "filters have no templates, so write one by hand" in done.stderr


def test_a_new_plugin_comes_from_the_templates_of_its_kind(installed: Any) -> None:
    opened(installed, KIND.replace('images")', 'images", templates="filter_templates")'))
    installed.write("filter_templates/module.py.in", dedent("key = '$key'  # $config of $group\n"))
    installed.write("filter_templates/README.md.in", "# $distribution\n")

    done = installed.poise("new", "filter", "sharpen")

    assert done.returncode in (0, 1), done.stderr
    folder = installed.work / "poise-sharpen"
    assert (folder / "src/poise_sharpen.py").read_text() == (
        "key = 'sharpen'  # SharpenConfig of poise.filters\n"
    )
    assert '[project.entry-points."poise.filters"]' in (folder / "pyproject.toml").read_text()
    assert "a filter for Poise" in (folder / "pyproject.toml").read_text()


def test_commands_and_observers_are_as_they_were(installed: Any) -> None:
    installed.install("logger", {"logger.py": ""}, {"poise.plugins": {"log": "logger"}})
    installed.install(
        "more", {"more.py": "command = 3"}, {"poise.commands": {"go": "more:command"}}
    )

    assert [(row["kind"], row["key"], row["state"]) for row in rows(installed)] == [
        ("plugin", "log", "ok")
    ]

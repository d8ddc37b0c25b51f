"""Loading one plugin: everything that can be wrong with it, and what is then said."""

import re
from textwrap import dedent
from types import SimpleNamespace

import pytest

from poise import BackboneSpec, HeadSpec, PluginError, Registry, registry
from poise.registry.discovery import Candidate
from poise.registry.failures import Failure

WORKING = """
    import attrs
    from poise import BackboneSpec, HeadSpec, hookimpl

    @attrs.frozen(kw_only=True)
    class Config:
        filters: int = 8

    def spec(key="vit", config=Config, kind=BackboneSpec, **further):
        if kind is BackboneSpec:
            further |= {"build": lambda config, image: [{1: image}]}
            further |= {"max_stride": lambda config: 1}
        else:
            further |= {"outputs": lambda config, skeleton, classes: ()}
        return kind(key=key, config=config, **further)

    @hookimpl
    def poise_backbones():
        return [spec()]
"""


def source(*changes, hook="return [spec()]"):
    """The source of a plugin that works, with another end of its hook and further code."""
    code = dedent(WORKING).replace("return [spec()]", hook)
    return code + "".join(dedent(change) for change in changes)


def install(site, code, value="poise_vit"):
    site.install("poise-vit", {"poise_vit.py": code}, {"poise.backbones": {"vit": value}})


def message_about(site, code, value="poise_vit"):
    """The whole message for who asks for the backbone of a plugin."""
    install(site, code, value)
    with pytest.raises(PluginError) as error:
        registry.default().backbones["vit"]
    return str(error.value)


def expected(cause, fix, value="poise_vit"):
    return (
        f"backbone 'vit' cannot be used: {cause}\n"
        f"  from: poise-vit 1.0, entry point vit = '{value}'\n"
        f"  fix: {fix}"
    )


def test_a_plugin_that_keeps_the_contract_gives_its_spec(site):
    install(site, source())

    spec = registry.default().backbones["vit"]

    assert isinstance(spec, BackboneSpec)
    assert spec.key == "vit"


@pytest.mark.parametrize(
    "hook",
    [
        "return (spec(),)",
        "return [spec('other'), spec()]",
        "return (spec(key) for key in ['vit'])",
        "yield spec()",
    ],
)
def test_a_hook_may_return_any_iterable_of_specs(site, hook):
    install(site, source(hook=hook))

    assert registry.default().backbones["vit"].key == "vit"


def test_an_entry_point_may_name_an_object_in_a_module(site):
    holder = """
        class Holder:
            poise_backbones = staticmethod(poise_backbones)

        held = Holder()
        del poise_backbones
    """
    install(site, source(holder), "poise_vit:held")

    assert registry.default().backbones["vit"].key == "vit"


NOT_IN_WHEEL = (
    "whose wheel lacks it; [tool.hatch.build.targets.wheel] in pyproject.toml, or the like, says "
    "what a wheel has"
)
AUTHORS = "upgrade poise-vit, or report it to the authors of poise-vit"


@pytest.mark.parametrize(
    ("code", "cause", "fix"),
    [
        (
            "import nowhere.at_all",
            "ModuleNotFoundError: No module named 'nowhere'",
            "install the package that provides 'nowhere'",
        ),
        (
            "import poise_vit.layers",
            "ModuleNotFoundError: No module named 'poise_vit.layers'; 'poise_vit' is not a package",
            f"add poise_vit.layers to poise-vit, {NOT_IN_WHEEL}",
        ),
        (
            "import poise_vit_layers",
            "ModuleNotFoundError: No module named 'poise_vit_layers'",
            f"add poise_vit_layers to poise-vit, {NOT_IN_WHEEL}",
        ),
        (
            "from poise import NoSuchThing",
            "ImportError: cannot import name 'NoSuchThing' from 'poise' (*)",
            AUTHORS,
        ),
        ("raise ImportError", "ImportError: no message", AUTHORS),
        ("raise ValueError('one\\ntwo')", "ValueError: one", AUTHORS),
        ("1 / 0", "ZeroDivisionError: division by zero", AUTHORS),
        ("raise KeyError('x' * 999)", f"KeyError: '{'x' * 198}…", AUTHORS),
        (
            "class Mute(Exception):\n    def __str__(self):\n        raise TypeError\nraise Mute",
            "Mute: no message",
            AUTHORS,
        ),
        ("def broken(:", "SyntaxError: invalid syntax in *poise_vit.py, line 1", AUTHORS),
        (
            "import sys; sys.exit('bye')",
            "loading poise_vit ended the program (sys.exit('bye'))",
            "report it to the authors of poise-vit, or uninstall it",
        ),
        (
            "import sys; sys.exit()",
            "loading poise_vit ended the program (sys.exit(None))",
            "report it to the authors of poise-vit, or uninstall it",
        ),
        (
            "",
            "it has no hook poise_backbones",
            "define poise_backbones() in poise_vit and mark it with @poise.hookimpl",
        ),
        (
            "def poise_backbones():\n    return []",  # not marked
            "it has no hook poise_backbones",
            "define poise_backbones() in poise_vit and mark it with @poise.hookimpl",
        ),
        (
            source("@hookimpl\ndef poise_backbone():\n    return []\n"),
            "it implements the hook poise_backbone, which does not exist",
            "did you mean poise_backbones?",
        ),
        (
            source("@hookimpl\ndef paint_it_black():\n    return []\n"),
            "it implements the hook paint_it_black, which does not exist",
            "hooks: poise_backbones, poise_heads, poise_encoders, poise_model_built, poise_weights",
        ),
        (
            source("@hookimpl(specname='xyz')\ndef backbones():\n    return []\n"),
            "it implements the hook xyz, which does not exist",
            "hooks: poise_backbones, poise_heads, poise_encoders, poise_model_built, poise_weights",
        ),
        (
            source("@hookimpl\ndef poise_model_built(network):\n    pass\n"),
            "a hook has the wrong arguments: Argument(s) {'network'} are declared in the "
            "hookimpl but can not be found in the hookspec",
            "give it the arguments that poise.hookspecs declares",
        ),
        (
            source(hook="return spec()"),
            "poise_backbones must return a list of specs, got BackboneSpec",
            "return a list from poise_backbones",
        ),
        (
            source(hook="pass"),
            "poise_backbones must return a list of specs, got NoneType",
            "return a list from poise_backbones",
        ),
        (
            source(hook="return {'vit': spec()}"),
            "poise_backbones must return a list of specs, got dict",
            "return a list from poise_backbones",
        ),
        (source(hook="raise RuntimeError('no GPU')"), "RuntimeError: no GPU", AUTHORS),
        (
            source(hook="return [Config]"),
            "it must return a list of BackboneSpec, got a type in it",
            "return poise.BackboneSpec(…)",
        ),
        (
            source(hook="return [spec(kind=HeadSpec)]"),
            "it must return a list of BackboneSpec, got a HeadSpec in it",
            "return poise.BackboneSpec(…)",
        ),
        (
            source(hook="return []"),
            "it must have one spec of key 'vit', got no spec; keys: none",
            "give the entry point the name of the spec's key",
        ),
        (
            source(hook="return [spec('ViT'), spec('vit2')]"),
            "it must have one spec of key 'vit', got no spec; keys: ViT, vit2",
            "give the entry point the name of the spec's key",
        ),
        (
            source(hook="return [spec(), spec()]"),
            "it must have one spec of key 'vit', got 2 specs; keys: vit, vit",
            "return one spec of key 'vit'",
        ),
        (
            source(hook="return [spec(api=3)]"),
            "it was written for api 3, and this Poise has api 2",
            "upgrade Poise",
        ),
        (
            source(hook="return [spec(api=0)]"),
            "it was written for api 0, and this Poise has api 2",
            "upgrade poise-vit",
        ),
        (
            source(hook="return [spec(api='1.0')]"),
            "it was written for api '1.0', and this Poise has api 2",
            "upgrade poise-vit",
        ),
        (
            source("class Plain: pass\n", hook="return [spec(config=Plain)]"),
            "its configuration class Plain is not made with attrs",
            "decorate it with @attrs.frozen(kw_only=True)",
        ),
        (
            source(hook="return [spec(config={'filters': 8})]"),
            "its configuration class {'filters': 8} is not made with attrs",
            "decorate it with @attrs.frozen(kw_only=True)",
        ),
        (
            source(hook="return [spec(config=Config())]"),
            "its configuration class Config(filters=8) is not made with attrs",
            "decorate it with @attrs.frozen(kw_only=True)",
        ),
        (
            source(
                "@attrs.define(kw_only=True)\nclass Loose:\n    filters: int = 8\n",
                hook="return [spec(config=Loose)]",
            ),
            "its configuration class Loose is not frozen",
            "decorate it with @attrs.frozen(kw_only=True)",
        ),
        (
            # attrs gives such a class a __setattr__ of its own, to run the validator.
            source(
                "@attrs.define(kw_only=True)\nclass Loose:\n"
                "    filters: int = attrs.field(default=8, validator=print)\n",
                hook="return [spec(config=Loose)]",
            ),
            "its configuration class Loose is not frozen",
            "decorate it with @attrs.frozen(kw_only=True)",
        ),
        (
            source(
                "@attrs.frozen\nclass Placed:\n    filters: int = 8\n    rate: float = 2\n",
                hook="return [spec(config=Placed)]",
            ),
            "fields of Placed are positional: filters, rate",
            "decorate it with @attrs.frozen(kw_only=True)",
        ),
        (
            source(
                "@attrs.frozen(kw_only=True)\nclass Untyped:\n"
                "    filters = attrs.field(default=8)\n",
                hook="return [spec(config=Untyped)]",
            ),
            "fields of Untyped have no type: filters",
            "annotate them, as Poise checks files against the types",
        ),
        (
            source(
                "@attrs.frozen(kw_only=True)\nclass Lost:\n    filters: 'Nowhere' = 8\n",
                hook="return [spec(config=Lost)]",
            ),
            "a type of Lost cannot be resolved: name 'Nowhere' is not defined",
            "import it at the top of the module, not under TYPE_CHECKING",
        ),
    ],
)
def test_a_broken_plugin_is_refused_with_cause_and_fix(site, code, cause, fix):
    pattern = re.escape(expected(cause, fix)).replace(r"\*", ".*")

    assert re.fullmatch(pattern, message_about(site, code))


@pytest.mark.parametrize("value", ["", "poise vit", "poise-vit", "poise_vit!", ":spec"])
def test_an_entry_point_that_names_no_module_is_refused(site, value):
    message = message_about(site, source(), value)

    assert message == expected(
        f"its entry point must name a module, got {value!r}",
        'set vit = "package.module" in its pyproject.toml',
        value,
    )


def test_an_entry_point_to_an_object_that_is_not_there_is_refused(site):
    message = message_about(site, source(), "poise_vit:plugin")

    assert message == expected(
        "AttributeError: module 'poise_vit' has no attribute 'plugin'", AUTHORS, "poise_vit:plugin"
    )


def test_an_interrupt_by_the_user_is_no_failure_of_the_plugin(site):
    install(site, "import signal; signal.raise_signal(signal.SIGINT)")

    with pytest.raises(KeyboardInterrupt):
        registry.default().backbones["vit"]


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("raise KeyboardInterrupt", "KeyboardInterrupt: no message"),
        ("class Odd(BaseException): pass\nraise Odd('bye')", "Odd: bye"),
        ("raise GeneratorExit", "GeneratorExit: no message"),
        ("import asyncio; raise asyncio.CancelledError", "CancelledError: no message"),
        (
            "class Odd(Exception):\n    def __str__(self):\n        raise SystemExit\nraise Odd",
            "Odd: no message",
        ),
    ],
)
def test_whatever_else_a_plugin_raises_is_its_failure(site, code, cause):
    assert message_about(site, code) == expected(cause, AUTHORS)


def test_hooks_of_a_plugin_that_was_refused_do_not_run(site):
    site.install(
        "poise-vit",
        {
            "poise_vit.py": source(
                """
                @hookimpl
                def poise_weights(source):
                    raise AssertionError("called")
                """,
                hook="return [spec(api=99)]",
            )
        },
        {"poise.backbones": {"vit": "poise_vit"}},
    )
    assert len(registry.default().failures()) == 1

    assert registry.default().hook.poise_weights(source="imagenet") is None


def test_a_refused_key_does_not_take_along_the_other_keys_of_its_plugin(site):
    code = source(
        """
        @hookimpl
        def poise_weights(source):
            return "here"
        """,
        hook="return [spec(api=99), spec('good')]",
    )
    site.install(
        "poise-vit",
        {"poise_vit.py": code},
        {"poise.backbones": {"vit": "poise_vit", "good": "poise_vit"}},
    )
    installed = registry.default()

    assert [failure.candidate.key for failure in installed.failures()] == ["vit"]
    assert installed.backbones["good"].key == "good"
    assert installed.hook.poise_weights(source="imagenet") == "here"


def test_a_hook_with_wrong_arguments_breaks_every_key_of_its_plugin(site):
    code = source(
        "@hookimpl\ndef poise_model_built(network):\n    pass\n",
        hook="return [spec(), spec('other')]",
    )
    site.install(
        "poise-vit",
        {"poise_vit.py": code},
        {"poise.backbones": {"vit": "poise_vit", "other": "poise_vit"}},
    )

    assert [failure.candidate.key for failure in registry.default().failures()] == ["other", "vit"]


def test_a_failure_fits_in_one_line_of_a_listing():
    candidate = Candidate("backbone", "vit", "poise_vit", "poise-vit", "1.0")

    assert Failure(candidate, "ImportError: no", "upgrade").line() == (
        "backbone vit (poise-vit 1.0): ImportError: no"
    )


@pytest.mark.parametrize(
    ("hook", "message"),
    [
        (lambda: None, "TypeError: 'NoneType' object is not iterable"),
        (lambda: ["vit"], "AttributeError: 'str' object has no attribute 'key'"),
        (lambda: 1 / 0, "ZeroDivisionError: division by zero"),
    ],
)
def test_a_plugin_that_is_given_must_give_specs(hook, message):
    plugin = SimpleNamespace(__name__="toy", poise_backbones=hook)

    with pytest.raises(PluginError) as error:
        Registry(plugins=[plugin])

    assert str(error.value) == (
        f"poise_backbones of the plugin toy does not return a list of specs: {message}"
    )


def test_a_head_of_an_unknown_stage_is_refused_with_its_plugin(site):
    hook = """
        @hookimpl
        def poise_heads():
            return [HeadSpec(key="eyes", config=Config, outputs=print, stage="crops")]
    """
    site.install(
        "poise-eyes", {"poise_eyes.py": source(hook)}, {"poise.heads": {"eyes": "poise_eyes"}}
    )

    with pytest.raises(PluginError) as error:
        registry.default().heads["eyes"]

    assert str(error.value).splitlines()[0] == (
        "head 'eyes' cannot be used: PluginError: stage of head 'eyes' must be 'image', "
        "'centroid' or 'crop', got 'crops'; did you mean 'crop'?"
    )


def test_a_given_plugin_without_the_marker_is_told_so():
    spec = HeadSpec(key="dot", config=int, outputs=lambda config, skeleton, classes: ())
    toys = Registry(plugins=[SimpleNamespace(__name__="toy", poise_heads=lambda: [spec])])

    with pytest.raises(PluginError) as error:
        toys.heads["dot"]

    assert str(error.value) == (
        "head 'dot' cannot be used: it has no hook poise_heads\n"
        "  from: toy given, entry point dot = 'toy'\n"
        "  fix: define poise_heads() in toy and mark it with @poise.hookimpl"
    )


def test_a_module_that_was_installed_and_removed_is_to_be_installed_again(site):
    info = site.install(
        "poise-vit",
        {"poise_vit.py": "import poise_vit_layers"},
        {"poise.backbones": {"vit": "poise_vit"}},
    )
    (info / "RECORD").write_text("poise_vit.py,,\npoise_vit_layers.py,,\n", encoding="utf-8")

    with pytest.raises(PluginError, match="fix: reinstall poise-vit, whose file was removed"):
        registry.default().backbones["vit"]

"""What ``poise doctor`` reports on plugins that are broken in different ways."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import pytest

WORKING = '''
import attrs
from poise import BackboneSpec, hookimpl

@attrs.frozen(kw_only=True)
class Config:
    """Made up."""

def spec(key, config=Config, **further):
    return BackboneSpec(
        key=key,
        config=config,
        build=lambda config, image: [],
        max_stride=lambda config: 1,
        output_stride=lambda config: 1,
        **further,
    )

@hookimpl
def poise_backbones():
    return [spec({key!r}{further})]
'''

AUTHORS = "upgrade poise-{0}, or report it to the authors of poise-{0}"

BROKEN: dict[str, tuple[str, str, str]] = {
    "absent": (
        "import nowhere",
        "ModuleNotFoundError: No module named 'nowhere'",
        "install the package that provides 'nowhere'",
    ),
    "syntax": (
        "def broken(:",
        "SyntaxError: invalid syntax in *poise_syntax.py, line 1",
        AUTHORS.format("syntax"),
    ),
    "exits": (
        "import sys; sys.exit('bye')",
        "loading poise_exits ended the program (sys.exit('bye'))",
        "report it to the authors of poise-exits, or uninstall it",
    ),
    "dies": (
        "import os, sys; print('I am gone', file=sys.stderr, flush=True); os._exit(3)",
        "loading it ended the interpreter (exit status 3: I am gone)",
        AUTHORS.format("dies"),
    ),
    "future": (
        WORKING.format(key="future", further=", api=3"),
        "it was written for api 3, and this Poise has api 2",
        "upgrade Poise",
    ),
    "hooked": (
        WORKING.format(key="hooked", further="") + "\n@hookimpl\ndef poise_backbone():\n    pass\n",
        "it implements the hook poise_backbone, which does not exist",
        "did you mean poise_backbones?",
    ),
    "renamed": (
        WORKING.format(key="Renamed", further=""),
        "it must have one spec of key 'renamed', got no spec; keys: Renamed",
        "give the entry point the name of the spec's key",
    ),
    "plain": (
        WORKING.format(key="plain", further=", config=int"),
        "its configuration class int is not made with attrs",
        "decorate it with @attrs.frozen(kw_only=True)",
    ),
    "mute": (
        "",
        "it has no hook poise_backbones",
        "define poise_backbones() in poise_mute and mark it with @poise.hookimpl",
    ),
    "heavy": (
        "import os\nimport keras\n" + WORKING.format(key="heavy", further=""),
        "importing it loads keras and tensorflow (keras in *poise_heavy.py, line 2), which "
        "slows down every listing",
        "import it inside the functions that build, not at the top of a module",
    ),
    "nameless": (
        WORKING.format(key="nameless", further=""),
        "its entry point must name a module, got 'poise nameless'",
        'set nameless = "package.module" in its pyproject.toml',
    ),
}
"""Key → source, cause and fix."""


@pytest.fixture
def ward(installed: Any) -> Any:
    """A working plugin and all broken ones."""
    installed.write("keras.py", "import tensorflow")
    installed.write("tensorflow.py", "")
    installed.install_backbone("tiny")
    for key, (source, _, _) in BROKEN.items():
        value = "poise nameless" if key == "nameless" else f"poise_{key}"
        installed.install(
            f"poise-{key}", {f"poise_{key}.py": source}, {"poise.backbones": {key: value}}
        )
    for name in ("poise-one", "poise-two"):
        installed.install(name, {}, {"poise.backbones": {"twice": "nothing"}})
    installed.install(
        "poise-speaks",
        {"poise_speaks.py": "print('loaded')\ncommand = print\n"},
        {
            "poise.plugins": {"speaks": "poise_speaks"},
            "poise.commands": {"speak": "poise_speaks:command"},
        },
    )
    installed.install("poise-show", {}, {"poise.commands": {"show": "poise_show"}})
    return installed


def test_each_broken_plugin_is_named_with_cause_and_fix(ward: Any) -> None:
    done = ward.poise("doctor", "--json")
    report = json.loads(done.stdout)
    of = {
        (plugin["kind"], plugin["key"], plugin["distribution"]): plugin
        for plugin in report["plugins"]
    }

    assert done.returncode == 1
    for key, (_, cause, fix) in BROKEN.items():
        plugin = of["backbone", key, f"poise-{key}"]
        pattern = re.escape(cause).replace(r"\*", ".*")
        assert re.fullmatch(pattern, plugin["cause"]), plugin["cause"]
        assert (plugin["fix"], plugin["version"]) == (fix, "1.0")
        assert plugin["state"] == ("heavy" if key == "heavy" else "broken")
        assert [each["fix"] for each in report["problems"] if plugin["cause"] in each["cause"]] == [
            fix
        ]
    for name in ("poise-one", "poise-two"):
        assert of["backbone", "twice", name]["state"] == "clash"
        assert (
            of["backbone", "twice", name]["cause"] == "claimed by poise-one 1.0 and poise-two 1.0"
        )
        assert "POISE_PREFER=twice=poise-one" in of["backbone", "twice", name]["fix"]
    assert of["command", "speak", "poise-speaks"]["cause"] == (
        "poise_speaks:command must be a click command, got builtin_function_or_method"
    )
    assert of["command", "show", "poise-show"]["cause"] == (
        "poise-show 1.0 has a command with the name of one of Poise's commands"
    )
    # The clash is one problem, however many claim the key.
    assert len(report["problems"]) == len(BROKEN) + 3


def test_beside_them_a_plugin_that_works_is_well(ward: Any) -> None:
    report = json.loads(ward.poise("doctor", "--json").stdout)
    well = {plugin["key"]: plugin for plugin in report["plugins"] if plugin["state"] == "ok"}

    assert set(well) == {"tiny", "speaks"}
    assert well["tiny"] | {"seconds": 0} == {
        "kind": "backbone",
        "key": "tiny",
        "distribution": "poise-tiny",
        "version": "1.0",
        "entry_point": "poise_tiny",
        "location": str(ward.folder / "poise_tiny.py"),
        "seconds": 0,
        "state": "ok",
        "cause": "",
        "fix": "",
    }
    assert 0 < well["tiny"]["seconds"] < 60


def test_the_report_for_people_is_in_words(ward: Any) -> None:
    printed = ward.poise("doctor").stdout

    assert "  poise-tiny 1.0: poise_tiny, loads in 0." in printed
    assert "    ok        backbone tiny\n" in printed
    assert (
        "  broken: backbone future (poise-future 1.0): it was written for api 3, and this "
        "Poise has api 2\n"
        "    fix: upgrade Poise\n"
    ) in printed
    assert f"\n{len(BROKEN) + 3} broken\n" in printed
    assert "\nFor an issue report\n### Installation\n\n- poise 0.1.0, Python 3." in printed
    assert "- heavy: poise-heavy 1.0: importing it loads keras and tensorflow" in printed


def test_with_nothing_but_what_works_all_is_well(installed: Any) -> None:
    installed.install_backbone("tiny")
    installed.install_head("dots")
    done = installed.poise("doctor")

    assert (done.returncode, done.stderr) == (0, "")
    assert "\nNothing broken\n" in done.stdout
    assert "Broken" not in done.stdout.partition("For an issue report")[2]


def test_with_no_plugin_at_all_it_says_so(installed: Any) -> None:
    done = installed.poise("doctor")

    assert done.returncode == 0
    assert "Plugins\n  none installed\n" in done.stdout
    assert "- plugins: none\n" in done.stdout


def test_a_plugin_that_hangs_is_named(installed: Any) -> None:
    installed.install(
        "poise-slow",
        {"poise_slow.py": "import time\nwhile True: time.sleep(1)"},
        {"poise.backbones": {"slow": "poise_slow"}},
    )
    done = installed.poise("doctor", "--json", "--timeout", "2")

    assert done.returncode == 1
    assert json.loads(done.stdout)["problems"] == [
        {
            "cause": "broken: backbone slow (poise-slow 1.0): loading it did not finish within 2 "
            "seconds",
            "fix": AUTHORS.format("slow"),
        }
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
def test_a_plugin_that_crashes_the_interpreter_is_named(installed: Any) -> None:
    installed.install(
        "poise-crash",
        {"poise_crash.py": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"},
        {"poise.heads": {"crash": "poise_crash"}},
    )
    report = json.loads(installed.poise("doctor", "--json").stdout)

    assert report["problems"][0]["cause"] == (
        "broken: head crash (poise-crash 1.0): loading it ended the interpreter (SIGSEGV)"
    )


def test_keys_of_one_module_are_loaded_once_and_reported_once(installed: Any) -> None:
    installed.write("keras.py", "")
    source = "import keras\n" + WORKING.format(key="a", further="), spec('b'")
    installed.install(
        "poise-both",
        {"poise_both.py": source},
        {"poise.backbones": dict.fromkeys("ab", "poise_both")},
    )
    report = json.loads(installed.poise("doctor", "--json").stdout)

    assert [plugin["state"] for plugin in report["plugins"]] == ["heavy", "heavy"]
    assert [plugin["seconds"] is None for plugin in report["plugins"]] == [False, True]
    assert len(report["problems"]) == 1


def test_a_broken_plugin_that_is_also_heavy_is_reported_as_both(installed: Any) -> None:
    installed.write("torch.py", "")
    installed.install(
        "poise-bad", {"poise_bad.py": "import torch\n1 / 0"}, {"poise.heads": {"bad": "poise_bad"}}
    )
    report = json.loads(installed.poise("doctor", "--json").stdout)["plugins"][0]

    assert report["state"] == "broken"
    assert report["cause"] == (
        "ZeroDivisionError: division by zero; besides, importing it loads torch (torch in "
        f"{installed.folder / 'poise_bad.py'}, line 1), which slows down every listing"
    )


def test_asking_whether_keras_is_there_is_not_loading_it(installed: Any) -> None:
    installed.write("keras.py", "")
    installed.install_backbone("tiny")
    file = installed.folder / "poise_tiny.py"
    file.write_text("import importlib.util as u; u.find_spec('keras')\n" + file.read_text())

    assert installed.poise("doctor").returncode == 0


def test_a_plugin_that_an_environment_variable_disables_is_not_loaded(ward: Any) -> None:
    others = ",".join([*BROKEN, "twice", "poise-speaks", "show", "nobody"])
    done = ward.poise("doctor", "--json", POISE_DISABLE=others)
    report = json.loads(done.stdout)
    states = {plugin["key"]: (plugin["state"], plugin["cause"]) for plugin in report["plugins"]}

    assert done.returncode == 0
    assert states["dies"] == ("disabled", "disabled by POISE_DISABLE")
    assert states["tiny"] == ("ok", "")
    assert "POISE_DISABLE names nobody, but no such plugin is installed" in report["notes"]
    assert [
        variable for variable in report["variables"] if variable["name"] == "POISE_DISABLE"
    ] == [{"name": "POISE_DISABLE", "value": others, "effect": "16 of 17 plugins are not used"}]


def test_a_preferred_distribution_resolves_a_clash(installed: Any) -> None:
    installed.install_backbone("twice", name="poise-one")
    installed.install_backbone("twice", name="poise-two")
    done = installed.poise("doctor", "--json", POISE_PREFER="twice=poise-two")
    states = {
        plugin["distribution"]: plugin["state"] for plugin in json.loads(done.stdout)["plugins"]
    }

    assert done.returncode == 0
    assert states == {"poise-one": "disabled", "poise-two": "ok"}


def test_a_variable_that_cannot_be_read_is_a_problem_and_no_reason_to_stop(installed: Any) -> None:
    installed.install_backbone("tiny")
    done = installed.poise("doctor", "--json", POISE_PREFER="tiny")
    report = json.loads(done.stdout)

    assert done.returncode == 1
    assert [problem["cause"] for problem in report["problems"]] == [
        "the environment variable POISE_PREFER must be key=distribution, got 'tiny'"
    ]
    assert report["plugins"][0]["state"] == "ok"


def test_doctor_itself_imports_no_plugin_and_nothing_heavy(ward: Any) -> None:
    code = "from poise.cli import main\nassert main(['doctor', '--json']) == 1\n"
    modules = ward.modules_after(code)

    assert not {"keras", "tensorflow"} & modules
    assert not {name for name in modules if name.startswith("poise_")}

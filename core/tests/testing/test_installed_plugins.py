"""The suite as a plugin author runs it: on installed plugins, with pytest."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

from poise import registry
from poise.testing import Case, cases

pytest_plugins = ["pytester"]

PLUGIN = '''
"""A plugin that keeps every promise that can be checked without building."""

import attrs

from poise import BackboneSpec, hookimpl
from poise.fields import integer
{top}

@attrs.frozen(kw_only=True)
class Config:
    """Made up.

    Attributes:
        output_stride: stride of the only features, in pixels.
    """

    output_stride: int = attrs.field(default=4, validator=integer(at_least=1))


def build(config, image):
    from keras import layers

    return [{{4: layers.AveragePooling2D(4)(image)}}]


@hookimpl
def poise_backbones():
    return [
        BackboneSpec(
            key="{key}",
            config=Config,
            build=build,
            max_stride=lambda config: 4,
            summary="An average",
            examples={{"default": Config()}},
        )
    ]
'''


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the import path whose distributions are installed, for one test."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    registry.reset()
    yield folder
    registry.reset()


def install(site: Path, key: str, top: str = "") -> None:
    """Install the plugin above as ``poise-<key>``, with more at the top of its module."""
    module = f"poise_{key}"
    site.joinpath(f"{module}.py").write_text(PLUGIN.format(key=key, top=top), encoding="utf-8")
    info = site / f"{module}-1.0.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text(f"Name: poise-{key}\nVersion: 1.0\n", encoding="utf-8")
    entry_point = f"[poise.backbones]\n{key} = {module}\n"
    info.joinpath("entry_points.txt").write_text(entry_point, encoding="utf-8")
    registry.reset()


def case_of(key: str, name: str) -> Case:
    return next(case for case in cases(key) if case.check.name == name)


EVERY = [
    ("looking_it_up_imports_no_keras", "import keras", "imported keras"),
    *(
        ("looking_it_up_changes_nothing_else", top, f"changed {description}")
        for top, description in {
            "import random; random.seed(1)": "the state of random",
            "open('note.txt', 'w').close()": "files (it wrote note.txt)",
            "print('loaded')": "the output (it printed 'loaded')",
            "import os; os.environ['POISE_TESTING'] = '1'": "environment variables (POISE_TESTING)",
            "import warnings; warnings.simplefilter('ignore')": "which warnings are shown",
            "import logging; logging.basicConfig()": "what is logged, and where",
            "import threading, time; threading.Thread(target=time.sleep, args=(1,)).start()": (
                "threads"
            ),
        }.items()
    ),
]
"""Check, code at the top of a module, and its description in the finding."""


@pytest.mark.parametrize(
    ("name", "top", "description"), [pytest.param(*entry, id=entry[2]) for entry in EVERY]
)
def test_a_plugin_that_does_something_when_it_is_looked_up_is_caught(
    site: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    top: str,
    description: str,
) -> None:
    # A module of that name is enough, and the core's own environment has no other.
    site.joinpath("keras.py").write_text("", encoding="utf-8")
    monkeypatch.setitem(sys.modules, "keras", sys.modules.get("keras", ModuleType("keras")))
    monkeypatch.setenv("POISE_TESTING", "0")
    monkeypatch.chdir(tmp_path)
    install(site, "quiet")
    install(site, "loud", top=top)

    with warnings.catch_warnings():
        quiet, loud = case_of("quiet", name).outcome(), case_of("loud", name).outcome()

    assert quiet.status == "kept"
    assert loud.found == f"looking it up in a fresh interpreter {description}"


def test_an_unknown_key_has_one_case_that_reports_it() -> None:
    (case,) = cases("made_up_by_nobody")

    outcome = case.outcome()

    assert case.check.name == "it_is_found_by_its_key"
    assert "no backbone 'made_up_by_nobody'" in outcome.message


def test_three_lines_of_pytest_run_every_check(
    site: Path, pytester: pytest.Pytester, keras: object
) -> None:
    install(site, "average")
    pytester.makepyfile(
        dedent("""
        import poise.testing

        @poise.testing.conformance("average")
        def test_conformance(check):
            check()
        """)
    )

    result = pytester.runpytest_inprocess("-v")

    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"passed", "skipped"}
    assert outcomes["passed"] > 20
    result.stdout.fnmatch_lines(
        ["*[[]average-features_have_the_strides_that_their_keys_say-default[]] PASSED*"]
    )


def test_the_command_line_runs_every_check_of_a_key(site: Path, pytester: pytest.Pytester) -> None:
    install(site, "average")

    result = pytester.runpytest_inprocess(
        "--pyargs", "poise.testing", "--poise-key", "average", "-k", "json or summary"
    )

    result.assert_outcomes(passed=3, deselected=result.parseoutcomes()["deselected"])


def test_the_command_line_without_a_key_says_what_is_missing(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--pyargs", "poise.testing")

    result.stdout.fnmatch_lines(["*no key: pass the key of a plugin, as in --poise-key=unet"])

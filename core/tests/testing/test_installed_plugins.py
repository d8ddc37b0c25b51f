"""The suite as an author runs it: on what is installed, with pytest."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

from poise import registry
from poise.testing import Case, cases

pytest_plugins = ["pytester"]

PLUGIN = '''
"""A plugin that keeps every promise that can be looked at without building."""

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
    """A folder that can be imported from and whose distributions are seen, for one test."""
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


def test_a_plugin_that_imports_keras_to_be_looked_up_is_caught(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A module of that name is enough, and the core's own environment has no other.
    site.joinpath("keras.py").write_text("", encoding="utf-8")
    monkeypatch.setitem(sys.modules, "keras", sys.modules.get("keras", ModuleType("keras")))
    install(site, "lazy")
    install(site, "eager", top="import keras")

    lazy = case_of("lazy", "looking_it_up_imports_no_keras").outcome()
    eager = case_of("eager", "looking_it_up_imports_no_keras").outcome()

    assert lazy.status == "kept"
    assert eager.status == "broken"
    assert "looking it up in a fresh interpreter imported keras" in eager.message


def test_a_key_that_nobody_provides_is_one_case_which_says_so() -> None:
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

    result.stdout.fnmatch_lines(["*which plugin? give its key, as in --poise-key=unet"])

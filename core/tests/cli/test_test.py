"""What ``poise test`` runs, prints, and answers to mistakes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from poise import registry
from poise.cli import main
from poise.testing import every_check, registry_of
from poise.testing.standins import DOT, POOLS

SUMMARY = "its_summary_is_one_line"
Use = Callable[..., Any]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Any:
    """``use(*specs)``: what is installed, as far as the command can see."""
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    yield lambda *specs: registry.reset(registry_of(*specs))
    registry.reset()


def nameless(spec: Any = POOLS) -> Any:
    return attrs.evolve(spec, key="nameless", summary="")


def test_every_promise_is_a_line_and_all_of_them_are_counted(
    use: Use, keras: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    use(POOLS)

    status = main(["test", POOLS.key])

    heading, *lines, blank, total = capsys.readouterr().out.splitlines()
    results = [line for line in lines if not line.startswith("   ")]
    assert heading == "backbone poise_testing_pools, passed as an object"
    assert [line[11:] for line in results] == [check.sentence for check in every_check("backbone")]
    assert {line[:11].strip() for line in results} == {"kept", "skipped"}
    assert blank == ""
    assert total.startswith(f"{len(results)} promises: ")
    assert f"; Keras {keras.__version__} on {keras.backend.backend()}" in total
    assert status == 0


def test_a_broken_promise_is_reported_with_what_was_found_why_and_the_fix(
    use: Use, keras: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    use(nameless())

    status = main(["test", "nameless", "--check", SUMMARY])

    assert capsys.readouterr().out.splitlines()[:6] == [
        "backbone nameless, passed as an object",
        "  broken   its summary is one line",
        "           no summary",
        "           why: Users choose an architecture in `poise list` by its summary.",
        "           fix: give the spec a summary of one line, at most 100 characters",
        "",
    ]
    assert status == 1


def test_what_is_broken_in_some_configurations_says_in_which(
    use: Use, keras: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(config: Any, image: Any) -> Any:
        if image.shape[-1] != 1 and config.stacks == 2:
            raise ValueError("images must be gray")
        return POOLS.build(config, image)

    use(attrs.evolve(POOLS, build=build))

    main(["test", POOLS.key, "-q", "--check", "it takes images of any number of channels"])

    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "  broken   it takes images of any number of channels"
    assert lines[2] == (
        "           two stacks: it raised PluginError: build of backbone 'poise_testing_pools' "
        "failed: ValueError: images must be gray"
    )


def test_quiet_says_nothing_of_what_is_kept(
    use: Use, keras: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    use(POOLS)

    main(["test", POOLS.key, "--quiet", "--check", SUMMARY])

    heading, blank, total = capsys.readouterr().out.splitlines()
    assert (heading, blank) == ("backbone poise_testing_pools, passed as an object", "")
    assert total.startswith("1 promise: 1 kept; ")


def test_json_has_every_case_and_the_versions_that_it_is_true_of(
    use: Use, keras: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    use(nameless(), DOT)
    checks = [SUMMARY, "it_survives_json_and_yaml"]

    arguments = [part for name in checks for part in ("--check", name)]
    status = main(["test", "nameless", DOT.key, "--json", *arguments])

    data = json.loads(capsys.readouterr().out)
    assert data["keras"] == keras.__version__
    assert data["backend"] == keras.backend.backend()
    nameless_backbone, dot = data["plugins"]
    assert [nameless_backbone["kind"], nameless_backbone["ok"]] == ["backbone", False]
    assert [dot["kind"], dot["ok"]] == ["head", True]
    broken = nameless_backbone["cases"][0]
    assert broken["seconds"] >= 0
    assert {name: broken[name] for name in ("check", "status", "found", "fix")} == {
        "check": SUMMARY,
        "status": "broken",
        "found": "no summary",
        "fix": "give the spec a summary of one line, at most 100 characters",
    }
    assert [case["configuration"] for case in dot["cases"]] == ["", "default", "stride 2"]
    assert status == 1


def test_what_could_not_be_decided_is_no_success(
    use: Use, keras: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    use(attrs.evolve(POOLS, max_stride=lambda config: 12))

    status = main(["test", POOLS.key, "--check", "it_takes_images_of_any_number_of_channels"])

    skipped, reason = capsys.readouterr().out.splitlines()[1:3]
    assert skipped == "  skipped  it takes images of any number of channels"
    assert reason.startswith("           undecided while this is broken: ")
    assert status == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["poise_testing_poools"], "did you mean 'poise_testing_pools'?"),
        (
            [POOLS.key, "--check", "its_sumary_is_one_line"],
            "no check 'its_sumary_is_one_line' for these plugins; "
            "did you mean 'its_summary_is_one_line'?",
        ),
        ([POOLS.key, "--kind", "head"], f"no head '{POOLS.key}'; installed: none"),
        ([], "Missing argument 'KEY...'"),
    ],
)
def test_a_mistake_in_the_call_is_distinguished_from_a_broken_promise(
    use: Use, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    use(POOLS)

    status = main(["test", *arguments])

    assert message in capsys.readouterr().err
    assert status == 2


def test_without_keras_it_says_what_to_install(
    use: Use, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    use(POOLS)

    status = main(["test", POOLS.key])

    assert "fix: pip install 'poise[tensorflow]'" in capsys.readouterr().err
    assert status == 2


def test_pytest_is_not_needed(installed: Any, keras: Any) -> None:
    installed.install_backbone("tiny", summary="Tiny")

    imported = installed.modules_after_poise("test", "tiny", "--check", SUMMARY)

    assert "keras" in imported
    assert "pytest" not in imported

"""Functions of plugins that end or block their process in use: named, and all others served."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import pytest
from core.tests.cli.test_plugins_that_fail import BACKBONE

from poise.cli import _apart
from poise.errors import BuildError, Fault, UnknownKeyError

FAILURES = {
    "exits": ("__import__('os')._exit(0)", "ended the interpreter (exit status 0)"),
    "fails": ("__import__('os')._exit(3)", "ended the interpreter (exit status 3)"),
    "crashes": ("__import__('ctypes').string_at(0)", "ended the interpreter (SIGSEGV)"),
}
"""What a function does → source of an expression, and what is said of it."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it cannot fork")


def install(site: Any, key: str, failure: str, changes: str, field: str = "") -> None:
    source = BACKBONE.format(key=key, failure=failure, changes=changes, field=field)
    site.install(
        f"poise-{key}", {f"poise_{key}.py": source}, {"poise.backbones": {key: f"poise_{key}"}}
    )


def write(site: Any, key: str, **section: Any) -> str:
    data = {"backbone": {key: section}, "heads": {"dots": {"part_names": ["nose"]}}}
    (site.work / f"{key}.json").write_text(json.dumps(data))
    return f"{key}.json"


@pytest.fixture
def ending(installed: Any) -> Any:
    """A backbone that works, and three that end their interpreter with their defaults."""
    weights = "lambda: [__import__('poise').PublishedWeights(**{facts})]".format(
        facts={"name": "oak", "title": "Oak", "file": "oak.h5", "url": "", "checksum": ""}
    )
    installed.install_backbone("good", published=weights)
    installed.install_head("dots")
    for (how, (failure, _)), name in zip(
        FAILURES.items(), ("max_stride", "notes", "published"), strict=True
    ):
        install(installed, how, failure, f"{{{name!r}: broken}}")
    for key in ("good", *FAILURES):
        write(installed, key)
    return installed


class Odd(BuildError):
    """As a plugin may derive one: reading a pickled one would end the command, with 0."""

    def __reduce__(self) -> Any:
        return os._exit, (0,)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Odd([Fault("must be even, got odd", "filters")], "fly.json"), BuildError),
        (UnknownKeyError("no plugin 'unte'; did you mean 'unet'?"), UnknownKeyError),
        (FileNotFoundError(2, "No such file or directory", "fly.json"), FileNotFoundError),
        (ZeroDivisionError("of Poise's own"), RuntimeError),
    ],
)
def test_an_error_arrives_as_the_nearest_of_poise_with_its_text(
    error: Exception, expected: type
) -> None:
    def fail() -> None:
        raise error

    outcome = _apart._outcome(fail)

    assert isinstance(outcome, tuple)
    assert outcome[0] is False
    assert type(outcome[1]) is expected
    assert str(error) in str(outcome[1])


CAUSES = {
    "exits": "max_stride of backbone 'exits' ended the interpreter (exit status 0",
    "fails": "notes of backbone 'fails' ended the interpreter (exit status 3",
    "crashes": "published of backbone 'crashes' ended the interpreter (SIGSEGV",
}


def test_a_listing_names_whose_function_ends_the_interpreter(ending: Any) -> None:
    done = ending.poise("list", "--json")

    rows = {row["key"]: row for row in json.loads(done.stdout)}
    assert {key for key, row in rows.items() if row["state"] == "ok"} == {"good", "dots"}
    assert {key: rows[key]["cause"] for key in FAILURES} == {
        key: f"{cause})" for key, cause in CAUSES.items()
    }
    assert done.returncode == 1


def test_the_doctor_names_each_key_of_a_module(installed: Any) -> None:
    source = BACKBONE.format(key="a", failure="os._exit(0)", changes="{}", field="")
    source = source.replace("import sys", "import os, sys").replace(
        "return [BackboneSpec(key='a', config=Config, **{**functions, **{}})]",
        "return [BackboneSpec(key=key, config=Config, **functions, notes=notes)"
        " for key, notes in (('a', None), ('b', broken), ('c', lambda config: []))]",
    )
    installed.install(
        "poise-abc",
        {"poise_abc.py": source},
        {"poise.backbones": dict.fromkeys("abc", "poise_abc")},
    )

    done = installed.poise("doctor", "--json")

    causes = {plugin["key"]: plugin["cause"] for plugin in json.loads(done.stdout)["plugins"]}
    assert causes.pop("b").startswith("notes of backbone 'b' ended the interpreter (exit status 0")
    assert causes == {"a": "", "c": ""}


@pytest.mark.parametrize(
    "arguments",
    [
        "check exits.json fails.json crashes.json good.json --json",
        pytest.param("schema", marks=pytest.mark.slow),
        pytest.param("weights list --json", marks=pytest.mark.slow),
        "doctor --json",
    ],
)
def test_a_command_names_them_all_and_serves_the_others(ending: Any, arguments: str) -> None:
    done = ending.poise(*arguments.split(), POISE_OFFLINE="1")

    told = json.dumps(json.loads(done.stdout)) + done.stderr
    for cause in CAUSES.values():
        assert cause in told
    assert {
        "check": '"backbone": "good"',
        "schema": "Channels of the only block",
        "weights": '"oak"',
        "doctor": '"key": "good"',
    }[arguments.split()[0]] in told
    assert done.returncode == 1


DEPENDS = """
    more: int = 0

    def __attrs_post_init__(self):
        if self.more:
            broken()
"""


@pytest.fixture
def depending(installed: Any) -> Any:
    """Backbones that end their interpreter with another configuration than the default."""
    installed.install_backbone("good")
    installed.install_head("dots")
    for how, (failure, _) in FAILURES.items():
        install(installed, how, failure, "{}", DEPENDS)
        write(installed, how, more=1)
    write(installed, "good")
    return installed


def test_a_check_has_a_verdict_for_every_file_whatever_a_configuration_does(
    depending: Any,
) -> None:
    files = [*(f"{how}.json" for how in FAILURES), "good.json"]
    done = depending.poise("check", "--json", *files)

    verdicts = json.loads(done.stdout)
    assert [verdict["ok"] for verdict in verdicts] == [False, False, False, True]
    for (how, (_, what)), verdict in zip(FAILURES.items(), verdicts[:3], strict=True):
        (fault,) = verdict["faults"]
        assert f"backbone {how!r} cannot be used: " in fault["what"]
        assert f" of backbone {how!r} {what}" in fault["what"]
        assert f"upgrade poise-{how}, or report it to the authors of poise-{how}" in fault["what"]
    assert done.returncode == 1


def test_who_cannot_be_left_out_is_no_success(depending: Any) -> None:
    done = depending.poise("migrate", "exits.json")

    assert "backbone 'exits' ended the interpreter (exit status 0)" in done.stderr
    assert done.returncode == 1


IMPATIENT = """
import sys
from poise.cli import _apart, main
_apart.LIMIT = 1
sys.exit(main())
"""


def test_who_does_not_return_is_named(installed: Any) -> None:
    installed.install_backbone("good")
    installed.install_head("dots")
    install(installed, "hangs", "__import__('time').sleep(1000)", "{}", DEPENDS)
    files = [write(installed, "hangs", more=1), write(installed, "good")]

    done = installed.python("-c", IMPATIENT, "check", *files)

    what = "the configuration class of backbone 'hangs' did not finish within 1 seconds"
    assert what in done.stdout
    assert "good.json: ok" in done.stdout
    assert done.returncode == 1

"""Plugins that load well and fail where they are used: each is named, and all others served."""

from __future__ import annotations

import json
from typing import Any

import pytest

FAILURES = {
    "raises": "1 / 0",
    "exits": "sys.exit(0)",
    "interrupts": "_raise(KeyboardInterrupt())",
    "is_odd": "_raise(Odd())",
    "is_mute": "_raise(Mute())",
    "is_wrong": "object()",
}
"""What a function does → source of an expression."""

CALLED = ("max_stride", "output_stride", "at_stride", "stacks", "encoders", "notes")
"""Functions of a backbone that resolving a configuration calls."""

BACKBONE = """
import sys

import attrs

from poise import BackboneSpec, hookimpl


class Odd(BaseException):
    pass


class Mute(Exception):
    def __str__(self):
        sys.exit(0)


def _raise(error):
    raise error


def broken(*args):
    print("printed by a plugin")
    return {failure}


@attrs.frozen(kw_only=True)
class Config:
    '''Made up.'''

    output_stride: int = 4
    {field}


@hookimpl
def poise_backbones():
    functions = {{"build": broken, "max_stride": lambda config: 4}}
    return [BackboneSpec(key={key!r}, config=Config, **{{**functions, **{changes}}})]
"""

FIELDS = {
    "default_raises": "more: int = attrs.field(factory=broken)",
    "default_is_a_date": "more: object = __import__('datetime').date(2026, 1, 1)",
    "validator_exits": "more: int = attrs.field(default=1, validator=broken)",
}
"""What a field of a configuration does → its source."""


def cases() -> dict[str, tuple[str, str, str]]:
    """Key → failure, changes of the spec and a field, as source."""
    several = {
        f"{name}_{how}": (failure, f"{{{name!r}: broken}}", "")
        for name in CALLED
        for how, failure in FAILURES.items()
    }
    fields = {name: (FAILURES["exits"], "{}", field) for name, field in FIELDS.items()}
    return several | fields


def test_the_cases_are_39() -> None:
    assert len(cases()) == 39


@pytest.fixture
def failing(installed: Any) -> Any:
    """One that works, and 39 that fail in use, each of a distribution of its own."""
    installed.install_backbone("good")
    installed.install_head("dots")
    for key, (failure, changes, field) in cases().items():
        source = BACKBONE.format(key=key, failure=failure, changes=changes, field=field)
        module = f"poise_{key}"
        installed.install(
            f"poise-{key.replace('_', '-')}",
            {f"{module}.py": source},
            {"poise.backbones": {key: module}},
        )
    for key in ("good", *cases()):
        data = {"backbone": {key: {"more": 1} if key == "validator_exits" else {}}}
        data["heads"] = {"dots": {"part_names": ["nose"]}}
        (installed.work / f"{key}.json").write_text(json.dumps(data))
    return installed


def test_a_check_gives_a_verdict_for_every_file(failing: Any) -> None:
    keys = [*cases(), "good"]
    done = failing.poise("check", "--json", *(f"{key}.json" for key in keys))

    verdicts = {verdict["file"]: verdict for verdict in json.loads(done.stdout)}
    assert list(verdicts) == [f"{key}.json" for key in keys]
    assert done.returncode == 1
    assert verdicts["good.json"]["ok"]
    # Only the listing of a schema asks for JSON of a default.
    assert verdicts.pop("default_is_a_date.json")["ok"]
    del verdicts["good.json"]
    for file, verdict in verdicts.items():
        assert not verdict["ok"], file
        text = f"{verdict['heading']} {verdict['faults']}"
        assert file.removesuffix(".json") in text
        assert "Traceback" not in text
    assert "printed by a plugin" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_fault_names_function_key_and_distribution(failing: Any) -> None:
    done = failing.poise("check", "max_stride_exits.json", "good.json")

    assert done.stdout.startswith(
        "max_stride_exits.json: 1 fault\n"
        "  max_stride of backbone 'max_stride_exits' ended the program (sys.exit(0))\n"
        "      from: poise-max-stride-exits 1.0, entry point max_stride_exits = "
        "'poise_max_stride_exits'\n"
        "      fix: upgrade poise-max-stride-exits, or report it to the authors of "
        "poise-max-stride-exits\n"
        "\n"
        "good.json: ok\n"
    )
    assert done.returncode == 1


def test_a_schema_has_all_others_and_names_who_has_none(failing: Any) -> None:
    done = failing.poise("schema")

    backbones = json.loads(done.stdout)["$defs"]["BackboneConfig"]["properties"]
    working = {key for key in cases() if not key.startswith("default_")}
    unusable = ("Cannot be used", "Not checked")
    usable = {key for key in backbones if not any(why in str(backbones[key]) for why in unusable)}
    assert usable == {"good", *working}
    for key in ("default_raises", "default_is_a_date"):
        assert f"the configuration class of backbone {key!r}" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("key", ["default_raises", "default_is_a_date"])
def test_a_plugin_without_a_page_is_named(failing: Any, key: str) -> None:
    for done in (failing.poise("show", key, "--json"), failing.poise("schema", key)):
        assert done.stdout == ""
        assert f"the configuration class of backbone {key!r}" in done.stderr
        assert f"from: poise-{key.replace('_', '-')} 1.0" in done.stderr
        assert done.returncode == 1


def test_a_listing_names_each(failing: Any) -> None:
    done = failing.poise("list", "backbones", "--json")

    rows = {row["key"]: row for row in json.loads(done.stdout)}
    assert list(rows) == sorted(["good", *cases()])
    assert rows.pop("good")["state"] == "ok"
    for key, row in rows.items():
        assert row["state"] == "broken", row
        assert f"backbone {key!r}" in row["cause"]
        assert row["fix"].startswith(f"upgrade {row['distribution']}, or report it to ")
        assert row["api"] is not None
    assert done.returncode == 1
    assert "broken: backbone good" not in failing.poise("list").stdout


def test_a_catalog_of_weights_names_who_failed(installed: Any) -> None:
    for how, failure in FAILURES.items():
        source = BACKBONE.format(
            key=how, failure=failure, changes="{'published': broken}", field=""
        )
        installed.install(
            f"poise-{how}", {f"bad_{how}.py": source}, {"poise.backbones": {how: f"bad_{how}"}}
        )
    installed.install("poise-syntax", {"bad.py": "1 +"}, {"poise.backbones": {"syntax": "bad"}})
    weights = "lambda: [__import__('poise').PublishedWeights(**{facts})]".format(
        facts={"name": "oak", "title": "Oak", "file": "oak.h5", "url": "", "checksum": ""}
    )
    installed.install_backbone("good", published=weights)

    done = installed.poise("weights", "list", "--json", POISE_OFFLINE="1")

    assert [entry["name"] for entry in json.loads(done.stdout)] == ["oak"]
    for how in FAILURES:
        assert f"published of backbone {how!r}" in done.stderr
    assert "backbone 'syntax' cannot be used" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("names", [pytest.param(None, marks=pytest.mark.slow), 4])
def test_the_doctor_names_each(failing: Any, names: int | None) -> None:
    chosen = list(cases())[-names:] if names else list(cases())
    chosen = [key for key in chosen if key != "validator_exits"]  # of no default
    done = failing.poise("doctor", "--json", POISE_PLUGINS=",".join(["good", *chosen]))

    states = {plugin["key"]: plugin for plugin in json.loads(done.stdout)["plugins"]}
    assert states["good"]["state"] == "ok"
    for key in chosen:
        assert states[key]["state"] == "broken", states[key]
        assert key in states[key]["cause"]
    assert done.returncode == 1

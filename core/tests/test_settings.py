"""The table of environment variables is the only place that names them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import poise
from poise import settings
from poise.settings import OFFLINE, OTHERS, PLUGINS, SETTINGS, Setting, help_of

SOURCE = Path(poise.__file__).parent

READING = re.compile(
    r"""(?:environb?(?:\.\w+\(|\[)|getenvb?\()\s*(?:key\s*=\s*)?b?["']POISE_"""
    r"""|["']POISE_\w+["']\s+(?:not\s+)?in\s+(?:os\.)?environ"""
)
"""Code that reads an environment variable of Poise by its name."""


def test_every_variable_that_the_code_names_is_in_the_table() -> None:
    named = {
        name
        for file in SOURCE.rglob("*.py")
        for name in re.findall(r"(?<!_)\bPOISE_[A-Z_]+\b", file.read_text(encoding="utf-8"))
    }

    assert named == {setting.name for setting in SETTINGS}


def test_no_other_module_reads_a_variable_by_its_name() -> None:
    assert [
        file.name for file in SOURCE.rglob("*.py") if READING.search(file.read_text("utf-8"))
    ] == []


@pytest.mark.parametrize(
    "code",
    [
        "environ.get('POISE_A')",
        'os.environ["POISE_A"]',
        'environ.pop(\n    "POISE_A")',
        "environ.setdefault('POISE_A', '')",
        "os.getenv('POISE_A')",
        "getenv(key='POISE_A')",
        "'POISE_A' in os.environ",
        "'POISE_A' not in environ",
    ],
)
def test_every_way_to_read_a_variable_is_recognized(code: str) -> None:
    assert READING.search(code)


def test_names_are_unique_and_each_has_a_form_and_a_meaning() -> None:
    variables = (*SETTINGS, *OTHERS)

    assert len({setting.name for setting in variables}) == len(variables)
    assert all(setting.form and setting.meaning for setting in variables)


@pytest.mark.parametrize(
    ("value", "on"), [(None, False), ("", False), (" ", False), ("0", False), ("1", True)]
)
def test_a_switch_is_on_unless_it_is_unset_empty_or_zero(value: str | None, on: bool) -> None:
    environ = {} if value is None else {OFFLINE.name: value}

    assert OFFLINE.is_on(environ) is on


def test_a_setting_reads_the_environment_of_the_process_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(PLUGINS.name, " unet ")

    assert PLUGINS.text() == "unet"
    assert PLUGINS.text({}) == ""


def test_help_lines_up_the_meanings() -> None:
    assert help_of(Setting("A", "1", "first"), Setting("LONGER", "dir", "second")) == (
        "\b\nEnvironment variables:\n  A=1         first\n  LONGER=dir  second\n"
    )


def test_the_cache_folder_is_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POISE_CACHE_DIR", "/somewhere")

    assert settings.cache_folder() == "/somewhere"


def test_there_is_no_cache_folder_without_a_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("POISE_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)

    assert settings.cache_folder() is None

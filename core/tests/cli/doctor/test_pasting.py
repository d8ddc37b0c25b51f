"""The section for an issue report contains what helps, without names of people."""

from __future__ import annotations

from typing import Any

import pytest

from poise.cli.doctor.pasting import without_names

HOME, USER = "/home/ada", "ada"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("in /home/ada/env/poise_vit.py, line 3", "in ~/env/poise_vit.py, line 3"),
        ("POISE_CACHE_DIR=/home/ada", "POISE_CACHE_DIR=~"),
        ("/scratch/ada/models, /scratch/ada", "/scratch/<user>/models, /scratch/<user>"),
        ("/home/adam/env and /opt/adage", "/home/adam/env and /opt/adage"),
        (r"C:\Users\ada\env", r"C:\Users\<user>\env"),
        ("backbone ada is broken", "backbone ada is broken"),
    ],
)
def test_neither_the_home_folder_nor_the_name_in_a_path_is_shown(text: str, shown: str) -> None:
    assert without_names(text, HOME, USER) == shown


def test_without_a_home_and_a_name_nothing_changes() -> None:
    assert without_names("/home/ada", "", "") == "/home/ada"
    assert without_names("/tmp/x", "/", "") == "/tmp/x"


def test_the_printed_section_hides_what_full_shows(installed: Any) -> None:
    home = installed.work.parent
    installed.install("poise-bad", {"bad.py": "1 +"}, {"poise.backbones": {"bad": "bad"}})
    environ = {"HOME": str(home), "USERPROFILE": str(home), "LOGNAME": "ada", "USER": "ada"}
    hidden, full = (
        installed.poise("doctor", *flags, **environ).stdout.partition("For an issue report")[2]
        for flags in ([], ["--full"])
    )

    assert "SyntaxError: invalid syntax in ~/site/bad.py, line 1" in hidden
    assert str(home) not in hidden
    assert f"SyntaxError: invalid syntax in {home}/site/bad.py, line 1" in full
    assert hidden.count("\n") == full.count("\n")

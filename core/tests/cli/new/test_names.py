"""Which names a new plugin may have, and what is said of the others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.cli.new.names import LONGEST, class_of, distribution_of, faults_of, module_of

FORM = "must be lower-case words of a-z and 0-9, joined by underscores and beginning with a letter"


def message(name: str) -> str:
    return "".join(map(str, faults_of(name)))


@pytest.mark.parametrize("name", ["mynet", "my_net", "n", "net2", "a_1", "n" * LONGEST])
def test_lower_case_words_are_good_names(site: Any, name: str) -> None:
    assert faults_of(name) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("My-Net", f"{FORM}, got 'My-Net'; try 'my_net' @ NAME"),
        ("MyNet", f"{FORM}, got 'MyNet'; try 'my_net' @ NAME"),
        ("HRNet", f"{FORM}, got 'HRNet'; try 'hrnet' @ NAME"),
        ("my__net_", f"{FORM}, got 'my__net_'; try 'my_net' @ NAME"),
        ("3dnet", f"{FORM}, got '3dnet'; try 'net_3dnet' @ NAME"),
        ("réseau", f"{FORM}, got 'réseau'; try 'reseau' @ NAME"),
        ("../net", f"{FORM}, got '../net'; try 'net' @ NAME"),
        ("网络", f"{FORM}, got '网络'; try 'mynet' @ NAME"),
        ("", f"{FORM}, got ''; try 'mynet' @ NAME"),
        ("mynet\n", f"{FORM}, got 'mynet\\n'; try 'mynet' @ NAME"),
        ("poise-net", f"{FORM}, got 'poise-net'; try 'net' @ NAME"),
        (
            "poise_net",
            "must do without 'poise', which Poise puts before it, got 'poise_net'; "
            "try 'net' @ NAME",
        ),
        ("class", "must not be a word of Python's own, got 'class'; try 'my_class' @ NAME"),
        ("n" * 25, f"must have at most 24 characters, got 25; try {'n' * 24!r} @ NAME"),
    ],
)
def test_other_names_are_answered_with_the_nearest_good_one(
    site: Any, name: str, said: str
) -> None:
    assert message(name) == said


def test_a_key_that_is_installed_is_taken_whatever_its_kind(site: Any) -> None:
    site.install_backbone("tiny")
    site.install_head("dots")

    assert message("tiny") == (
        "'tiny' is a backbone already, of poise-tiny 1.0; try 'my_tiny' @ NAME"
    )
    assert "'dots' is a head already, of poise-dots 1.0" in message("dots")


def test_sleaps_own_names_are_taken_also_where_they_are_not_installed(site: Any) -> None:
    assert message("unet") == ("'unet' is a backbone already, of poise-unet; try 'my_unet' @ NAME")
    assert message("heads") == ("'poise-heads' is a distribution of Poise; try 'my_heads' @ NAME")


def test_a_distribution_or_module_of_that_name_is_in_the_way(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("Poise_Other.Net", {}, {"poise.backbones": {"another": "nothing"}})
    site.write("poise_loose.py", "")

    assert message("other_net") == (
        "'poise-other-net' is an installed distribution, version 1.0; try 'my_other_net' @ NAME"
    )
    assert message("loose") == "'poise_loose' is an installed module; try 'my_loose' @ NAME"


def test_a_name_that_is_taken_with_all_its_likes_gets_a_number(site: Any) -> None:
    for key in ("tiny", "my_tiny", "tiny2"):
        site.install_backbone(key)

    assert "try 'tiny3'" in message("tiny")


def test_what_is_called_after_a_key() -> None:
    assert distribution_of("my_net2") == "poise-my-net2"
    assert module_of("my_net2") == "poise_my_net2"
    assert class_of("my_net2") == "MyNet2"


@given(st.text(max_size=50))
def test_whatever_is_asked_for_the_proposed_name_is_accepted(name: str) -> None:
    for fault in faults_of(name):
        proposed = fault.what.rpartition("; try '")[2].removesuffix("'")

        assert faults_of(proposed) == []

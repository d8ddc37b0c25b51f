"""Preset folders of other libraries, which anybody may have written."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from poise.errors import WeightsError
from poise.libraries.presets import CONFIG, CONVERTER, converted, disagreements


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[" * 100_000, "at most 100 levels of nesting"),
        ("[" + "0," * 1_500_000 + "0]", "at most 1000000 values"),
        (" " * 5_000_000, r"must have at most 4 MB, got 5\.0 MB"),
        ("{", "cannot be read"),
    ],
    ids=["deep", "many", "large", "cut"],
)
def test_a_hostile_preset_is_refused_with_its_path(
    tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / CONFIG).write_text(content)

    with pytest.raises(WeightsError, match=f"{CONFIG}.*{message}"):
        disagreements(tmp_path, "Net", {}, "net")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_place_of_a_preset_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / CONFIG)

    with pytest.raises(WeightsError, match="must be a file, got a pipe"):
        disagreements(tmp_path, "Net", {}, "net")


@pytest.mark.parametrize("scale", ["a", {}, [1, 2], [[1], 2, 3], [1] * 9, 10**400])
def test_a_conversion_of_other_than_three_numbers_is_refused(tmp_path: Path, scale: Any) -> None:
    (tmp_path / CONVERTER).write_text(json.dumps({"config": {"scale": scale}}))

    with pytest.raises(WeightsError, match=r"scale and offset must be a number or three, got"):
        converted(tmp_path)


def test_one_number_is_the_conversion_of_all_channels(tmp_path: Path) -> None:
    (tmp_path / CONVERTER).write_text(json.dumps({"config": {"scale": 1, "offset": [0, 1, 2]}}))

    assert converted(tmp_path) == ((255.0, 255.0, 255.0), (0.0, 1.0, 2.0))


def test_a_long_class_name_is_cut(tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text(json.dumps({"class_name": "x" * 60_000, "config": {}}))

    (difference,) = disagreements(tmp_path, "Net", {}, "net")

    assert len(difference) < 200

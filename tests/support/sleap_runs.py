"""Runs of the command that SLEAP 1.4.1 was, of which golden/predict has command and result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

WITHOUT_MEANING = {"--verbosity": 1, "--cpu": 0, "-o": 1}
"""Options that change no number → how many values follow them."""

NAMES = {
    "--only-labeled-frames": "only_labeled",
    "--only-suggested-frames": "only_suggested",
    "--video.index": "video_index",
}
"""SLEAP's options that Poise calls otherwise."""

FLAGS = {"only_labeled", "only_suggested"}
TEXTS = {"frames", "track"}

# SLEAP read these frames with OpenCV, whose BT.601 is that of the reader here.
WITHIN_PIXELS = 1e-3
WITHIN_SCORES = 1e-4


@pytest.fixture
def folder(shared: Path, golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of the commands, with models, videos and labels."""
    (tmp_path / "models").symlink_to(shared / "sleap" / "models")
    for name in ("videos", "labels"):
        (tmp_path / name).mkdir()
        for place in (shared / "sleap" / name, golden / "predict" / name):
            for file in place.iterdir():
                (tmp_path / name / file.name).symlink_to(file)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def case_of(golden: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((golden / "predict" / name / "case.json").read_text(encoding="utf-8")))


def arguments(command: list[str]) -> tuple[list[str], list[str], dict[str, Any]]:
    """Sources, models and options of a command of SLEAP, by Poise's names."""
    sources, models, options = [], [], {}
    words = iter(command[1:])
    for word in words:
        if word in WITHOUT_MEANING:
            for _ in range(WITHOUT_MEANING[word]):
                next(words)
        elif word == "-m":
            models.append(next(words))
        elif word.startswith("-"):
            name = NAMES.get(word, word.removeprefix("--"))
            options[name] = True if name in FLAGS else value_of(name, next(words))
        else:
            sources.append(word)
    return sources, models, options


def value_of(name: str, text: str) -> Any:
    if name in TEXTS:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text

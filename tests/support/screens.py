"""What commands write on terminals of several widths, beside what they are known to write."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

WIDTHS = (60, 80, 100, 120)
FOLDER = Path(__file__).resolve().parents[1] / "data" / "screens"

_COMMAND = re.compile(r"(fix: |\$ |.*on PATH: )?(cd|export|pip|poise|POISE_\w+=\S+) \S")
_VERSION = re.compile(r"\b\d+\.\d+\.\d+[\w.+]*")

LONG_WORD = 26
"""Columns that what stands beside a path or a URL may take."""


def too_long(text: str, width: int) -> list[str]:
    """The lines that do not fit, but for commands to copy, and paths and URLs that fit nowhere."""
    return [
        line
        for line in text.splitlines()
        if len(line) > width
        and not _COMMAND.match(line.strip())
        and max(map(len, line.split())) <= width - LONG_WORD
    ]


def stored(screens: dict[int, str]) -> str:
    """Screens as one text; widths that show the same stand together."""
    parts = []
    for text, widths in groupby(screens, lambda width: _masked(screens[width])):
        names = ", ".join(str(width) for width in widths)
        parts.append(f"=== {names} columns ===\n{text}")
    return "\n".join(parts)


def _masked(text: str) -> str:
    """A text without versions, which change without anybody looking at screens; columns stay."""
    return _VERSION.sub(lambda version: re.sub(r"\w", "#", version[0]), text)


def compare(name: str, screens: dict[int, str], rewrite: bool) -> None:
    """Compare screens with the stored ones.

    Args:
        name: of the file.
        screens: width → what was written.
        rewrite: whether to store them instead; look at what changed.
    """
    file, text = FOLDER / f"{name}.txt", stored(screens)
    if rewrite:
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), "pytest --rewrite-screens stores what is new"

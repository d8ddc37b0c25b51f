"""Compare what a page shows with the actual output."""

from __future__ import annotations

import difflib
import re

ANY = "…"


def difference(shown: str, actual: str) -> str:
    """A diff, which is empty if ``actual`` matches what is shown.

    ``…`` stands for anything within a line. Alone on a line, or as ``# …``, which is valid Python
    or TOML, it stands for any lines. Blanks at the ends of lines, and empty lines at both ends, do
    not count.
    """
    expected, printed = _lines(shown), _lines(actual)
    if _pattern(expected).fullmatch("".join(f"{line}\n" for line in printed)):
        return ""
    lines = difflib.unified_diff(expected, printed, "the page", "what happens", lineterm="", n=2)
    return "what the page shows is not what happens\n" + "\n".join(lines)


def _lines(text: str) -> list[str]:
    lines = [line.rstrip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return lines


def _pattern(lines: list[str]) -> re.Pattern[str]:
    parts = [
        "(?:.*\n)*"
        if line.strip().removeprefix("# ") == ANY
        else "[^\n]*".join(map(re.escape, line.split(ANY))) + "\n"
        for line in lines
    ]
    return re.compile("".join(parts))

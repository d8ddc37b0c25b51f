"""A schema as text that people can read: what fits on a line stands on one."""

from __future__ import annotations

import json
from typing import Any

WIDTH = 100
"""Characters of a line, unless it has a long text."""


def text_of(value: Any, indent: int = 0, taken: int = 0) -> str:
    """JSON of a value.

    Args:
        value: plain data.
        indent: spaces before the lines of the value, but the first.
        taken: characters before it on its first line.
    """
    line = json.dumps(value)
    if not isinstance(value, dict | list) or not value or indent + taken + len(line) < WIDTH:
        return line
    inner = indent + 2
    if isinstance(value, dict):
        names = [f"{json.dumps(name)}: " for name in value]
        texts = [
            name + text_of(item, inner, len(name))
            for name, item in zip(names, value.values(), strict=True)
        ]
    else:
        texts = [text_of(item, inner) for item in value]
    first, last = "{}" if isinstance(value, dict) else "[]"
    lines = ",\n".join(f"{'':{inner}}{text}" for text in texts)
    return f"{first}\n{lines}\n{'':{indent}}{last}"

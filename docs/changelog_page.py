"""The page of changes: the unreleased fragments, then ``CHANGELOG.md``.

``conf.py`` shows it in place of ``changelog.md``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def page() -> str:
    """The whole page, in Markdown."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    towncrier = settings["tool"]["towncrier"]
    text = (ROOT / towncrier["filename"]).read_text(encoding="utf-8")
    before, marker, after = text.partition(towncrier["start_string"])
    assert marker, f"{towncrier['filename']} has no line {towncrier['start_string']!r}"
    parts = []
    for kind in towncrier["type"]:
        fragments = sorted((ROOT / towncrier["directory"]).glob(f"*.{kind['directory']}.md"))
        if fragments:
            lines = [_item(fragment.read_text(encoding="utf-8")) for fragment in fragments]
            parts.append("\n".join([f"### {kind['name']}", "", *lines, ""]))
    coming = ["## Not yet released\n", *parts] if parts else []
    return "\n".join([before, *coming, after])


def _item(text: str) -> str:
    first, *rest = text.strip().splitlines()
    return "\n".join([f"- {first}", *(f"  {line}" if line else "" for line in rest)])

"""Write the tables of fields in the READMEs of plugins, from the docstrings of their classes.

A table stands between ``<!-- fields of package.Class -->`` and ``<!-- end of fields -->``. Each
meaning is the first sentence of what ``poise show`` prints.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import attrs

from poise.fields.descriptions import default_of, meanings_of

PLUGINS = Path(__file__).parent.parent / "plugins"
_TABLE = re.compile(
    r"(?P<begin><!-- fields of (?P<package>[\w.]+)\.(?P<name>\w+) -->\n).*?"
    r"(?P<end><!-- end of fields -->)",
    re.DOTALL,
)


def pages() -> Iterator[tuple[Path, str]]:
    """Each README with tables of fields, and its text as it should be."""
    for path in sorted(PLUGINS.glob("*/README.md")):
        text = path.read_text(encoding="utf-8")
        if _TABLE.search(text):
            yield path, _TABLE.sub(_renewed, text)


def _renewed(match: re.Match[str]) -> str:
    cls = getattr(import_module(match["package"]), match["name"])
    return f"{match['begin']}{table(cls)}{match['end']}"


def table(cls: type) -> str:
    """The fields of a configuration class, one row each."""
    meanings = meanings_of(cls, marked=True)
    rows = [
        f"| `{field.name}` | {_default(field)} | {_sentence(meanings[field.name])} |"
        for field in attrs.fields(cls)
        if field.init
    ]
    return "\n".join(["| field | default | meaning |", "|---|---|---|", *rows, ""])


def _default(field: attrs.Attribute[object]) -> str:
    text = json.dumps(default_of(field))
    return f"`{text}`" if text.startswith('"') else text


def _sentence(meaning: str) -> str:
    """The first sentence of a meaning, as Markdown."""
    first = re.split(r"\.(?= [A-Z`0-9]|$)", meaning, maxsplit=1)[0]
    return first.replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    for page, renewed in pages():
        page.write_text(renewed, encoding="utf-8")

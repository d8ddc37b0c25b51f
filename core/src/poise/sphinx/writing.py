"""docutils nodes from text and tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from docutils import nodes

_MARKED = re.compile(
    r"``(?P<code>[^`]+)``|`(?P<also>[^`]+)`|(?P<link>https?://[^\s()<>]*[^\s()<>.,;:])"
)
Cell: TypeAlias = Any
"""Text, or a node."""


def inline(text: str) -> list[Any]:
    """Text with its literals and links as nodes."""
    found: list[Any] = []
    end = 0
    for match in _MARKED.finditer(text):
        if match.start() > end:
            found.append(nodes.Text(text[end : match.start()]))
        code, link = match["code"] or match["also"], match["link"]
        if link:
            shown = re.sub(r"^https?://(www\.)?", "", link)
            found.append(nodes.reference(link, shown, refuri=link))
        else:
            found.append(nodes.literal(code, code))
        end = match.end()
    if end < len(text):
        found.append(nodes.Text(text[end:]))
    return found


def paragraph(*parts: Cell, classes: Sequence[str] = ()) -> Any:
    """A paragraph of texts and inline nodes."""
    made = nodes.paragraph(classes=list(classes))
    for part in parts:
        made += inline(part) if isinstance(part, str) else part
    return made


def code(text: str, language: str = "") -> Any:
    """A block of code."""
    return nodes.literal_block(text, text, language=language)


def table(header: Sequence[Cell], rows: Iterable[Sequence[Cell]], *, numbers: bool = False) -> Any:
    """A table; with ``numbers``, all columns but the first are aligned at the right."""
    made = nodes.table(classes=["poise-numbers"] if numbers else [])
    group = nodes.tgroup(cols=len(header))
    group += [nodes.colspec(colwidth=1) for _ in header]
    group += nodes.thead("", _row(header))
    group += nodes.tbody("", *(_row(row) for row in rows))
    made += group
    return made


def _row(cells: Sequence[Cell]) -> Any:
    return nodes.row("", *(nodes.entry("", paragraph(cell)) for cell in cells))


def definitions(
    entries: Iterable[tuple[Sequence[Cell], Sequence[str], Sequence[Any], str]],
    classes: Sequence[str] = (),
) -> Any:
    """A definition list.

    Args:
        entries: term, classifiers, what the definition holds, and an id or an empty string.
        classes: of the list.
    """
    made = nodes.definition_list(classes=list(classes))
    for term, classifiers, body, name in entries:
        head = nodes.term()
        for part in term:
            head += inline(part) if isinstance(part, str) else part
        if name:
            head["ids"].append(name)
        item = nodes.definition_list_item("", head)
        for one in classifiers:
            item += nodes.classifier("", "", *inline(one))
        item += nodes.definition("", *body)
        made += item
    return made


def folded(title: str, *body: Any) -> list[Any]:
    """What a reader unfolds to see."""
    opened = f'<details class="poise-folded"><summary>{title}</summary>'
    return [nodes.raw("", opened, format="html"), *body, nodes.raw("", "</details>", format="html")]


def facts(entries: Iterable[tuple[str, Sequence[Cell]]]) -> Any:
    """A list of names and what they are."""
    made = nodes.field_list(classes=["poise-facts"])
    for name, parts in entries:
        body = nodes.field_body("", paragraph(*parts))
        made += nodes.field("", nodes.field_name("", name), body)
    return made


def section(title: str, name: str, *body: Any) -> Any:
    """A section with an id of its own."""
    return nodes.section("", nodes.title("", "", *inline(title)), *body, ids=[name])

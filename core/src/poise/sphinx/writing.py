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
    content: list[Any] = []
    end = 0
    for match in _MARKED.finditer(text):
        if match.start() > end:
            content.append(nodes.Text(text[end : match.start()]))
        code, link = match["code"] or match["also"], match["link"]
        if link:
            shown = re.sub(r"^https?://(www\.)?", "", link)
            content.append(nodes.reference(link, shown, refuri=link))
        else:
            content.append(nodes.literal(code, code))
        end = match.end()
    if end < len(text):
        content.append(nodes.Text(text[end:]))
    return content


def paragraph(*parts: Cell, classes: Sequence[str] = ()) -> Any:
    """A paragraph of texts and inline nodes."""
    node = nodes.paragraph(classes=list(classes))
    for part in parts:
        node += inline(part) if isinstance(part, str) else part
    return node


def code(text: str, language: str = "") -> Any:
    """A block of code."""
    return nodes.literal_block(text, text, language=language)


def table(header: Sequence[Cell], rows: Iterable[Sequence[Cell]], *, numbers: bool = False) -> Any:
    """A table; with ``numbers``, all columns except the first are right-aligned."""
    node = nodes.table(classes=["poise-numbers"] if numbers else [])
    group = nodes.tgroup(cols=len(header))
    group += [nodes.colspec(colwidth=1) for _ in header]
    group += nodes.thead("", _row(header))
    group += nodes.tbody("", *(_row(row) for row in rows))
    node += group
    return node


def _row(cells: Sequence[Cell]) -> Any:
    return nodes.row("", *(nodes.entry("", paragraph(cell)) for cell in cells))


def definitions(
    entries: Iterable[tuple[Sequence[Cell], Sequence[str], Sequence[Any], str]],
    classes: Sequence[str] = (),
) -> Any:
    """A definition list.

    Args:
        entries: term, classifiers, content of the definition, and an id or an empty string.
        classes: classes of the list.
    """
    node = nodes.definition_list(classes=list(classes))
    for term, classifiers, body, name in entries:
        head = nodes.term()
        for part in term:
            head += inline(part) if isinstance(part, str) else part
        if name:
            head["ids"].append(name)
        item = nodes.definition_list_item("", head)
        for classifier in classifiers:
            item += nodes.classifier("", "", *inline(classifier))
        item += nodes.definition("", *body)
        node += item
    return node


def folded(title: str, *body: Any) -> list[Any]:
    """Content that a reader can unfold."""
    opened = f'<details class="poise-folded"><summary>{title}</summary>'
    return [nodes.raw("", opened, format="html"), *body, nodes.raw("", "</details>", format="html")]


def facts(entries: Iterable[tuple[str, Sequence[Cell]]]) -> Any:
    """A list of names and values."""
    node = nodes.field_list(classes=["poise-facts"])
    for name, parts in entries:
        body = nodes.field_body("", paragraph(*parts))
        node += nodes.field("", nodes.field_name("", name), body)
    return node


def section(title: str, name: str, *body: Any) -> Any:
    """A section with an id."""
    return nodes.section("", nodes.title("", "", *inline(title)), *body, ids=[name])

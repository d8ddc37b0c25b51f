"""Tables of figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from poise_workflows.evaluation.meanings import COLUMNS
from poise_workflows.reporting.markup import Child, element

NOTHING = "–"
_PIXELS = ("mean", "median", "p95")
_SHARES = ("pck", "accuracy")


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[Child]], kind: str | None = None
) -> Element:
    """A table whose first column names the row. On a narrow screen it scrolls by itself.

    Args:
        caption: what it shows.
        head: names of the columns.
        rows: texts, or cells that are elements already.
        kind: its class.
    """
    names = [element("th", name, scope="col") for name in head]
    body = [element("tr", element("th", row[0], scope="row"), *map(_cell, row[1:])) for row in rows]
    inner = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *names)),
        element("tbody", *body),
        class_=kind,
    )
    return element("div", inner, class_="scrolls", tabindex="0", role="group", aria_label=caption)


def _cell(content: Child) -> Element:
    if isinstance(content, Element) and content.tag == "td":
        return content
    return element("td", content)


def shown(name: str, value: Any) -> str:
    """A figure of a column, in digits that people read."""
    if value is None or value != value:
        return NOTHING
    if not isinstance(value, float):
        return str(value)
    return f"{value:.2f}" if name in (*_PIXELS, *_SHARES) else f"{value:.3g}"


def parts_table(caption: str, parts: Mapping[str, Mapping[str, Any]]) -> Element:
    """Part → figures, with a bar for the mean error."""
    columns = [name for name in COLUMNS if any(name in row for row in parts.values())]
    means = [row["mean"] for row in parts.values() if row.get("mean") is not None]
    most = max(means, default=0) or 1.0
    head = ["part", *(COLUMNS[name].label for name in columns)]
    rows: list[list[Child]] = []
    for part, row in parts.items():
        cells: list[Child] = [part, *(shown(name, row.get(name)) for name in columns)]
        if means:
            cells.append(_bar((row.get("mean") or 0) / most))
        rows.append(cells)
    table_ = table(caption, [*head, *([""] if means else [])], rows)
    for corner in table_.iter("th"):
        if corner.get("scope") == "col" and not corner.text:
            corner.tag = "td"
            del corner.attrib["scope"]
    return table_


def _bar(share: float) -> Element:
    inner = element("div", style=f"width:{100 * share:.1f}%")
    return element("td", inner, class_="bar", aria_hidden="true")


def terms(pairs: Iterable[tuple[str, str]], summary: str) -> Element:
    """What columns or figures mean, folded."""
    items = [child for name, text in pairs for child in (element("dt", name), element("dd", text))]
    return element("details", element("summary", summary), element("dl", *items, class_="terms"))


def columns_explained(parts: Mapping[str, Mapping[str, Any]]) -> Element:
    """What the columns of a table of parts mean."""
    used = [name for name in COLUMNS if any(name in row for row in parts.values())]
    pairs = [(COLUMNS[name].label, COLUMNS[name].text) for name in used]
    return terms(pairs, "What the columns mean")


def confusion_table(caption: str, names: Sequence[str], rows: Sequence[Sequence[int]]) -> Element:
    """Labeled classes down, predicted ones across; a cell is darker, the more it has of its row."""
    head = ["labeled as", *(f"→ {name}" for name in names), "→ no class", "→ missed"]
    cells: list[list[Child]] = []
    for name, row in zip(names, rows, strict=True):
        total = sum(row) or 1
        shaded = [
            element("td", str(count), style=f"--part:{0.45 * count / total:.3f}") for count in row
        ]
        cells.append([name, *shaded])
    return table(caption, head, cells, "confusion")

"""HTML and SVG as trees: whatever is text in them is escaped when they are written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

from poise.messages import printable

Child: TypeAlias = "Element | str | None"


def element(name: str, /, *children: Child, **attributes: object) -> Element:
    """An element.

    Args:
        name: of its tag.
        *children: elements and texts; ``None`` is left out.
        **attributes: by their names: ``class_`` is ``class``, and ``stroke_width`` is
            ``stroke-width``. ``None`` and ``False`` are left out; ``True`` has the empty value.
    """
    made = Element(name)
    for key, value in attributes.items():
        if value is not None and value is not False:
            text = "" if value is True else printable(_text(value))
            made.set(key.rstrip("_").replace("_", "-"), text)
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            made.append(child)
            last = child
        elif child is not None and last is None:
            made.text = (made.text or "") + printable(child, lines=True)
        elif child is not None and last is not None:
            last.tail = (last.tail or "") + printable(child, lines=True)
    return made


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def page_text(title: str, style: str, *body: Child) -> str:
    """A whole page, which may ask for nothing: a browser holds it to that.

    Args:
        title: of the window.
        style: the style sheet, as it is.
        *body: elements and texts.
    """
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    root = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=policy),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("title", title),
            element("link", rel="icon", href="data:,"),
            element("style", style),
        ),
        element("body", *body),
        lang="en",
    )
    return f"<!doctype html>\n{tostring(root, 'unicode', method='html')}\n"


def section(key: str, title: str, *children: Child) -> Element:
    """A section with a heading, to which the page's list of contents leads."""
    heading = element("h2", title, id=f"{key}-title")
    return element("section", heading, *children, id=key, aria_labelledby=f"{key}-title")


def paragraph(*children: Child, kind: str | None = None) -> Element:
    """A paragraph; ``kind`` is its class."""
    return element("p", *children, class_=kind)


def bullets(lines: Iterable[str], kind: str | None = None) -> Element | None:
    """A list; ``None`` without lines."""
    items = [element("li", line) for line in lines]
    return element("ul", *items, class_=kind) if items else None

"""Pictures with the marks of animals: circles for labels, crosses for predictions."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from poise_workflows.previewing.styles import COLORS
from poise_workflows.reporting.images import Window
from poise_workflows.reporting.markup import element
from poise_workflows.reporting.records import Animal, Found, Map, Still

MOST = 40
"""Animals that are marked in a picture."""

_SIZE = 1 / 45
"""Half the size of a mark, as a part of the picture's longer side."""


def picture(still: Still, found: Found, edges: Sequence[Sequence[int]], words: str) -> Element:
    """The image of an example with its labels and with what was predicted.

    Args:
        still: the image and the labels.
        found: the predictions.
        edges: pairs of indices of parts.
        words: what the picture shows, for those who cannot see it.
    """
    left, top, width, height = still.window
    size = max(width, height) * _SIZE
    image = _image(still.uri, (left - 0.5, top - 0.5, width, height))
    marks: list[Element] = []
    for animal, match in list(zip(found.animals, found.matches, strict=True))[:MOST]:
        marks += _marked(_lines(animal, edges), f"edge {_color(match)}")
    for row, animal in enumerate(still.truth[:MOST]):
        marks += _marked(_circles(animal, size), f"over {_color(row)}")
    for animal, match in list(zip(found.animals, found.matches, strict=True))[:MOST]:
        marks += _marked(_crosses(animal, size * 0.8), f"over {_color(match)}")
    return _framed(still.window, words, image, *marks)


def mapped(still: Still, seen: Map, words: str) -> Element:
    """A map of an example with its labels as small circles; arguments as of ``picture``."""
    size = max(still.window[2:]) * _SIZE * 0.8
    circles = "".join(_circles(animal, size) for animal in still.truth[:MOST])
    image = _image(seen.uri, seen.place)
    return _framed(still.window, words, image, *_marked(circles, "edge truth"))


def key_of(kind: str) -> Element:
    """A mark in a legend: ``label``, ``prediction`` or ``unmatched``."""
    path = _circles([(8, 8)], 5) if kind == "label" else _crosses([(8, 8)], 4.5)
    color = "none" if kind == "unmatched" else _color(4)
    return element(
        "svg",
        *_marked(path, f"over {color}"),
        viewBox="0 0 16 16",
        class_="seen",
        aria_hidden="true",
    )


def _framed(window: Window, words: str, *children: Element) -> Element:
    left, top, width, height = window
    return element(
        "svg",
        element("title", words),
        *children,
        viewBox=f"{left - 0.5:g} {top - 0.5:g} {width} {height}",
        class_="seen",
        role="img",
        aria_label=words,
    )


def _image(uri: str, place: Sequence[float]) -> Element:
    x, y, width, height = place
    return element(
        "image",
        href=uri,
        x=x,
        y=y,
        width=width,
        height=height,
        preserveAspectRatio="none",
    )


def _marked(path: str, kind: str) -> list[Element]:
    """A path over a broader dark one, so that it shows on images of any brightness."""
    if not path:
        return []
    return [element("path", d=path, class_="under"), element("path", d=path, class_=kind)]


def _color(row: int) -> str:
    return "none" if row < 0 else f"a{row % len(COLORS)}"


def _circles(animal: Animal, size: float) -> str:
    return "".join(
        f"M{point[0] - size:.2f},{point[1]:.2f}a{size:.2f},{size:.2f} 0 1,0 {2 * size:.2f},0"
        f"a{size:.2f},{size:.2f} 0 1,0 {-2 * size:.2f},0"
        for point in animal
        if point is not None
    )


def _crosses(animal: Animal, size: float) -> str:
    return "".join(
        f"M{point[0] - size:.2f},{point[1] - size:.2f}l{2 * size:.2f},{2 * size:.2f}"
        f"m0,{-2 * size:.2f}l{-2 * size:.2f},{2 * size:.2f}"
        for point in animal
        if point is not None
    )


def _lines(animal: Animal, edges: Sequence[Sequence[int]]) -> str:
    ends = [(animal[start], animal[end]) for start, end in edges]
    return "".join(
        f"M{start[0]:.2f},{start[1]:.2f}L{end[0]:.2f},{end[1]:.2f}"
        for start, end in ends
        if start is not None and end is not None
    )

"""A network as a drawing: one box for each run of layers, with rows for strides."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from poise.sphinx.facts import Facts, Segment

COLUMN, ROW = 58, 46
"""Pixels from one box to the next, and from one stride to the next."""
LEFT, TOP, HEIGHT, GAP = 62, 18, 26, 14
"""Where the first box begins; height of a box, and the space right of it, in pixels."""
PAGE, NARROWEST = 720, 22
"""Pixels that a page has beside its navigation; boxes of long networks become narrower to fit."""


def diagram(facts: Facts, title: str) -> str:
    """SVG markup in the colors of the page around it.

    Args:
        facts: the network.
        title: a description for screen readers.
    """
    strides = sorted({segment.stride for segment in facts.segments})
    rows = {stride: index for index, stride in enumerate(strides)}
    column = _column(len(facts.segments))
    box = _box_width(column)
    width = LEFT + len(facts.segments) * column
    height = TOP + len(strides) * ROW
    places = [
        (LEFT + index * column, TOP + rows[segment.stride] * ROW)
        for index, segment in enumerate(facts.segments)
    ]
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    classes = "poise-network" if column == COLUMN else "poise-network long"
    parts = [
        f'<svg class="{classes}" role="img" {size} xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(title)}</title>",
        *_scale(rows, width),
        *_lines(facts.segments, places, box),
        *(_box(segment, place, box) for segment, place in zip(facts.segments, places, strict=True)),
        "</svg>",
    ]
    return "\n".join(parts)


def _column(segments: int) -> int:
    """Pixels from one box to the next: fewer, where the network would be wider than a page."""
    return max(NARROWEST, min(COLUMN, (PAGE - LEFT) // segments))


def _box_width(column: int) -> int:
    return column - min(GAP, column // 4)


def _scale(rows: dict[int, int], width: int) -> list[str]:
    lines = []
    for stride, row in rows.items():
        y = TOP + row * ROW + HEIGHT / 2
        lines.append(f'<line class="grid" x1="{LEFT - 8}" x2="{width}" y1="{y:g}" y2="{y:g}"/>')
        words = f"stride {stride}" if row == 0 else f"{stride}"
        lines.append(f'<text class="stride" x="{LEFT - 12}" y="{y + 4:g}">{words}</text>')
    return lines


def _lines(segments: Sequence[Segment], places: Sequence[tuple[int, int]], width: int) -> list[str]:
    """Lines from each box to those that use its features; skip connections are dashed."""
    lines = []
    for index, segment in enumerate(segments):
        x, y = places[index]
        for source in segment.sources:
            from_x, from_y = places[source]
            start, end = (from_x + width, from_y + HEIGHT / 2), (x, y + HEIGHT / 2)
            if source == index - 1:
                middle = (start[0] + end[0]) / 2
                corners = [start, (middle, start[1]), (middle, end[1]), end]
                path = "M" + "L".join(f"{a:g},{b:g}" for a, b in _distinct(corners))
                lines.append(f'<path class="flow" d="{path}"/>')
            else:
                # Above the boxes in between, which may have the same stride.
                top = min(start[1], end[1]) - HEIGHT / 2 - 6
                before, after = start[0] + 2, end[0] - 2
                path = (
                    f"M{start[0]:g},{start[1]:g}L{before:g},{start[1]:g}L{before:g},{top:g}"
                    f"L{after:g},{top:g}L{after:g},{end[1]:g}L{end[0]:g},{end[1]:g}"
                )
                lines.append(f'<path class="skip" d="{path}"/>')
    return lines


def _distinct(corners: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [corners[0], *(after for before, after in pairwise(corners) if after != before)]


def _box(segment: Segment, place: tuple[int, int], width: int) -> str:
    x, y = place
    kind = "offered" if segment.offered else "inner" if segment.sources else "image"
    words = str(segment.channels) if segment.sources else "image" if width >= 40 else ""
    about = (
        f"stride {segment.stride}, {segment.channels} channels, {segment.parameters:,} parameters"
        if segment.sources
        else "the image"
    )
    return (
        f'<g class="{kind}"><title>{about}</title>'
        f'<rect x="{x}" y="{y}" width="{width}" height="{HEIGHT}" rx="4"/>'
        f'<text x="{x + width / 2:g}" y="{y + HEIGHT / 2 + 4:g}">{words}</text></g>'
    )

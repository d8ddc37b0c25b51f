"""Curves over epochs, as SVG: a few lines of text that follow the colors of the page (D145)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from xml.etree.ElementTree import Element

import attrs

from poise_workflows.reporting.markup import element

WIDTH, HEIGHT = 360, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 26, 24

MOST = 600
"""Points of a line, at most: a page has no more pixels for them."""

LOGARITHMIC = 20
"""From this ratio of the largest to the least value on, an axis is logarithmic."""

DOTTED = 40
"""Lines of at most so many points have a dot at each."""

LONGEST = 7
"""Letters that fit beside an axis."""


@attrs.frozen(kw_only=True)
class Line:
    """A line of a chart.

    Attributes:
        name: what it shows.
        points: epoch, counted from 1, and value, by epoch; values that are no numbers are gaps.
    """

    name: str
    points: Sequence[tuple[int, float]]

    @property
    def finite(self) -> list[tuple[int, float]]:
        """The points that can be drawn."""
        return [point for point in self.points if math.isfinite(point[1])]


def lines_of(rows: Sequence[Mapping[str, float]]) -> dict[str, list[Line]]:
    """The lines of a log: what is logged of training and of validation is in one chart.

    Args:
        rows: what was logged of each epoch, by name; ``epoch`` is counted from 0.

    Returns:
        Title of a chart → its lines; the loss comes first, the learning rate last.
    """
    names = dict.fromkeys(name for row in rows for name in row if name != "epoch")
    titles = dict.fromkeys(name.removeprefix("val_") for name in names)
    first, last = ["loss"], ["learning_rate"]
    order = sorted(titles, key=lambda title: (title in last) - (title in first))
    charts: dict[str, list[Line]] = {}
    for title in order:
        pairs = ((title, "training"), (f"val_{title}", "validation"))
        charts[title] = [
            Line(
                name=words if f"val_{title}" in names else title,
                points=[(int(row["epoch"]) + 1, row[name]) for row in rows if name in row],
            )
            for name, words in pairs
            if name in names
        ]
    return charts


def chart(title: str, lines: Sequence[Line], unit: str = "", best: int | None = None) -> Element:
    """A figure of lines over epochs, with what it shows in words.

    Args:
        title: what the lines are of.
        lines: one or two.
        unit: of the values.
        best: an epoch that is marked.
    """
    points = [point for line in lines for point in line.finite]
    words = f"{title}: {'; '.join(_in_words(line, title, unit) for line in lines)}."
    if not points:
        return element("figure", element("figcaption", element("strong", title), ": no numbers"))
    x, across = _across([epoch for epoch, _ in points])
    y, up = _up([value for _, value in points])
    drawn = [*up, *across]
    if best is not None:
        drawn.append(_rule(x(best), _TOP, x(best), HEIGHT - _BOTTOM, "best"))
    for index, line in enumerate(lines):
        drawn += _drawn(line, f"s{index}", x, y)
    drawn += _legend(lines)
    svg = element(
        "svg",
        element("title", words),
        *drawn,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        class_="chart",
        role="img",
        aria_label=words,
    )
    caption = element("figcaption", element("strong", title), words.removeprefix(title))
    return element("figure", svg, caption)


def _in_words(line: Line, title: str, unit: str) -> str:
    """What a line shows; one that has the name of its chart needs no name."""
    points, ends = line.finite, f" {unit}" if unit else ""
    name = "" if line.name == title else f"{line.name} "
    if not points:
        return f"{name}has no numbers"
    (_, begin), (epoch, end) = points[0], points[-1]
    if len(points) == 1:
        return f"{name}{number(end)}{ends} in epoch {epoch}"
    least = min(points, key=lambda point: point[1])
    words = f"{name}from {number(begin)} to {number(end)}{ends}"
    return words + ("" if least[1] == end else f", least {number(least[1])} in epoch {least[0]}")


def number(value: float) -> str:
    """A value in few digits."""
    return f"{value:.3g}"


def _drawn(
    line: Line, kind: str, x: Callable[[float], float], y: Callable[[float], float]
) -> list[Element]:
    """A polyline for each stretch without a gap, and dots on lines of few points."""
    stretches: list[list[tuple[int, float]]] = [[]]
    for point in _thinned(line.points):
        if math.isfinite(point[1]):
            stretches[-1].append(point)
        elif stretches[-1]:
            stretches.append([])
    drawn = [
        element(
            "polyline",
            points=" ".join(f"{x(epoch):.1f},{y(value):.1f}" for epoch, value in stretch),
            class_=kind,
        )
        for stretch in stretches
        if stretch
    ]
    if len(line.finite) <= DOTTED:
        drawn += [
            element("circle", cx=round(x(epoch), 1), cy=round(y(value), 1), r=2.6, class_=kind)
            for epoch, value in line.finite
        ]
    return drawn


def _thinned(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    if len(points) <= MOST:
        return list(points)
    step = (len(points) - 1) / (MOST - 1)
    return [points[round(index * step)] for index in range(MOST)]


def _legend(lines: Sequence[Line]) -> list[Element]:
    drawn, left = [], float(_LEFT)
    for index, line in enumerate(lines):
        drawn.append(_rule(left, 12, left + 22, 12, f"s{index}"))
        drawn.append(element("text", line.name, x=left + 28, y=16, class_="name"))
        left += 44 + 6.8 * len(line.name)
    return drawn


def _rule(x1: float, y1: float, x2: float, y2: float, kind: str) -> Element:
    return element(
        "line", x1=round(x1, 1), y1=round(y1, 1), x2=round(x2, 1), y2=round(y2, 1), class_=kind
    )


def _across(epochs: Sequence[int]) -> tuple[Callable[[float], float], list[Element]]:
    """The axis of epochs."""
    low, high = min(epochs), max(epochs)
    span = max(1, high - low)

    def place(epoch: float) -> float:
        share = 0.5 if low == high else (epoch - low) / span
        return _LEFT + share * (WIDTH - _LEFT - _RIGHT)

    step = max(1, math.ceil(_nice(span / 4)))
    ticks = [low, *(tick for tick in range(step, high + 1, step) if tick - low >= step / 2)]
    drawn = [
        element("text", f"{tick}", x=round(place(tick), 1), y=HEIGHT - 8, text_anchor="middle")
        for tick in ticks
    ]
    return place, drawn


def _up(values: Sequence[float]) -> tuple[Callable[[float], float], list[Element]]:
    """The axis of values, and its rules."""
    low, high = min(values), max(values)
    is_log = low > 0 and high / low >= LOGARITHMIC
    ticks = _powers(low, high) if is_log else _steps(low, high)
    low, high = min(low, ticks[0]), max(high, ticks[-1])

    def level(value: float) -> float:
        return math.log10(value) if is_log else value

    def place(value: float) -> float:
        span = level(high) - level(low) or 1.0
        share = (level(value) - level(low)) / span
        return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)

    drawn = []
    for tick, words in zip(ticks, _in_digits(ticks), strict=True):
        y = round(place(tick) + 4, 1)
        drawn.append(_rule(_LEFT, place(tick), WIDTH - _RIGHT, place(tick), "rule"))
        drawn.append(element("text", words, x=_LEFT - 6, y=y, text_anchor="end"))
    return place, drawn


def _in_digits(ticks: Sequence[float]) -> list[str]:
    """Ticks in as few digits as tell them apart exactly."""
    near = 0.01 * min((after - before for before, after in pairwise(ticks)), default=1.0)
    for digits in range(1, 7):
        texts = [f"{tick:.{digits}g}" for tick in ticks]
        if all(abs(float(text) - tick) < near for text, tick in zip(texts, ticks, strict=True)):
            break
    if max(map(len, texts)) > LONGEST:
        texts = [f"{float(text):e}" for text in texts]
    return [_without_zeros(text) for text in texts]


def _without_zeros(text: str) -> str:
    """A number in the shortest form that says the same."""
    mantissa, e, power = text.partition("e")
    if not e:
        return text
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(power)}"


def _powers(low: float, high: float) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    step = max(1, math.ceil((last - first) / 5))
    return [float(10.0**power) for power in range(first, last + step, step)]


def _steps(low: float, high: float) -> list[float]:
    """Round numbers around a range."""
    if low >= 0 and low <= 0.6 * high:
        low = 0.0
    step = _nice((high - low or abs(high) or 1.0) / 4)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [step * index for index in range(first, last + 1)]


def _nice(step: float) -> float:
    """The least of 1, 2 and 5, times a power of ten, that is not below a step."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step * (1 - 1e-9))

"""The zoo's tables and picture, from the figures that ``tests/benchmarks/zoo.py`` wrote.

``python docs/zoo_table.py`` draws the picture; Sphinx makes the tables when it reads the page.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SHORT, LONG = 45.0, 200.0
"""The budgets of the trainings, in seconds of processor time."""

DOCS = Path(__file__).parent
FIGURES = DOCS / "zoo.json"
PICTURE = DOCS / "_static" / "zoo.svg"

LEAST_DETECTED = 0.9
"""A network is in the picture if it detects more than this share of the animals."""

Run = dict[str, Any]


def tables() -> dict[str, str]:
    """Where each table is in ``howto/choose-backbone.md`` → the table."""
    return {
        "<!-- zoo: accuracy, 45 s -->": accuracy(SHORT),
        "<!-- zoo: accuracy, 200 s -->": accuracy(LONG),
        "<!-- zoo: cost -->": cost(),
    }


def page(text: str) -> str:
    """The page with its tables."""
    for mark, table in tables().items():
        text = text.replace(mark, table)
    return text


def runs_of(budget: float) -> dict[str, list[Run]]:
    """The trainings of each network, a training for each seed."""
    runs: dict[str, list[Run]] = {}
    for run in json.loads(FIGURES.read_text(encoding="utf-8"))["rows"]:
        if run["budget"] == budget:
            runs.setdefault(run["row"], []).append(run)
    return runs


def accuracy(budget: float) -> str:
    """The table of errors, the networks that detect most first."""
    runs = runs_of(budget)
    lines = [_header("network", "median error", "95 % error", "detected")]
    for name in sorted(runs, key=lambda name: _rank(runs[name])):
        cells = [
            f"`{name}`",
            spread(_values(runs[name], "median"), "{:.2f}", " px"),
            spread(_values(runs[name], "p95"), "{:.1f}", " px"),
            spread([100 * run["recall"] for run in runs[name]], "{:.0f}", " %"),
        ]
        lines.append(_row(cells))
    return "\n".join([*lines, ""])


def _rank(runs: Sequence[Run]) -> tuple[float, float]:
    return -round(_middle(runs, "recall"), 1), _middle(runs, "median")


def cost() -> str:
    """The table of speed, memory and size, the quickest first."""
    runs = runs_of(SHORT)
    lines = [_header("network", "images/s", "memory", "parameters", "FLOPs")]
    for name in sorted(runs, key=lambda name: -_middle(runs[name], "frames_per_second")):
        cells = [
            f"`{name}`",
            f"{_middle(runs[name], 'frames_per_second'):.0f}",
            f"{_middle(runs[name], 'memory'):,.0f} MiB",
            f"{runs[name][0]['parameters'] / 1e6:.2f} M",
            f"{runs[name][0]['operations'] / 1e9:.2f} G",
        ]
        lines.append(_row(cells))
    return "\n".join([*lines, ""])


def spread(values: Sequence[float], form: str, unit: str = "") -> str:
    """The median, and the least and the largest value, if they differ."""
    if not all(math.isfinite(value) for value in values):
        return "–"
    middle, *ends = (
        form.format(value) for value in (statistics.median(values), min(values), max(values))
    )
    between = "" if ends[0] == ends[1] else f" ({ends[0]}–{ends[1]})"
    return f"{middle}{unit}{between}"


def points(budget: float) -> dict[str, tuple[float, float]]:
    """Images a second, as in the table of costs, and error of each network that detects."""
    speeds = runs_of(SHORT)
    return {
        name: (_middle(speeds[name], "frames_per_second"), _middle(runs, "median"))
        for name, runs in runs_of(budget).items()
        if min(run["recall"] for run in runs) > LEAST_DETECTED
    }


def draw(path: Path = PICTURE) -> Path:
    """Error against speed, a point for each network and budget."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "zoo", "font.size": 10}):
        figure = Figure(figsize=(7, 4.4), layout="constrained", facecolor="white")
        axes = figure.subplots()
        for budget, marker in ((SHORT, "s"), (LONG, "o")):
            places = points(budget)
            color = "#b35900" if budget == SHORT else "#0b5fa5"
            label = f"{budget:.0f} s of training"
            axes.plot(*zip(*places.values(), strict=True), marker, color=color, label=label)
            for name, point in places.items():
                axes.annotate(name, point, xytext=(8, -4), textcoords="offset points")
        axes.set_xlabel("images for each second of processor time")
        axes.set_ylabel("median error in pixels")
        axes.margins(x=0.15, y=0.1)
        axes.set_ylim(bottom=0)
        axes.grid(visible=True, color="#e4e4e4", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.legend()
        figure.savefig(path, metadata={"Date": None})
    return path


def _header(*names: str) -> str:
    return f"{_row(names)}\n|---|{'---:|' * (len(names) - 1)}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _middle(runs: Sequence[Run], name: str) -> float:
    return float(statistics.median(_values(runs, name)))


def _values(runs: Sequence[Run], name: str) -> list[float]:
    """A figure of every seed; infinitely far off where no animal was detected."""
    return [math.inf if run[name] is None else run[name] for run in runs]


if __name__ == "__main__":
    draw()

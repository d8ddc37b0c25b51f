"""The tables of ``howto/fast-runtimes.md``, from files that ``poise benchmark`` wrote.

Each file is written anew by the command that the page shows above its table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SIDES = (256, 1024)
"""Sides of the frames, a file and a table for each."""

DOCS = Path(__file__).parent
COLUMNS = ("runtime", "batch", "frames/s", "median", "99 %", "memory", "start", "of peak")


def file_of(side: int) -> Path:
    """The file of figures."""
    return DOCS / f"runtimes-{side}.json"


def page(text: str) -> str:
    """The page with its tables and the machine that they are of."""
    for side in SIDES:
        text = text.replace(f"<!-- runtimes: {side} -->", table(figures_of(side)))
    return text.replace("<!-- runtimes: machine -->", machine(figures_of(SIDES[0])))


def figures_of(side: int) -> dict[str, Any]:
    """What the benchmark wrote."""
    figures: dict[str, Any] = json.loads(file_of(side).read_text(encoding="utf-8"))
    return figures


def table(figures: Mapping[str, Any]) -> str:
    """A line for each runtime and batch size."""
    head = f"{_line(COLUMNS)}\n|---|{'---:|' * (len(COLUMNS) - 1)}"
    return "\n".join([head, *(_line(_cells(row)) for row in figures["rows"]), ""])


def machine(figures: Mapping[str, Any]) -> str:
    """What the figures were taken on."""
    facts, peak = figures["machine"], figures["peak"] / 1e9
    processor = f"{facts['cores']} cores of {facts['processor']} with {facts['vectors']}"
    versions = figures["versions"]
    names = [f"Keras {versions['keras']}", f"TensorFlow {versions['tensorflow']}"]
    others = {row["library"].partition("(")[2].rstrip(")") for row in figures["rows"]}
    names += sorted(others - {"tensorflow"})
    most = f"at most {peak:.0f} billion FLOPs a second"
    return f"{processor}, {facts['system']}, {', '.join(names)}; {most}"


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [
        f"`{row['runtime']}`",
        f"{row['batch_size']}",
        f"{row['frames_per_second']:.3g}",
        _time(row["latency"]),
        _time(row["latency_99"]),
        f"{row['memory'] / 2**20:,.0f} MiB",
        f"{row['start']:.1f} s",
        f"{row['of_peak']:.0%}".replace("%", " %"),
    ]


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


def _line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"

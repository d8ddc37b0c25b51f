"""A table of what a benchmark has measured."""

from __future__ import annotations

from poise.cli.commands import rows, say, table
from poise.messages import figure
from poise_workflows.benchmarking.results import Benchmark, Row

HEADER = (
    *("RUNTIME", "PRECISION", "BATCH", "FRAMES/S", "MEDIAN ms", "99 % ms"),
    *("MiB", "START s", "OF PEAK"),
)
DROPPED = ("START s", "PRECISION", "99 % ms", "MiB", "OF PEAK")
"""Columns that a narrow terminal does without, the least important first."""


def show(result: Benchmark) -> None:
    """Write what was measured, and a row for each process."""
    height, width, channels = result.image
    say(f"{result.model}, frames of {height} × {width} × {channels}")
    rows(_facts(result), "  ")
    say()
    table(HEADER, [_row(row) for row in result.rows], drop=DROPPED, elsewhere="--json")
    for row in result.rows:
        if row.failed:
            say(f"  failed  {row.runtime}, {row.precision}, batch {row.batch_size}: {row.failed}")
    for note in result.notes:
        say(f"  note    {note}")


def _facts(result: Benchmark) -> list[tuple[str, str]]:
    machine = result.machine
    vectors = f" with {machine['vectors']}" if machine["vectors"] else ""
    versions = [f"{name} {version}" for name, version in result.versions.items()]
    costs = [
        ("parameters", result.parameters, 1.0, ""),
        ("FLOPs", result.operations, 1e9, " billion a frame"),
        ("peak", result.peak, 1e9, " billion FLOPs a second"),
    ]
    return [
        ("processor", machine["processor"]),
        ("machine", f"{machine['cores']} cores{vectors}, {machine['system']}"),
        ("versions", ", ".join(versions)),
        *(
            (name, f"{value / unit:,.0f}" if unit == 1 else f"{figure(value / unit)}{text}")
            for name, value, unit, text in costs
            if value
        ),
    ]


def _row(row: Row) -> list[str]:
    return [
        row.runtime,
        row.precision,
        str(row.batch_size),
        _figure(row.frames_per_second, 1),
        _figure(row.latency, 1000),
        _figure(row.latency_99, 1000),
        _figure(row.memory, 2**-20),
        _figure(row.start, 1),
        "–" if row.of_peak is None else f"{100 * row.of_peak:.0f} %",
    ]


def _figure(value: float | None, factor: float) -> str:
    return "–" if value is None else figure(value * factor)

"""What ``poise recommend`` says."""

from __future__ import annotations

from collections.abc import Iterator

from poise.cli.commands import rows, say, table
from poise.messages import counted, figure, join_names
from poise_workflows.recommending.amounts import in_words
from poise_workflows.recommending.asking import Budget
from poise_workflows.recommending.leaving_out import loosening, reasons
from poise_workflows.recommending.results import (
    Recommendations,
    Recommended,
    changes_in_words,
)

SHOWN = 8
"""Configurations of the table."""

HEADER = ("", "PARAMETERS", "GFLOPS", "TRAINING", "PREDICTION", "FRAMES/S", "SEES")


def show(result: Recommendations, budget: Budget) -> None:
    """Say what fits, and what leaves out the rest."""
    for line in _of_animals(result):
        say(line)
    if result.configurations:
        _show_table(result)
    else:
        _show_nothing(result, budget)
    lines = reasons(result, budget)
    say(f"of {counted(result.looked_at, 'network')}" + (":" if lines else ", all fit"))
    for line in lines:
        say(f"  {line}")
    if result.left:
        say(f"not looked at: {result.left:,} more that are in reach; a larger --limit builds them")
    if result.fixed:
        say(f"not changed: {join_names(path.removeprefix('model.') for path in result.fixed)}")
    for note in result.notes:
        say(f"note: {note}")
    if result.output is not None:
        say(f"wrote {result.output}, the first of the table")


def _of_animals(result: Recommendations) -> Iterator[str]:
    if result.animal_size is not None:
        apart = f", {result.spacing:.3g} pixels apart at the nearest" if result.spacing else ""
        yield f"animals  {result.animal_size:.0f} pixels long (nine of ten are smaller){apart}"


def _show_table(result: Recommendations) -> None:
    shown = result.configurations[:SHOWN]
    cells = [_row(number, each, result) for number, each in enumerate(shown, start=1)]
    table(HEADER, cells, drop=("GFLOPS", "PARAMETERS"), elsewhere="--json")
    if any(not each.is_measured for each in shown):
        say("~ an estimate; the others were measured")
    rows(
        [
            (str(number), changes_in_words(each.changes))
            for number, each in enumerate(shown, start=1)
        ]
    )
    more = len(result.configurations) - len(shown)
    if more:
        say(f"and {more:,} more that fit; --json has all")


def _row(number: int, each: Recommended, result: Recommendations) -> tuple[str, ...]:
    about = "" if each.is_measured else "~"
    return (
        str(number),
        f"{each.parameters:,}",
        figure(each.operations / 1e9),
        about + in_words(each.training_bytes),
        about + in_words(each.prediction_bytes),
        f"{about}{figure(each.fps)}",
        _sees(each, result.animal_size),
    )


def _sees(each: Recommended, size: float | None) -> str:
    if each.receptive_field is None:
        return "everything"
    share = each.receptive_field / size if size else 0
    times = f" ({share:.{0 if share >= 10 else 1}f}×)" if size else ""
    return f"{each.receptive_field:.0f} px{times}"


def _show_nothing(result: Recommendations, budget: Budget) -> None:
    say("nothing fits")
    for line in loosening(result.nearest, budget):
        say(f"  the nearest: {line}")

"""Draw frames, the targets made from their labels, and what a trained model predicts instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from poise import Output, PoiseError
from poise.writing.whole_files import whole_file
from poise_workflows.previewing import panels, styles
from poise_workflows.previewing.views import Outcome, View

COLUMNS, SIDE = 3, 4.2
"""Panels per row of a single frame, and the side of a panel in inches."""
Panel = Callable[[Any], None]
"""Draws into an axis of Matplotlib."""


def draw(path: Path, views: Sequence[View], outputs: Sequence[Output], title: str) -> None:
    """Write a picture with the panels of each frame.

    Args:
        path: the picture's path; its suffix decides the format.
        views: the frames.
        outputs: outputs of the model.
        title: the line above the panels.

    Raises:
        PoiseError: Matplotlib is not installed, or cannot write this format.
    """
    figure = picture(views, outputs, title)
    try:
        with whole_file(path) as stream:
            figure.savefig(stream, dpi=110, format=path.suffix.removeprefix(".") or "png")
    except ValueError as error:
        raise PoiseError(f"{path.name} cannot be written: {error}") from None


def picture(views: Sequence[View], outputs: Sequence[Output], title: str) -> Any:
    """The Matplotlib figure that ``draw`` writes; arguments and errors likewise."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PoiseError(
            f"drawing needs Matplotlib: {error}\n  fix: pip install matplotlib"
        ) from None
    rows = [row for view in views for row in _rows(view, outputs)]
    if len(rows) == 1:
        rows = _wrapped(rows[0])
    columns = max(map(len, rows))
    figure = Figure(figsize=(columns * SIDE, len(rows) * SIDE + 0.8), layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots(len(rows), columns, squeeze=False)
    for row, of_row in zip(rows, axes, strict=True):
        for panel, axis in zip(row, of_row, strict=False):
            panel(axis)
        for axis in of_row[len(row) :]:
            axis.axis("off")
    figure.legend(handles=_legend(views), loc="outside lower center", ncols=2 * columns)
    return figure


def _wrapped(row: list[Panel]) -> list[list[Panel]]:
    columns = 2 if len(row) == 4 else min(COLUMNS, len(row))
    return [row[start : start + columns] for start in range(0, len(row), columns)]


def _rows(view: View, outputs: Sequence[Output]) -> Iterator[list[Panel]]:
    """A row for the targets and, below it, one for what the model predicts, with equal scales."""
    highest = {output.name: _highest(view.targets, output) for output in outputs}
    labels: Panel = partial(panels.labels_panel, view=view)
    titles = {o.name: f"{o.name}: stride {o.stride}, channels {o.channels}" for o in outputs}
    if view.predictions is None:
        yield [labels, *_results(view, view.targets, outputs, titles, highest, "decoded")]
        return
    for outcome, words in ((view.targets, "target"), (view.predictions, "predicted")):
        titles = {o.name: f"{words} {o.name}: up to {_highest(outcome, o):.2g}" for o in outputs}
        last = "decoded from targets" if words == "target" else "predicted"
        yield [labels, *_results(view, outcome, outputs, titles, highest, last)]


def _results(
    view: View,
    outcome: Outcome,
    outputs: Sequence[Output],
    titles: dict[str, str],
    highest: dict[str, float],
    last: str,
) -> list[Panel]:
    maps: list[Panel] = [
        partial(
            panels.output_panel,
            view=view,
            outcome=outcome,
            output=output,
            title=titles[output.name],
            highest=highest[output.name],
        )
        for output in outputs
    ]
    return [*maps, partial(panels.decoded_panel, view=view, outcome=outcome, title=last)]


def _highest(outcome: Outcome, output: Output) -> float:
    return float(np.max(np.abs(outcome.maps[output.name]), initial=0))


def _legend(views: Sequence[View]) -> list[Any]:
    outcomes = [view.targets for view in views] + [
        view.predictions for view in views if view.predictions is not None
    ]
    return styles.legend_of(
        {int(animal) for view in views for animal in panels.animals_inside(view.frame)},
        views[0].frame.classes if len(views) == 1 else (),
        has_unmatched=any((outcome.matches < 0).any() for outcome in outcomes),
    )

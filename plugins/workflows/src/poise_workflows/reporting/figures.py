"""The sections with figures: curves, metrics, errors by part, identities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

import attrs

from poise.messages import counted
from poise_workflows.evaluation.meanings import MEANINGS
from poise_workflows.reporting.curves import Line, chart, lines_of, number
from poise_workflows.reporting.markup import Child, bullets, element, paragraph, section
from poise_workflows.reporting.records import Kept, Record
from poise_workflows.reporting.tables import (
    columns_explained,
    confusion_table,
    parts_table,
    shown,
    table,
)


@attrs.frozen(kw_only=True)
class Metrics:
    """What ``metrics.json`` says.

    Attributes:
        figures: metric → figure.
        meanings: metric → its meaning, as the file has it.
        parts: part → column → figure.
        animals: animal → column → figure.
        notes: what to know of the figures.
    """

    figures: Mapping[str, Any]
    meanings: Mapping[str, str]
    parts: Mapping[str, Mapping[str, Any]]
    animals: Mapping[str, Mapping[str, Any]]
    notes: Sequence[str]


def curves_section(rows: Sequence[Mapping[str, float]], kept: Kept, best_epoch: int) -> Element:
    """All that is logged, over the epochs, and the error in pixels."""
    if not rows:
        return section("curves", "Curves", paragraph("No epoch is done yet.", kind="soft"))
    best = best_epoch or None
    charts = [
        chart(title, lines, best=best if title == "loss" else None)
        for title, lines in lines_of(rows).items()
    ]
    errors = [(each.epoch, each.median) for each in kept.records if each.median is not None]
    if errors:
        charts.insert(1, chart("median error", [Line(name="validation", points=errors)], "px"))
    return section(
        "curves",
        "Curves",
        paragraph(
            "All values of log.csv over the epochs. The dotted line in the loss is the epoch whose "
            "weights are kept as the best."
        ),
        element("div", *charts, class_="grid"),
    )


def metrics_section(metrics: Metrics | None, note: str) -> Element | None:
    """What ``poise evaluate`` measured; ``None`` if it measured nothing."""
    if metrics is None:
        return section("metrics", "Metrics", paragraph(note, kind="warning")) if note else None
    names = [name for name in MEANINGS if name in metrics.figures]
    names += [name for name in metrics.figures if name not in MEANINGS]
    rows: list[list[Child]] = []
    for name in names:
        label = MEANINGS[name].label if name in MEANINGS else name
        text = metrics.meanings.get(name) or (MEANINGS[name].text if name in MEANINGS else "")
        figure = shown(name, metrics.figures[name])
        rows.append([label, figure, element("td", text, class_="words")])
    children: list[Child] = [
        paragraph("What Poise measured at the end, as metrics.json has it. Errors are in pixels."),
        bullets(metrics.notes, "notes"),
        table("Metrics", ("metric", "figure", "meaning"), rows),
    ]
    for title, figures in (("Parts", metrics.parts), ("Animals", metrics.animals)):
        if figures:
            children += [element("h3", title), parts_table(f"{title} in metrics.json", figures)]
    if metrics.parts:
        children.append(columns_explained({**metrics.parts, **metrics.animals}))
    return section("metrics", "Metrics", *children)


def parts_section(last: Record | None) -> Element:
    """Errors of each part after the last epoch that was measured."""
    if last is None or last.undecoded or not last.parts:
        reason = "no epoch was measured yet" if last is None else last.undecoded or "no part"
        return section("parts", "Errors by part", paragraph(f"None: {reason}.", kind="soft"))
    animals = last.animals
    found = f"{animals['matched']} of {counted(animals['labeled'], 'animal')} found, "
    found += f"{animals['missed']} missed, {animals['invented']} invented"
    middle = "" if last.median is None else f"; the median error is {number(last.median)} pixels"
    return section(
        "parts",
        "Errors by part",
        paragraph(f"After epoch {last.epoch}, {_measured(last)}: {found}{middle}."),
        parts_table("Errors in pixels of the frames", last.parts),
        columns_explained(last.parts),
    )


def _measured(last: Record) -> str:
    total = counted(last.examples, "validation example")
    if last.measured == last.examples:
        return f"over all {total}"
    return f"over {last.measured} of {total}, so that measuring takes little time"


def identities_section(last: Record | None) -> Element | None:
    """Who was taken for whom; ``None`` if the network tells no animals apart."""
    if last is None or last.confusion is None:
        return None
    names, rows = last.confusion["names"], last.confusion["rows"]
    total = sum(map(sum, rows))
    right = sum(row[index] for index, row in enumerate(rows))
    share = f"{right} of {total}" if total else "none"
    return section(
        "identities",
        "Identities",
        paragraph(
            f"After epoch {last.epoch}, {_measured(last)}: {share} labeled animals with a class "
            "were found as themselves."
        ),
        confusion_table("Labeled classes, and what they were predicted as", names, rows),
    )

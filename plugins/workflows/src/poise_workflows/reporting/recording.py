"""From what a network makes of examples to the record of an epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from poise_workflows.evaluation.accuracy import mean
from poise_workflows.evaluation.results import plain
from poise_workflows.reporting import measuring
from poise_workflows.reporting.cases import Array, Cases
from poise_workflows.reporting.images import Window, map_uri, picture_uri, window_of
from poise_workflows.reporting.measuring import Measured, measured
from poise_workflows.reporting.records import Animal, Bad, Found, Kept, Map, Record, Still, Vector
from poise_workflows.reporting.seeing import Seer, Sight

WORST = 4
"""Examples that are shown as the worst."""

MOST_OUTPUTS = 4
"""Outputs that have pictures; what a page takes grows with each."""

MOST_VALUES = 12
"""Values of a vector that are shown."""


@attrs.frozen(kw_only=True, eq=False)
class Drawing:
    """An epoch in the making.

    Attributes:
        every: all measured examples, without their maps.
        stills: of the shown examples.
        found: what the network made of these.
        worst: the worst up to now, with the place that each has among the examples.
    """

    every: list[Measured]
    stills: list[Still]
    found: list[Found]
    worst: list[tuple[int, Bad]]


def draw(seer: Seer, cases: Cases, epoch: int, *, is_last: bool) -> tuple[Kept, Record]:
    """Predict the examples of a report and draw them.

    Args:
        seer: predicts.
        cases: the examples.
        epoch: counted from 1.
        is_last: whether no epoch follows.

    Returns:
        What stays the same over all epochs, and the record of this one.
    """
    drawing = Drawing(every=[], stills=[], found=[], worst=[])
    shown = set(cases.shown)
    for sight in seer.see(cases, cases.measured(is_last=is_last)):
        _add(drawing, measured(sight, cases.factors[sight.index]), cases, seer, shown)
    every = drawing.every
    record = Record(
        epoch=epoch,
        measured=len(every),
        examples=len(cases),
        median=measuring.median_error(every),
        animals=measuring.animals_of(every),
        parts=measuring.parts_of(every),
        confusion=measuring.confusion_of(every),
        found=drawing.found,
        worst=[bad for _, bad in drawing.worst],
        hidden=[output.name for output in seer.resolution.outputs[MOST_OUTPUTS:]],
        undecoded=every[0].sight.undecoded,
    )
    parts = every[0].sight.parts
    edges = [
        (parts.index(start), parts.index(end))
        for start, end in cases.skeleton.edges
        if start in parts and end in parts
    ]
    return Kept(stills=drawing.stills, edges=edges), record


def _add(drawing: Drawing, each: Measured, cases: Cases, seer: Seer, shown: set[int]) -> None:
    """Draw what of an example may be shown, and keep of the rest what errors need."""
    sight = each.sight
    bad = each.badness
    worst = drawing.worst
    is_bad = bad > 0 and (len(worst) < WORST or bad > worst[-1][1].badness)
    if sight.index in shown or is_bad:
        still = _still(sight, cases.titles[sight.index])
        found = _found(each, still.window)
        if sight.index in shown:
            drawing.stills.append(still)
            drawing.found.append(_with_outputs(found, sight, still.window, seer))
        if is_bad and not sight.undecoded:
            worst.append((sight.index, Bad(badness=round(bad, 4), still=still, found=found)))
            worst.sort(key=lambda pair: (-pair[1].badness, pair[0]))
            del worst[WORST:]
    light = attrs.evolve(sight, image=np.zeros((0, 0, 1)), outputs={}, targets={})
    drawing.every.append(attrs.evolve(each, sight=light))


def _still(sight: Sight, title: str) -> Still:
    window = window_of(sight.truth, (int(sight.image.shape[0]), int(sight.image.shape[1])))
    return Still(
        title=title,
        uri=picture_uri(sight.image, window),
        window=window,
        truth=_animals(sight.truth),
    )


def _found(each: Measured, window: Window) -> Found:
    left, top, width, height = window
    low, high = np.array([left, top]) - 0.5, np.array([left + width, top + height]) - 0.5
    with np.errstate(invalid="ignore"):
        inside = ((each.sight.predicted >= low) & (each.sight.predicted <= high)).all(axis=-1)
    error = plain(mean(each.distances))
    return Found(
        animals=_animals(each.sight.predicted),
        matches=[int(match) for match in each.matches],
        missed=len(each.missed),
        outside=int((~inside.any(axis=-1)).sum()),
        error=None if error is None else round(error, 3),
    )


def _with_outputs(found: Found, sight: Sight, window: Window, seer: Seer) -> Found:
    maps, vectors = [], []
    for output in seer.resolution.outputs[:MOST_OUTPUTS]:
        values = sight.outputs[output.name]
        if not output.spatial:
            named = _named(values, sight.class_names)
            vectors.append(Vector(name=output.name, values=named))
            continue
        target = np.nan_to_num(sight.targets[output.name])
        highest = float(np.abs(target).max(initial=0))
        uri, place = map_uri(values, output.stride, window, highest or 1.0)
        most = round(float(np.abs(np.nan_to_num(values)).max(initial=0)), 4)
        maps.append(Map(name=output.name, uri=uri, place=place, highest=most))
    return attrs.evolve(found, maps=maps, vectors=vectors)


def _named(values: Array, names: Sequence[str]) -> Mapping[str, float]:
    """The values of a vector by name; of many, the largest."""
    labels = names if len(names) == len(values) else [f"{index}" for index in range(len(values))]
    largest = sorted(np.argsort(-np.abs(values), kind="stable")[:MOST_VALUES])
    return {labels[index]: round(float(np.nan_to_num(values[index])), 3) for index in largest}


def _animals(points: Any) -> list[Animal]:
    return [
        [None if np.isnan(point).any() else [round(float(x), 2) for x in point] for point in animal]
        for animal in points
    ]

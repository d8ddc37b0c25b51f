"""The panels of a preview: an image with animals, a map, a vector."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from poise import Output
from poise_workflows.frames.labeled import Array, LabeledFrame
from poise_workflows.previewing.matching import points_of
from poise_workflows.previewing.styles import DECODED, LABELED, color_of, line_of, margin
from poise_workflows.previewing.views import Outcome, View

MARGIN = 0.2
"""Margin around the animals, as a fraction of their extent."""
NO_IMAGE = "0.88"
"""The gray of a frame without an image."""


def labels_panel(axis: Any, view: View) -> None:
    """The labeled animals over the image, one of them with the names of its parts."""
    frame = view.frame
    _image(axis, frame)
    skeleton = frame.skeleton
    for number, animal in enumerate(frame.points):
        _edges(axis, animal, skeleton.parts, skeleton.edges, number)
        _parts(axis, animal, LABELED, number)
    _names(axis, frame)
    axis.set_title(f"{frame.title}: labels")


def decoded_panel(axis: Any, view: View, outcome: Outcome, title: str) -> None:
    """The decoded animals, each in the color of the labeled one that it matches."""
    frame, animals = view.frame, points_of(outcome.decoded)
    _image(axis, frame)
    for number, animal in enumerate(frame.points):
        _parts(axis, animal, LABELED, number)
    for match, animal in zip(outcome.matches, animals, strict=True):
        _edges(axis, animal, outcome.decoded.parts, frame.skeleton.edges, int(match))
        _parts(axis, animal, DECODED, int(match))
    axis.set_title(f"{title}: {len(animals)}, labeled: {len(animals_inside(frame))}")


def output_panel(
    axis: Any, view: View, outcome: Outcome, output: Output, title: str, highest: float
) -> None:
    """A map with the labeled parts, or the values of a vector; ``highest`` is white."""
    values = outcome.maps[output.name][0]
    axis.set_title(title)
    if output.spatial:
        _map(axis, values, output.stride, view.frame, highest)
        return
    axis.bar(range(output.channels), values, color="0.4")
    axis.set_ylim(0, max(1.05, float(np.max(values, initial=0))))
    axis.set_xlabel("channel")
    axis.xaxis.get_major_locator().set_params(integer=True)


def animals_inside(frame: LabeledFrame) -> Array:
    """Indices of the labeled animals that have a part within the frame."""
    height, width = frame.size
    with np.errstate(invalid="ignore"):
        inside = (frame.points >= -0.5) & (frame.points < np.array([width, height]) - 0.5)
    return np.flatnonzero(np.any(np.all(inside, axis=-1), axis=1))


def _limits(frame: LabeledFrame) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the view: a square that holds all animals."""
    height, width = frame.size
    if np.isnan(frame.points).all():
        return -0.5, width - 0.5, height - 0.5, -0.5
    low, high = (pick(frame.points, axis=(0, 1)) for pick in (np.nanmin, np.nanmax))
    reach = max(24.0, float((high - low).max()) * (0.5 + MARGIN))
    x, y = (low + high) / 2
    return (
        max(-0.5, x - reach),
        min(width - 0.5, x + reach),
        min(height - 0.5, y + reach),
        max(-0.5, y - reach),
    )


def _image(axis: Any, frame: LabeledFrame) -> None:
    height, width = frame.size
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    if frame.image is None:
        axis.set_facecolor(NO_IMAGE)
        words = textwrap.fill(f"no image: {frame.no_image}" if frame.no_image else "no image", 44)
        place = axis.transAxes
        axis.text(0.5, 0.98, words, transform=place, ha="center", va="top", fontsize=8, wrap=True)
    else:
        image = np.squeeze(frame.image)
        limits = {} if image.dtype != np.uint8 else {"vmin": 0, "vmax": 255}
        axis.imshow(image, cmap="gray", extent=extent, **limits)
    _show(axis, frame)


def _map(axis: Any, values: Array, stride: int, frame: LabeledFrame, highest: float) -> None:
    """Show the largest magnitude over the channels, in each cell."""
    strongest = np.abs(values).max(axis=-1)
    rows, columns = strongest.shape
    # The middle of cell (row, column) is the pixel (column · stride, row · stride).
    left, top = -stride / 2, -stride / 2
    extent = (left, left + columns * stride, top + rows * stride, top)
    limits = {"vmin": 0, "vmax": highest or None}
    axis.imshow(strongest, cmap="magma", extent=extent, interpolation="nearest", **limits)
    points = frame.points.reshape(-1, 2)
    axis.plot(points[:, 0], points[:, 1], ".", color=color_of(4), markersize=3)
    _show(axis, frame)


def _show(axis: Any, frame: LabeledFrame) -> None:
    left, right, bottom, top = _limits(frame)
    axis.set_xlim(left, right)
    axis.set_ylim(bottom, top)
    axis.set_aspect("equal")


def _edges(
    axis: Any, animal: Array, parts: Sequence[str], edges: Sequence[tuple[str, str]], number: int
) -> None:
    index = {part: position for position, part in enumerate(parts)}
    style = {"color": color_of(number), "linestyle": line_of(number), "linewidth": 1.5}
    for start, end in edges:
        if {start, end} <= index.keys():
            points = animal[[index[start], index[end]]]
            axis.plot(*points.T, path_effects=margin(number, 3.0), **style)


def _parts(axis: Any, animal: Array, marker: str, number: int) -> None:
    size = 8 if marker == LABELED else 6
    axis.plot(
        *animal.T,
        marker,
        color=color_of(number),
        markersize=size,
        markeredgewidth=1.6,
        fillstyle="none",
        path_effects=margin(number, 3.2),
    )


def _names(axis: Any, frame: LabeledFrame) -> None:
    """The names of the parts, outside of the animal that shows most of them."""
    if not len(frame.points):
        return
    shown = (~np.isnan(frame.points).any(axis=-1)).sum(axis=1)
    animal = frame.points[int(shown.argmax())]
    middle = np.nanmean(animal, axis=0) if shown.max() else animal[0]
    for name, point in zip(frame.skeleton.parts, animal, strict=True):
        if np.isnan(point).any():
            continue
        x, y = (point - middle) / max(float(np.linalg.norm(point - middle)), 1.0)
        axis.annotate(
            name,
            point,
            (9 * x, -9 * y),
            textcoords="offset points",
            ha="left" if x > 0.4 else "right" if x < -0.4 else "center",
            va="top" if y > 0.4 else "bottom" if y < -0.4 else "center",
            fontsize=8 if len(animal) <= 12 else 6,
            path_effects=margin(0, 2.5),
            annotation_clip=True,
        )

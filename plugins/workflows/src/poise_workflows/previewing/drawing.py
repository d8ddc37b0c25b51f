"""Draw a frame, the targets made from its labels, and the points decoded from them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from poise import Instances, Output, PoiseError
from poise.writing.whole_files import whole_file
from poise_workflows.frames.labeled import Array, LabeledFrame

COLUMNS, SIDE = 3, 4.2
"""Panels per row, and the side of a panel in inches."""
MARGIN = 0.2
"""Margin around the animals, as a fraction of their extent."""


def draw(
    path: Path,
    frame: LabeledFrame,
    outputs: Sequence[Output],
    targets: dict[str, Array],
    decoded: Instances,
    title: str,
) -> None:
    """Write a picture with a panel for the labels, each output, and the decoded animals.

    Args:
        path: the picture's path; its suffix decides the format.
        frame: the frame as the model sees it.
        outputs: outputs of the model.
        targets: targets of one image, by output name.
        decoded: the animals that decoding finds in the targets.
        title: the line above the panels.

    Raises:
        PoiseError: Matplotlib is not installed, or cannot write this format.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PoiseError(
            f"drawing needs Matplotlib: {error}\n  fix: pip install matplotlib"
        ) from None
    count = len(outputs) + 2
    columns = 2 if count == 4 else min(COLUMNS, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(columns * SIDE, rows * SIDE + 0.4), layout="constrained")
    figure.suptitle(title)
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    view = _view(frame)
    _image(axes[0], frame, view)
    _animals(axes[0], frame.points, frame.skeleton.parts, frame.skeleton.edges, "o-")
    axes[0].set_title(f"{frame.title}: labels")
    for axis, output in zip(axes[1:], outputs, strict=False):
        axis.set_title(f"{output.name}: stride {output.stride}, channels {output.channels}")
        if output.spatial:
            _map(axis, targets[output.name][0], output.stride, frame, view)
        else:
            axis.bar(range(output.channels), targets[output.name][0], color="tab:orange")
            axis.set_ylim(0, 1.05)
    last = axes[len(outputs) + 1]
    _image(last, frame, view)
    _animals(last, frame.points, frame.skeleton.parts, (), "o", faded=True)
    animals = decoded.points[0, : int(decoded.counts[0])]
    _animals(last, animals, decoded.parts, frame.skeleton.edges, "x-")
    last.set_title(f"decoded: {len(animals)}")
    for axis in axes[count:]:
        axis.axis("off")
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    try:
        with whole_file(path) as stream:
            figure.savefig(stream, dpi=110, format=path.suffix.removeprefix(".") or "png")
    except ValueError as error:
        raise PoiseError(f"{path.name} cannot be written: {error}") from None


def _view(frame: LabeledFrame) -> tuple[float, float, float, float]:
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


def _image(axis: Any, frame: LabeledFrame, view: tuple[float, float, float, float]) -> None:
    height, width = frame.size
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    image = np.full((1, 1), 40, dtype=np.uint8) if frame.image is None else np.squeeze(frame.image)
    limits = {} if image.dtype != np.uint8 else {"vmin": 0, "vmax": 255}
    axis.imshow(image, cmap="gray", extent=extent, **limits)
    _show(axis, view)


def _map(
    axis: Any,
    values: Array,
    stride: int,
    frame: LabeledFrame,
    view: tuple[float, float, float, float],
) -> None:
    """Show the largest magnitude over the channels, in each cell."""
    strongest = np.abs(values).max(axis=-1)
    rows, columns = strongest.shape
    # The middle of cell (row, column) is the pixel (column · stride, row · stride).
    left, top = -stride / 2, -stride / 2
    extent = (left, left + columns * stride, top + rows * stride, top)
    axis.imshow(strongest, cmap="magma", extent=extent, vmin=0, interpolation="nearest")
    points = frame.points.reshape(-1, 2)
    axis.plot(points[:, 0], points[:, 1], ".", color="tab:cyan", markersize=3)
    _show(axis, view)


def _show(axis: Any, view: tuple[float, float, float, float]) -> None:
    left, right, bottom, top = view
    axis.set_xlim(left, right)
    axis.set_ylim(bottom, top)
    axis.set_aspect("equal")


def _animals(
    axis: Any,
    points: Array,
    parts: Sequence[str],
    edges: Sequence[tuple[str, str]],
    style: str,
    *,
    faded: bool = False,
) -> None:
    marker, line = style[0], style[1:]
    index = {part: number for number, part in enumerate(parts)}
    lines = [(index[start], index[end]) for start, end in edges if {start, end} <= index.keys()]
    for number, animal in enumerate(points):
        color = "0.8" if faded else f"C{number % 10}"
        for ends in lines if line else ():
            axis.plot(*animal[list(ends)].T, line, color=color, linewidth=1)
        axis.plot(
            *animal.T,
            marker,
            color=color,
            markersize=6,
            fillstyle="none" if marker == "o" else None,
        )

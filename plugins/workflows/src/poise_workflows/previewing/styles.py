"""How the animals of a preview look: a color for each, and what tells labels from decodings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
"""Colors that people with any kind of color vision tell apart: Okabe and Ito, Color Universal
Design (2008)."""
LINES = ("-", "--", ":")
"""After as many animals as there are colors, the next style of line begins."""
UNMATCHED = "white"
"""What matches no labeled animal, with a black margin."""
LABELED, DECODED = "o", "x"
"""The markers of parts."""
NAMED = 12
"""More animals than this have no name in the legend."""


def color_of(animal: int) -> str:
    """The color of a labeled animal, and of the decoded one that matches it."""
    return UNMATCHED if animal < 0 else COLORS[animal % len(COLORS)]


def line_of(animal: int) -> str:
    """The style of an animal's edges."""
    return LINES[max(animal, 0) // len(COLORS) % len(LINES)]


def margin(animal: int, width: float) -> list[Any]:
    """A margin in contrast to the animal's color, so that it shows on images of any brightness."""
    from matplotlib import patheffects

    color = "black" if animal < 0 else "white"
    return [patheffects.withStroke(linewidth=width, foreground=color, alpha=0.8)]


def legend_of(
    animals: Iterable[int], classes: Sequence[str | None], *, has_unmatched: bool
) -> list[Any]:
    """The entries of a legend.

    Args:
        animals: which labeled animals the picture shows.
        classes: the name of each one's class; empty if there are several frames.
        has_unmatched: whether something was decoded that matches no label.
    """
    from matplotlib.lines import Line2D

    entries = [_markers(LABELED, "gray", "labeled"), _markers(DECODED, "gray", "decoded")]
    if has_unmatched:
        entries.append(_markers(DECODED, UNMATCHED, "decoded, matches no label"))
        entries[-1].set_path_effects(margin(-1, 4.0))
    for animal in sorted(animals)[:NAMED]:
        name = classes[animal] if classes else None
        style: dict[str, Any] = {"color": color_of(animal), "linestyle": line_of(animal)}
        words = f"animal {animal}" + (f", {name}" if name else "")
        entries.append(Line2D([], [], linewidth=3, label=words, **style))
    return entries


def _markers(marker: str, color: str, label: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], marker=marker, color=color, linestyle="", fillstyle="none", label=label)

"""How poses look."""

from __future__ import annotations

from typing import Any

import attrs

from poise.messages import short_repr, suggestion
from poise_workflows.rendering.errors import refused

PALETTES = (
    *("standard", "distinct", "rainbow", "warm", "cool"),
    *("pastel", "seaborn", "tableau10", "viridis"),
)
"""The palettes of sleap-io."""

COLORED = ("track", "instance", "node")
BACKGROUNDS = ("video", "black", "white", "gray")
MARKERS = 250
"""A part is drawn with a radius of the longer side of the image divided by this."""


def _one_of(names: tuple[str, ...]) -> Any:
    def check(instance: Any, attribute: Any, value: Any) -> None:
        if value is not None and value not in names:
            what = f"must be one of {', '.join(names)}, got {short_repr(value)}"
            raise refused(f"{what}; {suggestion(value, names)}", attribute.name)

    return check


def _above_zero(instance: Any, attribute: Any, value: Any) -> None:
    if value is not None and not 0 < value < 1000:
        what = f"must be above 0 and below 1000, got {short_repr(value)}"
        raise refused(what, attribute.name)


@attrs.frozen(kw_only=True)
class Style:
    """How poses look.

    Attributes:
        scale: of the result.
        marker_size: radius of a part in pixels, before scaling; by default as the image's size.
        no_edges: leave edges out.
        color_by: ``"track"``, ``"instance"`` or ``"node"``; by default tracks, if there are any.
        palette: of the colors, one of ``PALETTES``.
        background: ``"video"``, ``"black"``, ``"white"`` or ``"gray"``.

    Raises:
        RenderingError: a value is none of these.
    """

    scale: float = attrs.field(default=1.0, validator=_above_zero)
    marker_size: float | None = attrs.field(default=None, validator=_above_zero)
    no_edges: bool = False
    color_by: str | None = attrs.field(default=None, validator=_one_of(COLORED))
    palette: str = attrs.field(default="standard", validator=_one_of(PALETTES))
    background: str = attrs.field(default="video", validator=_one_of(BACKGROUNDS))

    def radius(self, size: tuple[int, int]) -> float:
        """The radius of a part in frames of this height and width."""
        return self.marker_size or max(2.0, max(size) / MARKERS)

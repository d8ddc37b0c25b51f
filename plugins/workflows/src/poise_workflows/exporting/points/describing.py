"""What a model of points returns: names, axes and meanings, for manifests and pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from poise.specs import GraphOutput

COORDINATES = (
    "x (to the right), then y (down), in pixels of the frames; the center of the top left pixel "
    "is (0, 0)"
)

_ATTRIBUTE = "_poise_points"


@attrs.frozen(kw_only=True, eq=False)
class Description:
    """What a model of points takes and returns.

    Attributes:
        outputs: name → axes and meaning. The first axis is ``"frame"``.
        names: axis → the names of its entries: parts, edges, classes.
        frame: height, width and channels of the frames.
        of_crops: whether the frames are crops around single animals.
    """

    outputs: Mapping[str, GraphOutput]
    names: Mapping[str, tuple[str, ...]]
    frame: tuple[int, int, int]
    of_crops: bool = False

    def as_json(self) -> dict[str, Any]:
        """The description as plain data."""
        outputs = {
            name: {"axes": list(output.axes), "meaning": output.meaning}
            for name, output in self.outputs.items()
        }
        names = {axis: list(entries) for axis, entries in self.names.items()}
        return {"coordinates": COORDINATES, "outputs": outputs, "names": names}


def keep_description(model: Any, description: Description) -> None:
    """Attach its description to a model."""
    setattr(model, _ATTRIBUTE, description)


def description_of(model: Any) -> Description | None:
    """What a model of ``points_model`` returns; ``None`` for any other model."""
    return getattr(model, _ATTRIBUTE, None)

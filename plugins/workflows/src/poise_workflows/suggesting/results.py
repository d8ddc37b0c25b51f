"""What was suggested."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Suggested:
    """A frame that is worth labeling.

    Attributes:
        video: the name of its video; its path if several videos have that name.
        frame: its number, counted from 0.
        by: the suggester that named it.
        badness: what that suggester said of it.
    """

    video: str
    frame: int
    by: str
    badness: float


@attrs.frozen(kw_only=True)
class Suggestions:
    """The frames of some predictions that are worth labeling next.

    Attributes:
        output: the project, a ``.slp`` file.
        frames: the frames, the worst first.
        by: the suggesters that took part.
        notes: what the user should know, a sentence each.
    """

    output: Path
    frames: tuple[Suggested, ...]
    by: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON."""
        return {
            "output": str(self.output),
            "by": list(self.by),
            "frames": [attrs.asdict(frame) for frame in self.frames],
            "notes": list(self.notes),
        }

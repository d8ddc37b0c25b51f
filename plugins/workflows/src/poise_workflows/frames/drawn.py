"""Which videos are drawings of poses: results of an earlier command, not recordings."""

from __future__ import annotations

from pathlib import Path

import av

from poise.errors import PoiseError
from poise_workflows.frames.opened_videos import open_container

TAG = "comment", "Poses drawn by Poise"
"""Name and text of the metadata by which Poise knows the videos that it has drawn."""

_OF_SLEAP = (".slp.avi", ".slp.mp4")
"""How SLEAP ends the names of the videos that it draws: the name of the label file goes before."""


def is_drawn(path: Path) -> bool:
    """Whether poses are drawn on a video: Poise or SLEAP has rendered it.

    A video that nobody can open is not: whoever reads it says why.
    """
    if path.name.lower().endswith(_OF_SLEAP):
        return True
    name, text = TAG
    try:
        with open_container(path) as container:
            said = {key.lower(): value for key, value in container.metadata.items()}
    except (av.FFmpegError, OSError, ValueError, PoiseError):
        return False
    return said.get(name) == text

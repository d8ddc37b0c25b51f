"""How long a queue will take, and how much room, before anything is predicted."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from poise.errors import Fault
from poise.messages import argument_path
from poise_workflows.frames.selections import Selection
from poise_workflows.pipelines.members import Cast
from poise_workflows.prediction.room import ANIMALS, need_of_frames, sized
from poise_workflows.prediction.steps import FRAMES

PIXELS_A_SECOND = 4_000_000
"""What one worker on a processor of 2026 predicts, by a rule of thumb; its networks see so many.

It depends on the network by more than ten times, and GPUs are quicker. ``poise status`` measures.
"""

PARTS = 20
"""How many parts an animal is expected to have, where no model says so."""


def seconds_of(selection: Selection, roles: Cast) -> float:
    """How long one worker predicts the frames, about."""
    height, width = selection.largest
    scale = roles.members[0].reading.input_scaling
    return len(selection) * height * width * scale * scale / PIXELS_A_SECOND


def bytes_of(frames: int, roles: Cast, options: Mapping[str, Any]) -> int:
    """What journal and result of so many frames take, about."""
    skeleton = next(
        (each.reading.skeleton for each in roles.members if each.reading.skeleton), None
    )
    most = options.get("max_instances") or ANIMALS
    return need_of_frames(
        frames,
        0,
        min(most, ANIMALS),
        len(skeleton.parts) if skeleton else PARTS,
        step=1 if options.get("batch_size") == 1 else FRAMES,
        is_tracked=bool(options.get("track")),
    ).total


def faults_of_room(needed: int, folder: Path) -> list[Fault]:
    """Whether all results fit on the disk."""
    place = next(each for each in (folder, *folder.absolute().parents) if each.is_dir())
    free = shutil.disk_usage(place).free
    if needed <= free:
        return []
    got = f"must have room for about {sized(needed)}, got {sized(free)}"
    fix = "make room, or name another output"
    return [Fault(f"{got} in {place}; {fix}", argument_path("output"))]

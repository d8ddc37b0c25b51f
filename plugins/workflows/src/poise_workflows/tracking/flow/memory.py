"""The frames from which a tracker moves instances, and what the journal keeps of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise_workflows.tracking.contract import Floats, Integers
from poise_workflows.tracking.flow.shifting import Points
from poise_workflows.tracking.states import checked

Array = npt.NDArray[Any]


@attrs.frozen(kw_only=True, eq=False)
class Frame:
    """Tracked instances of a frame, and where they are in its image or a later one.

    Attributes:
        call: call of the tracker that tracked them.
        image: call of the tracker whose image they are in.
        points: ``(N, P, 2)``; in single precision where optical flow has moved them.
        point_scores: ``(N, P)``.
        tracks: ``(N,)``.
    """

    call: int
    image: int
    points: Points
    point_scores: Floats
    tracks: Integers

    def rows(self, rows: Array) -> Frame:
        """Some of the instances, by index or mask."""
        return attrs.evolve(
            self,
            points=self.points[rows],
            point_scores=self.point_scores[rows],
            tracks=self.tracks[rows],
        )


def arrays_of(
    frames: Iterable[Frame], parts: int, prefix: str, dtype: type = np.float64
) -> dict[str, Array]:
    """Frames, with points of a type, as arrays whose names begin with a prefix.

    ``frames_of`` is the inverse.
    """
    none = Frame(
        call=0,
        image=0,
        points=np.zeros((0, parts, 2), dtype),
        point_scores=np.zeros((0, parts)),
        tracks=np.zeros(0, np.int64),
    )
    kept = [none, *frames]
    joined = {
        name: np.concatenate([getattr(frame, name) for frame in kept])
        for name in ("points", "point_scores", "tracks")
    }
    table = [(frame.call, frame.image, len(frame.tracks)) for frame in kept[1:]]
    joined["frames"] = np.array(table, np.int64).reshape(-1, 3)
    return {f"{prefix}.{name}": array for name, array in joined.items()}


def frames_of(
    arrays: Mapping[str, Array], parts: int, prefix: str, dtype: type = np.float64
) -> dict[int, Frame]:
    """Call → frame, of the arrays that ``arrays_of`` made.

    Raises:
        ValueError: they are not of such frames.
    """
    table = checked(arrays, f"{prefix}.frames", np.int64, (None, 3))
    count = int(table[:, 2].sum())
    points = checked(arrays, f"{prefix}.points", dtype, (count, parts, 2))
    scores = checked(arrays, f"{prefix}.point_scores", np.float64, (count, parts))
    tracks = checked(arrays, f"{prefix}.tracks", np.int64, (count,))
    frames, start = {}, 0
    for call, image, length in table.tolist():
        rows = slice(start, start + length)
        frames[call] = Frame(
            call=call,
            image=image,
            points=points[rows],
            point_scores=scores[rows],
            tracks=tracks[rows],
        )
        start += length
    return frames

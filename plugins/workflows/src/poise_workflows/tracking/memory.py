"""The earlier instances that a tracker compares with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise_workflows.tracking.contract import Integers
from poise_workflows.tracking.described import Described


@attrs.frozen(kw_only=True, eq=False)
class Memory:
    """Tracked instances.

    Attributes:
        described: the instances.
        tracks: ``(N,)``.
        calls: ``(N,)``: in which call of the tracker each was seen.
    """

    described: Described
    tracks: Integers
    calls: Integers

    def rows(self, rows: npt.NDArray[Any]) -> Memory:
        """Some of the instances, by index or mask."""
        return Memory(
            described=self.described.rows(rows), tracks=self.tracks[rows], calls=self.calls[rows]
        )

    def followed_by(self, described: Described, tracks: Integers, call: int) -> Memory:
        """These instances, then those of another call."""
        return Memory(
            described=self.described.followed_by(described),
            tracks=np.concatenate([self.tracks, tracks]),
            calls=np.concatenate([self.calls, np.full(len(tracks), call)]),
        )

    def within(self, window: int, call: int) -> Memory:
        """Those of the last ``window`` calls up to ``call``, oldest first."""
        recent = self.calls > call - window
        return self if recent.all() else self.rows(recent)

    def queues(self, window: int, limit: int | None) -> Memory:
        """The last ``window`` of each track, track by track; of the first ``limit`` tracks."""
        order = np.argsort(self.tracks, kind="stable")
        tracks = self.tracks[order]
        behind = np.searchsorted(tracks, tracks, side="right") - np.arange(len(tracks))
        kept = behind <= window
        if limit is not None:
            first = np.unique(tracks)[:limit]
            kept &= np.isin(tracks, first)
        return self.rows(order[kept])

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything, as arrays by name."""
        return {
            "features": self.described.features,
            "visible": self.described.visible,
            "sizes": self.described.sizes,
            "tracks": self.tracks,
            "calls": self.calls,
        }


def empty_memory(depth: int) -> Memory:
    """Nothing remembered, of instances with ``depth`` features."""
    none = np.zeros(0, np.int64)
    described = Described(features=np.zeros((0, depth)), visible=none, sizes=np.zeros(0))
    return Memory(described=described, tracks=none, calls=none)


def memory_of(arrays: Mapping[str, npt.NDArray[Any]], depth: int) -> Memory:
    """The memory that ``Memory.arrays`` are of.

    Raises:
        ValueError: they are not of such a memory.
    """
    blank = empty_memory(depth)
    count = len(arrays["tracks"]) if "tracks" in arrays else 0
    for name, expected in blank.arrays().items():
        array = arrays.get(name)
        shape = (count, *expected.shape[1:])
        if array is None or array.dtype != expected.dtype or array.shape != shape:
            raise ValueError(f"{name} must be {expected.dtype} of shape {shape}")
    described = Described(**{name: arrays[name] for name in ("features", "visible", "sizes")})
    return Memory(described=described, tracks=arrays["tracks"], calls=arrays["calls"])

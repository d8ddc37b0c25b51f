"""What a tracker returns, checked: a plugin may return anything."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from poise.errors import PluginError
from poise_workflows.tracking.contract import Sight, Tracked


def checked(tracked: Tracked, sight: Sight, count: int, name: str) -> Tracked:
    """The result of a tracker, if it keeps the contract.

    Instances that the tracker left out without a word are counted as those of the tracker.

    Args:
        tracked: the result.
        sight: what the tracker saw.
        count: how many tracks it had created before.
        name: of the tracker.

    Raises:
        PluginError: it does not keep the contract; the message lists every fault.
    """
    faults = list(_faults(tracked, sight, count))
    if faults:
        raise PluginError(f"the tracker {name} breaks its contract: {'; '.join(faults)}")
    missing = len(sight) - len(tracked.instances) - sum(tracked.dropped.values())
    if missing:
        return attrs.evolve(tracked, dropped={**tracked.dropped, f"tracker {name}": missing})
    return tracked


def _faults(tracked: Tracked, sight: Sight, count: int) -> Iterator[str]:
    if not isinstance(tracked, Tracked):
        yield f"track must return Tracked, got {type(tracked).__name__}"
        return
    rows, tracks = np.asarray(tracked.instances), np.asarray(tracked.tracks)
    if rows.ndim != 1 or len(np.unique(rows)) < len(rows) or not _within(rows, 0, len(sight)):
        yield f"instances must be different rows below {len(sight)}, got {rows.tolist()}"
    if tracks.shape != rows.shape or not _within(tracks, -1, count + len(tracked.new_tracks)):
        most = count + len(tracked.new_tracks) - 1
        yield f"tracks must be {len(rows)} from -1 to {most}, got {tracks.tolist()}"
    if np.shape(tracked.scores) != rows.shape:
        yield f"scores must be {len(rows)}, got the shape {np.shape(tracked.scores)}"
    left, dropped = len(sight) - len(rows), sum(tracked.dropped.values())
    if dropped > left:
        yield f"dropped must count the {left} that are left out, got {dropped}"


def _within(values: np.ndarray, least: int, end: int) -> bool:
    return bool((values >= least).all() and (values < end).all())

"""The results of a run with a tracker: the pass over all frames, and tracks by first use.

Everything is computed from the batches of the journal, each time that they are read, so that
the journal keeps what the tracker said, and one batch at a time is in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

import attrs
import numpy as np

from poise.errors import PluginError
from poise_workflows.journal.batches import Batch
from poise_workflows.results.contents import Results
from poise_workflows.tracking.batches import sightings_of, with_sightings
from poise_workflows.tracking.choosing import Tracking
from poise_workflows.tracking.contract import Sightings

Batches = Callable[[], Iterator[Batch]]


@attrs.frozen(kw_only=True, eq=False)
class TrackedResults(Results):
    """The poses of a run with a tracker.

    The file has the tracks that are used, in the order of their first use.

    Attributes:
        tracking: the tracker.
        stored: the batches, if they are not in a journal.
        before: names of the tracks that began before the run.
    """

    tracking: Tracking
    stored: tuple[Batch, ...] | None = None
    before: tuple[str, ...] = ()

    @property
    def tracks(self) -> tuple[str, ...]:
        """Names of the tracks that are used, in the order of their indexes."""
        return self._names

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for batch in self.batches() for name in batch.new_tracks)

    def batches(self, source: int | None = None) -> Iterator[Batch]:
        """The batches of all videos, or of one of them, one after the other."""
        batches = by_first_use(passed(self.tracking, self._recorded), self.before)
        return (batch for batch in batches if source in (None, batch.source))

    def _recorded(self) -> Iterator[Batch]:
        return self.recorded.batches() if self.stored is None else iter(self.stored)


def tracked_results(
    results: Results,
    tracking: Tracking | None,
    stored: Sequence[Batch] | None = None,
    *,
    before: tuple[str, ...] = (),
) -> Results:
    """The results of a run, seen as those of its tracker; the same without one.

    Args:
        results: the poses.
        tracking: the tracker.
        stored: the batches, if they are in memory.
        before: names of the tracks that began before the run.
    """
    if tracking is None:
        return results
    return TrackedResults(
        contents=results.contents,
        recorded=results.recorded,
        tracking=tracking,
        stored=None if stored is None else tuple(stored),
        before=before,
    )


def passed(tracking: Tracking, batches: Batches) -> Iterator[Batch]:
    """The batches after the pass over all frames, if the tracker makes one.

    Raises:
        PluginError: the tracker returns more or fewer frames than it got.
    """
    if not tracking.finishes:
        yield from batches()
        return
    frames = tracking.finish(_Frames(batches))
    for batch in batches():
        own = [frame for _, frame in zip(batch.frames, frames, strict=False)]
        if len(own) < len(batch):
            raise _miscounted(tracking, "fewer")
        yield with_sightings(batch, own) if own else batch
    if next(frames, None) is not None:
        raise _miscounted(tracking, "more")


def by_first_use(batches: Iterable[Batch], former: Iterable[str] = ()) -> Iterator[Batch]:
    """The batches with only the tracks that are used, counted in the order of their first use.

    Args:
        batches: of a run.
        former: names of the tracks that began before the run.
    """
    names = list(former)
    order: dict[int, int] = {-1: -1}
    for batch in batches:
        names += batch.new_tracks
        before = len(order)
        for track in batch.tracks.tolist():
            order.setdefault(track, len(order) - 1)
        yield attrs.evolve(
            batch,
            tracks=np.array([order[track] for track in batch.tracks.tolist()], np.int32),
            new_tracks=[names[track] for track in list(order)[before:]],
        )


@attrs.frozen
class _Frames:
    """The frames of batches. Each iteration reads them again."""

    batches: Batches

    def __iter__(self) -> Iterator[Sightings]:
        return (sightings_of(batch, row) for batch in self.batches() for row in range(len(batch)))


def _miscounted(tracking: Tracking, how: str) -> PluginError:
    key = tracking.spec.key
    what = f"finish must return each frame once, got {how}"
    return PluginError(f"the tracker {key} breaks its contract: {what}")

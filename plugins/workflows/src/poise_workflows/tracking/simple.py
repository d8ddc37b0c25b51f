"""The trackers ``simple`` and ``simplemaxtracks``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from poise_workflows.journal.packing import pack, unpack
from poise_workflows.tracking.contract import ImageOf, Integers, Setting, Sight, Tracked
from poise_workflows.tracking.culling import culled
from poise_workflows.tracking.described import Described, describe
from poise_workflows.tracking.memory import Memory, empty_memory, memory_of
from poise_workflows.tracking.pairing import Paired, pairing_of
from poise_workflows.tracking.rules import Rules

UNTRACKED = -1
"""The track of an instance that has none."""


@attrs.frozen(kw_only=True, eq=False)
class Assigned:
    """The tracks that the instances of a frame get.

    Attributes:
        rows: instances in the order of the result.
        tracks: their tracks.
        scores: their tracking scores.
        begun: how many of the tracks begin here.
        lost: limit → instances that it left out.
    """

    rows: list[int]
    tracks: list[int]
    scores: list[float]
    begun: int
    lost: dict[str, int]


class SimpleTracker:
    """Compare each frame with earlier instances, those of the last frames or of each track.

    Args:
        config: the options.
        setting: the video.
        rules: those of the edition.
        queues: remember the last instances of each track instead of the last frames.
        limit: how many tracks there may be; ``None`` for any number.

    Attributes:
        paired: how the last frame was matched.
    """

    paired: Paired

    def __init__(
        self, config: Any, setting: Setting, rules: Rules, *, queues: bool, limit: int | None
    ) -> None:
        self.config, self.setting, self.rules = config, setting, rules
        self.queues, self.limit = queues, limit
        self.pairing = pairing_of(config, setting, rules)
        self.calls = self.created = 0
        parts = len(setting.parts)
        nothing = self.pairing.similarity.features(np.zeros((0, parts, 2)), np.zeros((0, parts)))
        self.depth = nothing.shape[1]
        self.memory = empty_memory(self.depth)

    def track(self, sight: Sight) -> Tracked:
        """Give the instances of the next frame their tracks."""
        self.calls += 1
        rows = self._not_culled(sight)
        described = describe(
            self.pairing.similarity.features, sight.points[rows], sight.point_scores[rows]
        )
        self.paired = self.pairing.pair(described, self.candidates(sight), self.calls)
        assigned = self._assign(described)
        tracks = np.array(assigned.tracks, np.int64)
        names = range(self.created, self.created + assigned.begun)
        self.created += assigned.begun
        self._remember(described, np.array(assigned.rows, np.int64), tracks)
        over = len(sight) - len(rows)
        dropped = {f"target_instance_count {self.config.target_instance_count}": over}
        return Tracked(
            instances=rows[assigned.rows] if assigned.rows else rows[:0],
            tracks=tracks,
            scores=np.array(assigned.scores, float),
            new_tracks=tuple(f"track_{self.setting.created + name}" for name in names),
            dropped={**(dropped if over else {}), **assigned.lost},
        )

    def candidates(self, sight: Sight) -> Memory:
        """The earlier instances that those of a frame are compared with."""
        enough = self.memory.described.visible >= self.config.min_match_points
        return self.memory if enough.all() else self.memory.rows(enough)

    def _not_culled(self, sight: Sight) -> Integers:
        config = self.config
        if not (config.pre_cull_to_target and config.target_instance_count):
            return np.arange(len(sight))
        return culled(
            sight.points,
            sight.scores,
            config.target_instance_count,
            config.pre_cull_iou_threshold,
            suppresses_wrongly=self.rules.suppresses_wrongly,
        )

    def _assign(self, described: Described) -> Assigned:
        """The matches, then the new tracks, then what has no track."""
        paired = self.paired
        rows = [row for row, _ in paired.pairs]
        tracks = [int(paired.tracks[column]) for _, column in paired.pairs]
        scores = [float(paired.similarities[pair]) for pair in paired.pairs]
        left = sorted(set(range(len(described))) - set(rows))
        few = self._least_of_new()
        enough = [row for row in left if described.visible[row] >= few]
        begin = enough[: self._free()]
        lost = {
            f"min_new_track_points {few}": len(left) - len(enough),
            f"max_tracks {self.limit}": len(enough) - len(begin),
        }
        rest = [] if self.rules.loses_instances else [row for row in left if row not in begin]
        return Assigned(
            rows=rows + begin + rest,
            tracks=tracks + list(self._new(len(begin))) + [UNTRACKED] * len(rest),
            scores=scores + [0.0] * (len(begin) + len(rest)),
            begun=len(begin),
            lost={why: n for why, n in lost.items() if n} if self.rules.loses_instances else {},
        )

    def _new(self, count: int) -> Iterator[int]:
        return iter(range(self.created, self.created + count))

    def _least_of_new(self) -> int:
        """How many parts of an instance must be visible for a new track."""
        least: int = self.config.min_new_track_points
        return least if self.rules.nan_matches else max(least, 1)

    def _free(self) -> int | None:
        """How many new tracks a frame may have; ``None`` for any number."""
        if self.limit is None:
            return None
        if self.rules.counts_after_frames:
            return None if len(np.unique(self.memory.tracks)) < self.limit else 0
        return max(self.limit - self.created, 0)

    def _remember(self, described: Described, rows: Integers, tracks: Integers) -> None:
        tracked = tracks != UNTRACKED
        memory = self.memory.followed_by(described.rows(rows[tracked]), tracks[tracked], self.calls)
        window = self.config.track_window
        if self.queues:
            self.memory = memory.queues(window, self.limit)
        else:
            # The next call sees the frames of `window` calls, this one included.
            self.memory = memory.within(window, self.calls)

    def state(self) -> bytes:
        """The counts, and what is remembered."""
        return pack({"calls": self.calls, "created": self.created}, self.memory.arrays())

    def restore(self, state: bytes, image_of: ImageOf) -> None:
        """Go on from a state.

        Raises:
            ValueError: it is not a state of such a tracker.
        """
        facts, arrays = unpack(state)
        counts = [facts.get(name) for name in ("calls", "created")]
        if not all(type(count) is int and count >= 0 for count in counts):
            raise ValueError(f"calls and created must be counts, got {counts}")
        self.memory = memory_of(arrays, self.depth)
        self.calls, self.created = facts["calls"], facts["created"]

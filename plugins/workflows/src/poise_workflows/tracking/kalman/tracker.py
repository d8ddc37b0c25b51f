"""The tracker ``kalman``: another tracker begins, then filters predict where the animals are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from poise_workflows.tracking.contract import (
    Floats,
    ImageOf,
    Integers,
    Setting,
    Sight,
    Tracked,
)
from poise_workflows.tracking.culling import culled
from poise_workflows.tracking.described import boxes_of, describe
from poise_workflows.tracking.kalman.choices import Seen, choose
from poise_workflows.tracking.kalman.filters import Filters, create
from poise_workflows.tracking.kalman.followed import Followed, followed_of
from poise_workflows.tracking.kalman.rules import KalmanRules
from poise_workflows.tracking.kalman.states import COUNTS, State, packed, unpacked
from poise_workflows.tracking.memory import Memory
from poise_workflows.tracking.pairing import FURTHEST
from poise_workflows.tracking.similarities import sizes_of_pairs
from poise_workflows.tracking.simple import UNTRACKED, SimpleTracker

PATIENCE = 5
"""Filters whose animals are missing for more frames than this are lost, if there are several."""

TRIAL, LOST = 100, 20
"""Filters older than the first go on only while one of them has matched in the last few frames."""


class KalmanTracker:
    """Follow each animal with a Kalman filter.

    Args:
        config: the options.
        setting: the video.
        rules: those of the edition.
        begin: ``begin(created)``: the tracker of the first frames, of which the run has created
            so many tracks before.
        count: how many animals there are.
        parts: indices of the parts that filters follow.
    """

    def __init__(
        self,
        config: Any,
        setting: Setting,
        rules: KalmanRules,
        *,
        begin: Callable[[int], SimpleTracker],
        count: int,
        parts: Integers,
    ) -> None:
        self.config, self.setting, self.rules = config, setting, rules
        self.begin, self.count, self.parts = begin, count, parts
        self.inner = begin(setting.created)
        # Tracks that were created before the inner tracker: all, and those with a new name.
        self.created = self.named = 0
        self.renewed = 0  # tracks that were created since, beside its own
        self.good: list[tuple[Integers, Floats]] = []
        self.filters: tuple[Filters, Followed] | None = None

    def track(self, sight: Sight) -> Tracked:
        """Give the instances of the next frame their tracks."""
        if self.filters is None:
            return self._track_first(sight)
        return self._follow(sight, *self.filters)

    def _track_first(self, sight: Sight) -> Tracked:
        tracked = self.inner.track(sight)
        tracks = np.where(tracked.tracks >= 0, tracked.tracks + self.created, UNTRACKED)
        tracked = attrs.evolve(tracked, tracks=tracks)
        self._judge(sight, tracked)
        if len(self.good) >= self.config.kf_init_frame_count:
            self._create_filters(sight, tracked)
        return tracked

    def _judge(self, sight: Sight, tracked: Tracked) -> None:
        """Keep a frame if it leaves no doubt about who is who, else begin anew."""
        paired = self.inner.paired
        competed = any(paired.similarities[row].argmax() != column for row, column in paired.pairs)
        coordinates = self._coordinates(sight.points[tracked.instances])
        usable = (tracked.tracks >= 0) & ~np.isnan(coordinates).any(axis=1)
        if competed or usable.sum() < self.count:
            self.good = []
        else:
            self.good.append((tracked.tracks[usable], coordinates[usable]))

    def _coordinates(self, points: Floats) -> Floats:
        """The coordinates ``(I, C)`` that filters follow."""
        return points[:, self.parts].reshape(len(points), 2 * len(self.parts))

    def _create_filters(self, sight: Sight, tracked: Tracked) -> None:
        observed: dict[int, list[Floats]] = {}
        for tracks, coordinates in self.good:
            for track, moment in zip(tracks.tolist(), coordinates, strict=True):
                observed.setdefault(track, []).append(moment)
        self.good = []
        filters = create(observed)
        first_name = self.setting.created + self.named
        followed = followed_of(filters.tracks - self.created + first_name, len(self.setting.parts))
        _, here, rows = np.intersect1d(filters.tracks, tracked.tracks, return_indices=True)
        followed.see(here, sight, tracked.instances[rows])
        self.filters = filters, followed

    def _follow(self, sight: Sight, filters: Filters, followed: Followed) -> Tracked:
        rows = self._not_culled(sight)
        seen = self._seen(sight, rows)
        filters.advance()
        pairs = choose(
            seen,
            filters.expected,
            plain_minima=self.rules.plain_minima,
            farthest=None
            if self.rules.any_distance
            else self._farthest(sight, rows, filters, followed),
        )
        filters.correct(pairs.filters, seen.coordinates[pairs.instances])
        followed.see(pairs.filters, sight, rows[pairs.instances])
        names = self._renew(filters, followed, pairs.filters)
        tracks = np.full(len(rows), UNTRACKED)
        tracks[pairs.instances] = filters.tracks[pairs.filters]
        if filters.age > TRIAL and filters.unmatched.min() >= LOST:
            self._begin_again(filters, followed)
        over = len(sight) - len(rows)
        return Tracked(
            instances=rows,
            tracks=tracks,
            scores=np.zeros(len(rows)),
            new_tracks=names,
            dropped={f"target_instance_count {self.count}": over} if over else {},
        )

    def _not_culled(self, sight: Sight) -> Integers:
        return culled(
            sight.points,
            sight.scores,
            self.count,
            self.config.pre_cull_iou_threshold,
            suppresses_wrongly=self.inner.rules.suppresses_wrongly,
        )

    def _seen(self, sight: Sight, rows: Integers) -> Seen:
        return Seen(
            coordinates=self._coordinates(sight.points[rows]),
            weights=np.repeat(sight.point_scores[rows][:, self.parts], 2, axis=1),
            scores=sight.scores[rows],
        )

    def _farthest(
        self, sight: Sight, rows: Integers, filters: Filters, followed: Followed
    ) -> Floats:
        """How far ``(I, K)`` an instance may be from where a filter expects it."""
        sizes = sizes_of_pairs(
            _sizes(sight.points[rows]), _sizes(followed.points), self.inner.pairing.without
        )
        # An animal that was away for long may be anywhere.
        return np.where(filters.unmatched > self.config.track_window, np.inf, FURTHEST * sizes)

    def _renew(self, filters: Filters, followed: Followed, matched: Integers) -> tuple[str, ...]:
        """Give filters whose lost animals are back new tracks, and note which ones are lost.

        Returns:
            The names of the new tracks: those that they had.
        """
        if not self.rules.renews_tracks:
            return ()
        back = np.sort(matched[followed.is_lost[matched]])
        first = self.created + self.inner.created + self.renewed
        filters.tracks[back] = np.arange(first, first + len(back))
        followed.is_lost[back] = False
        self.renewed += len(back)
        missing = filters.unmatched > PATIENCE
        if missing.sum() > 1:
            followed.is_lost |= missing
        return tuple(f"track_{number}" for number in followed.numbers[back].tolist())

    def _begin_again(self, filters: Filters, followed: Followed) -> None:
        """Leave the filters; the tracker of the first frames takes over."""
        self.filters = None
        if self.rules.forgets_tracks:
            self.named += self.inner.created
            self.created += self.inner.created + self.renewed
            self.renewed = 0
            self.inner = self.begin(self.setting.created + self.named)
        else:
            self.inner.memory = self._last_seen(filters, followed)

    def _last_seen(self, filters: Filters, followed: Followed) -> Memory:
        """What the tracker of the first frames remembers of the filters' animals."""
        described = describe(
            self.inner.pairing.similarity.features, followed.points, followed.point_scores
        )
        # A queue of frames would leave out what is old.
        age = filters.unmatched if self.inner.queues else np.zeros_like(filters.unmatched)
        return Memory(described=described, tracks=filters.tracks, calls=self.inner.calls - age)

    def state(self) -> bytes:
        """The inner tracker's state, the good frames, and the filters."""
        return packed(
            State(
                inner=self.inner.state(),
                counts={name: getattr(self, name) for name in COUNTS},
                good=self.good,
                filters=self.filters,
            )
        )

    def restore(self, state: bytes, image_of: ImageOf) -> None:
        """Go on from a state.

        Raises:
            ValueError: it is not a state of such a tracker.
        """
        of_state = unpacked(state, coordinates=2 * len(self.parts), parts=len(self.setting.parts))
        self.created, self.named, self.renewed = (of_state.counts[name] for name in COUNTS)
        self.inner = self.begin(self.setting.created + self.named)
        self.inner.restore(of_state.inner, image_of)
        self.good = list(of_state.good)
        self.filters = of_state.filters


def _sizes(points: Floats) -> Floats:
    """Diagonals of the bounding boxes of instances, in pixels; 0 for less than two parts."""
    boxes = boxes_of(points)
    diagonals: Floats = np.hypot(*(boxes[:, 2:] - boxes[:, :2]).T)
    return np.nan_to_num(diagonals)

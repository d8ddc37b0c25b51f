"""A tracker with one of its configurations, as checks examine it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import attrs

from poise.errors import ConfigError
from poise.testing.check import NotApplicable
from poise.testing.subjects import Subject
from poise_workflows.tracking.contract import Sight, Sightings, Tracked, Tracker, TrackerSpec
from poise_workflows.tracking.testing import scenes


class TrackerSubject(Subject):
    """A tracker's key, and one configuration of it."""

    spec: TrackerSpec  # pyright: ignore[reportIncompatibleMethodOverride] - it is never set

    @property
    def needs_images(self) -> bool:
        """Whether sights need images."""
        return bool(self.spec.needs_images and self.spec.needs_images(self.config))

    def tracker(self, *, created: int = 0) -> Tracker:
        """A new tracker.

        Args:
            created: how many tracks there are already.
        """
        return self.spec.build(self.config, attrs.evolve(scenes.SETTING, created=created))

    def need_a_tracker(self) -> None:
        """Skip the check if the defaults alone do not make a tracker.

        Raises:
            NotApplicable: they do not; for examples an earlier check has seen that they do.
        """
        try:
            self.tracker()
        except ConfigError as error:
            raise NotApplicable(f"its defaults need more options: {error.one_line()}") from None

    def track(self, sights: Sequence[Sight], *, created: int = 0) -> list[Tracked]:
        """Track frames from the first on."""
        tracker = self.tracker(created=created)
        return [tracker.track(sight) for sight in sights]

    @cached_property
    def eventful(self) -> list[Sight]:
        """Frames in which much happens."""
        return scenes.eventful(with_images=self.needs_images)

    @cached_property
    def tracked(self) -> list[Tracked]:
        """The same, tracked."""
        return self.track(self.eventful)

    @cached_property
    def sightings(self) -> list[Sightings]:
        """The same, as the pass over all frames sees them."""
        return [
            Sightings(
                source=0,
                sight=sight.rows(tracked.instances),
                instances=tracked.instances,
                tracks=tracked.tracks,
                scores=tracked.scores,
            )
            for sight, tracked in zip(self.eventful, self.tracked, strict=True)
        ]

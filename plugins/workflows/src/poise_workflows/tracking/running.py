"""The trackers of a run: one for each video, or one for all, as SLEAP had it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence

import attrs
import numpy as np

from poise import editions
from poise.errors import PluginError
from poise.messages import described
from poise_workflows.tracking.checked import checked
from poise_workflows.tracking.choosing import Tracking
from poise_workflows.tracking.contract import Image, Setting, Sight, Tracked, Tracker

ImageIn = Callable[[int, int], Image]
"""Source and number of a frame → its image, as trackers see it."""

_LEVEL = 1
"""Of compression: states are small, and there is one for each batch."""


@attrs.define
class _Own:
    """A tracker, and the indexes of its tracks among those of the run."""

    tracker: Tracker
    tracks: list[int] = attrs.field(factory=list)


class Trackers:
    """Gives the instances of a run their tracks, frame by frame.

    Args:
        tracking: the tracker and its options.
        parts: names of the parts.
        sizes: source → height and width of its frames, where they are known.
        before: how many frames of the recording lie in files before this one.

    Attributes:
        names: of the tracks, in the order of their indexes.
        tracking: as given.
        parts: as given.
    """

    def __init__(
        self,
        tracking: Tracking,
        parts: Sequence[str],
        sizes: Mapping[int, tuple[int, int] | None],
        before: int = 0,
    ) -> None:
        self.tracking = tracking
        self.names: list[str] = []
        self.parts, self._sizes, self._before = tuple(parts), sizes, before
        self._own: dict[int, _Own] = {}
        self._owners: dict[str, int] = {}

    def track(self, source: int, sight: Sight) -> Tracked:
        """Give the instances of the next frame of a source their tracks.

        Returns:
            The same, with indexes and new names of the run's tracks.

        Raises:
            OptionsError: the options do not fit the source.
            PluginError: the tracker breaks its contract.
        """
        own = self._of(source)
        if self._before and sight.number is not None:
            sight = attrs.evolve(sight, number=sight.number + self._before)
        with editions.edition(self.tracking.edition):
            tracked = own.tracker.track(sight)
        tracked = checked(tracked, sight, len(own.tracks), self.tracking.spec.key)
        new = [self._free(name, self._key(source)) for name in tracked.new_tracks]
        own.tracks += range(len(self.names), len(self.names) + len(new))
        self.names += new
        indexes = np.array([*own.tracks, -1], np.int64)  # -1, for none, is the last
        return attrs.evolve(tracked, tracks=indexes[tracked.tracks], new_tracks=tuple(new))

    def state(self, source: int) -> bytes:
        """What ``restore`` needs to go on with the next frame of the source."""
        with editions.edition(self.tracking.edition):
            state = self._of(source).tracker.state()
        if not isinstance(state, bytes):
            what = f"state must return bytes, got {type(state).__name__}"
            raise PluginError(f"the tracker {self.tracking.spec.key} breaks its contract: {what}")
        return zlib.compress(state, _LEVEL)

    def restore(
        self,
        names: Sequence[str],
        owners: Sequence[int],
        states: Mapping[int, bytes],
        image_in: ImageIn,
    ) -> None:
        """Go on after the last frame of each source.

        Args:
            names: of the tracks up to now.
            owners: the source in which each of them began.
            states: source → its last state. In edition sleap-1.4 that of the last source.
            image_in: reads an image again.

        Raises:
            PluginError: the tracker cannot go on from its state.
        """
        self.names = list(names)
        keys = [self._key(owner) for owner in owners]
        self._owners = dict(zip(reversed(names), reversed(keys), strict=True))
        for source, state in states.items():
            mine = [index for index, key in enumerate(keys) if key == self._key(source)]
            own = self._of(source, created=mine[0] if mine else len(names))
            own.tracks = mine
            with editions.edition(self.tracking.edition):
                self._restore(own.tracker, source, state, image_in)

    def _restore(self, tracker: Tracker, source: int, state: bytes, image_in: ImageIn) -> None:
        try:
            tracker.restore(zlib.decompress(state), lambda number: image_in(source, number))
        except Exception as error:  # a plugin may raise anything
            key = self.tracking.spec.key
            what = f"the tracker {key} cannot go on from its state: {described(error)}"
            fix = "start anew with --overwrite (overwrite=True)"
            raise PluginError(f"{what}\n  fix: {fix}") from error

    def _key(self, source: int) -> int:
        """Which tracker a source has."""
        return 0 if self.tracking.is_shared else source

    def _of(self, source: int, created: int | None = None) -> _Own:
        key = self._key(source)
        if key not in self._own:
            count = len(self.names) if created is None else created
            setting = Setting(parts=self.parts, image_size=self._sizes.get(source), created=count)
            self._own[key] = _Own(self.tracking.build(setting))
        return self._own[key]

    def _free(self, name: str, key: int) -> str:
        """The name of a new track.

        Frames of several videos may alternate. A name that a track of another video has by now
        is counted up, since programs take tracks of one name for one animal.
        """
        stem, count = name.rpartition("_")[0] or name, len(self.names)
        while self._owners.setdefault(name, key) != key:
            name, count = f"{stem}_{count}", count + 1
        return name

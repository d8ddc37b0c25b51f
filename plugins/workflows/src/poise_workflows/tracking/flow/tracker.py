"""The trackers ``flow`` and ``flowmaxtracks``."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from poise.editions import means_sleap
from poise_workflows.journal.packing import pack, unpack
from poise_workflows.tracking.contract import Image, ImageOf, Setting, Sight, Tracked
from poise_workflows.tracking.described import describe
from poise_workflows.tracking.differences import (
    MORE_THAN_MATCH_POINTS,
    OPTIONS_NOT_PASSED_ON,
    REPEATED_CANDIDATES,
)
from poise_workflows.tracking.flow.memory import Frame, arrays_of, frames_of
from poise_workflows.tracking.flow.shifting import Flow, Gray, flow_of
from poise_workflows.tracking.memory import Memory, empty_memory
from poise_workflows.tracking.rules import Rules
from poise_workflows.tracking.simple import UNTRACKED, SimpleTracker


@attrs.frozen(kw_only=True)
class Shifting:
    """How earlier instances are moved to the current frame.

    Attributes:
        flow: moves points from one image to another.
        saves: whether a later frame goes on from where an instance was last moved to.
        least_parts: an instance of which fewer parts are found is not compared with.
        repeats: whether all instances of a frame are candidates once for each track in it.
    """

    flow: Flow
    saves: bool
    least_parts: int
    repeats: bool


def shifting_of(config: Any, *, queues: bool) -> Shifting:
    """How options move instances, in the running edition.

    Args:
        config: the options.
        queues: whether the tracker keeps a queue for each track.

    Raises:
        ConfigError: there is no OpenCV.
    """
    if queues and means_sleap(OPTIONS_NOT_PASSED_ON):
        flow, saves = flow_of(), False
    else:
        flow = flow_of(
            scale=config.img_scale, window=config.of_window_size, levels=config.of_max_levels
        )
        saves = config.save_shifted_instances
    least: int = config.min_match_points
    return Shifting(
        flow=flow,
        saves=saves,
        least_parts=least + 1 if means_sleap(MORE_THAN_MATCH_POINTS) else max(least, 1),
        repeats=queues and means_sleap(REPEATED_CANDIDATES),
    )


class FlowTracker(SimpleTracker):
    """Compare each frame with earlier instances, moved to it by optical flow.

    Which instances it remembers is what ``SimpleTracker`` decides.

    Args:
        config: the options.
        setting: the video.
        rules: those of the edition.
        queues: remember the last instances of each track instead of the last frames.
        limit: how many tracks there may be; ``None`` for any number.
        shifting: how instances are moved.
    """

    def __init__(
        self,
        config: Any,
        setting: Setting,
        rules: Rules,
        *,
        queues: bool,
        limit: int | None,
        shifting: Shifting,
    ) -> None:
        super().__init__(config, setting, rules, queues=queues, limit=limit)
        self.shifting = shifting
        self.frames: dict[int, Frame] = {}
        self.shifted: dict[int, Frame] = {}
        # By call: the images that instances are in, and the numbers of their frames.
        self.images: dict[int, Gray] = {}
        self.numbers: dict[int, int] = {}

    def track(self, sight: Sight) -> Tracked:
        """Give the instances of the next frame their tracks.

        Raises:
            ValueError: the sight has no image.
        """
        call = self.calls + 1
        self.images[call] = self._prepared(sight.image)
        self.numbers[call] = call - 1 if sight.number is None else sight.number
        tracked = super().track(sight)
        self.frames[call] = self._frame(sight, tracked)
        self._forget()
        return tracked

    def _frame(self, sight: Sight, tracked: Tracked) -> Frame:
        has_track = tracked.tracks != UNTRACKED
        rows, tracks = tracked.instances[has_track], tracked.tracks[has_track]
        frame = Frame(
            call=self.calls,
            image=self.calls,
            points=sight.points[rows],
            point_scores=sight.point_scores[rows],
            tracks=tracks,
        )
        return frame.rows(np.argsort(tracks)) if self.queues else frame

    def candidates(self, sight: Sight) -> Memory:
        """The earlier instances, where they should be in this frame."""
        now = {call: self._shifted(frame) for call, frame in self.frames.items()}
        order = self.memory.calls.tolist() if self.shifting.repeats else list(now)
        memory = empty_memory(self.depth)
        for call in order:
            described = describe(
                self.pairing.similarity.features, now[call].points, now[call].point_scores
            )
            memory = memory.followed_by(described, now[call].tracks, call)
        return memory

    def _shifted(self, frame: Frame) -> Frame:
        """The instances of a frame that are found in the current image."""
        call = self.calls
        start = self._start(frame)
        points = self.shifting.flow.shift(start.points, self.images[start.image], self.images[call])
        shifted = attrs.evolve(start, image=call, points=points)
        found = (~np.isnan(points[..., 0])).sum(axis=1)
        shifted = shifted.rows(found >= self.shifting.least_parts)
        if self.shifting.saves:
            self.shifted[frame.call] = shifted
        return shifted

    def _start(self, frame: Frame) -> Frame:
        """Where the search for the instances of a frame begins."""
        age = self.numbers[self.calls] - self.numbers[frame.call]
        if age > self.config.track_window:
            self.shifted.pop(frame.call, None)
        return self.shifted.get(frame.call, frame)

    def _forget(self) -> None:
        """Keep what ``SimpleTracker`` remembers, and the images that it is in."""
        kept = {
            call: frame.rows(np.isin(frame.tracks, self.memory.tracks[self.memory.calls == call]))
            for call, frame in self.frames.items()
        }
        self.frames = {call: frame for call, frame in kept.items() if len(frame.tracks)}
        self.shifted = {call: self.shifted[call] for call in self.shifted if call in self.frames}
        seen_in = {frame.image for frame in (*self.frames.values(), *self.shifted.values())}
        self.images = {call: self.images[call] for call in sorted(seen_in)}
        self.numbers = {call: self.numbers[call] for call in sorted({*seen_in, *self.frames})}

    def _prepared(self, image: Image | None) -> Gray:
        if image is None:
            raise ValueError("optical flow needs an image with each sight, got none")
        return self.shifting.flow.prepare(image)

    def state(self) -> bytes:
        """What ``SimpleTracker`` remembers, the instances, and the numbers of their images."""
        parts = len(self.setting.parts)
        return pack(
            {"numbers": list(self.numbers.items())},
            {
                "simple": np.frombuffer(super().state(), np.uint8),
                **arrays_of(self.frames.values(), parts, "frames"),
                **arrays_of(self.shifted.values(), parts, "shifted", np.float32),
            },
        )

    def restore(self, state: bytes, image_of: ImageOf) -> None:
        """Go on from a state; of a frame without a number, its place in the run is asked for.

        Raises:
            ValueError: it is not a state of such a tracker.
        """
        facts, arrays = unpack(state)
        if "simple" not in arrays:
            raise ValueError("simple must be the state of what is remembered, got none")
        super().restore(arrays["simple"].tobytes(), image_of)
        parts = len(self.setting.parts)
        self.frames = frames_of(arrays, parts, "frames")
        self.shifted = frames_of(arrays, parts, "shifted", np.float32)
        self.numbers = numbers_of(facts)
        needed = {frame.image for frame in (*self.frames.values(), *self.shifted.values())}
        if not {*needed, *self.frames} <= set(self.numbers):
            raise ValueError("numbers must have each frame that is remembered")
        self.images = {
            call: self.shifting.flow.prepare(image_of(self.numbers[call]))
            for call in sorted(needed)
        }


def numbers_of(facts: dict[str, Any]) -> dict[int, int]:
    """Call → number of the frame, of a state.

    Raises:
        ValueError: the state has something else there.
    """
    match facts.get("numbers"):
        case list(pairs) if all(
            isinstance(pair, list) and [type(item) for item in pair] == [int, int] for pair in pairs
        ):
            return dict(pairs)
        case other:
            raise ValueError(f"numbers must be pairs of integers, got {other!r}")

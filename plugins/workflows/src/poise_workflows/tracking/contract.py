"""What a tracker is: the contract of the entry-point group ``poise.trackers``.

A tracker sees the frames of one video one after the other, and gives each instance of a frame
the track of an animal. A plugin returns one ``TrackerSpec`` for each of its entry points from
the hook ``poise_trackers``; the trackers of Poise enter by the same door.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from poise.editions import Difference

API = 1
"""Version of this contract."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Image = npt.NDArray[np.uint8]
ImageOf = Callable[[int], Image]


@attrs.frozen(kw_only=True, eq=False)
class Sight:
    """The instances of one frame, before they are tracked.

    Attributes:
        number: number of the frame in its video, from 0; ``None`` if the caller does not tell,
            as where SLEAP tracked a file again. The tracker then counts its calls.
        points: ``(I, P, 2)``: x then y in pixels of the frame, x to the right and y down; the
            center of the top-left pixel is (0, 0). NaN for missing parts.
        point_scores: ``(I, P)``.
        scores: ``(I,)``: scores of the instances.
        is_predicted: ``(I,)``: ``False`` for instances that a person labeled.
        image: ``(H, W, C)``, uint8, gray or RGB; ``None`` unless the tracker needs images, and
            for a frame that cannot be read, which has no instances.
    """

    number: int | None
    points: Floats
    point_scores: Floats
    scores: Floats
    is_predicted: npt.NDArray[np.bool_]
    image: Image | None = None

    def __len__(self) -> int:
        """The number of instances."""
        return len(self.points)

    def rows(self, rows: npt.NDArray[Any]) -> Sight:
        """The frame with some of its instances, by index or mask, in that order."""
        return attrs.evolve(
            self,
            points=self.points[rows],
            point_scores=self.point_scores[rows],
            scores=self.scores[rows],
            is_predicted=self.is_predicted[rows],
        )


@attrs.frozen(kw_only=True, eq=False)
class Tracked:
    """The instances of one frame, tracked.

    Attributes:
        instances: ``(K,)``: rows of the sight, in the order in which the result has them.
        tracks: ``(K,)``: index of each instance's track, in the order in which the tracker
            created them; -1 for none.
        scores: ``(K,)``: tracking scores.
        new_tracks: names of the tracks that begin in this frame. They follow all earlier ones.
        dropped: limit, such as ``max_tracks 2`` → how many instances it left out. Every row of
            the sight that is not in ``instances`` counts here.
    """

    instances: Integers
    tracks: Integers
    scores: Floats
    new_tracks: tuple[str, ...] = ()
    dropped: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True, eq=False)
class Sightings:
    """A tracked frame, as the pass over all frames sees it.

    Attributes:
        source: index of the video among those of the run.
        sight: the instances that tracking has left, in their order.
        instances: ``(I,)``: index of each instance in its frame, as the caller counts; the pass
            keeps it with the row.
        tracks: ``(I,)``: index of each instance's track among those of the run; -1 for none.
        scores: ``(I,)``: tracking scores.
    """

    source: int
    sight: Sight
    instances: Integers
    tracks: Integers
    scores: Floats

    def rows(self, rows: npt.NDArray[Any]) -> Sightings:
        """The frame with some of its instances, by index or mask."""
        return attrs.evolve(
            self,
            sight=self.sight.rows(rows),
            instances=self.instances[rows],
            tracks=self.tracks[rows],
            scores=self.scores[rows],
        )


@attrs.frozen(kw_only=True)
class Setting:
    """What a tracker is told of the video that it is built for.

    Attributes:
        parts: names of the parts, in the order of the points.
        image_size: height and width of the frames in pixels; ``None`` if it is not known.
        created: how many tracks the run has created before, for their names.
    """

    parts: tuple[str, ...]
    image_size: tuple[int, int] | None = None
    created: int = 0


class Tracker(Protocol):
    """The tracker of one video (in edition sleap-1.4: of all videos of a run)."""

    def track(self, sight: Sight) -> Tracked:
        """Give the instances of the next frame their tracks."""
        ...

    def state(self) -> bytes:
        """What the tracker needs to go on after the last frame, as bytes of its own.

        Images are not part of it: ``restore`` gets them by number. The size must not grow
        with the number of frames.
        """
        ...

    def restore(self, state: bytes, image_of: ImageOf) -> None:
        """Go on from a state.

        Args:
            state: what ``state`` returned; its content is checked, no code in it runs.
            image_of: frame number → the image, as ``Sight.image`` had it.
        """


@attrs.frozen(kw_only=True)
class TrackerSpec:
    """A tracker: its options, and how it is built.

    Attributes:
        key: its name on the command line; equal to the name of its entry point.
        config: its options, a class made with ``attrs.frozen(kw_only=True)``. Each field is an
            option ``--tracking.FIELD``, named as in SLEAP where SLEAP has it.
        build: ``build(config, setting) -> Tracker``. It raises ``poise.ConfigError`` if options
            do not fit each other or the setting. It decides its differences by
            ``poise.editions.means_sleap``.
        needs_images: ``needs_images(config)``: whether sights need images; ``None`` for never.
        finish: ``finish(config, frames) -> frames``: the pass over all frames of a run once the
            last is tracked, in their order, as a generator that keeps few of them. The sights
            of the result may lack instances and have other tracks; their rows stay in order.
            ``frames`` may be iterated over more than once. ``None`` if there is no such pass.
        finishes: ``finishes(config)``: whether ``finish`` may change anything.
        summary: one line for listings.
        paper: the paper that describes the tracker, or ``None``.
        differences: the differences of the editions that concern it.
        examples: options that the conformance suite tracks with, by name.
        api: version of the contract that the spec was written for.
    """

    key: str
    config: type
    build: Callable[[Any, Setting], Tracker]
    needs_images: Callable[[Any], bool] | None = None
    finish: Callable[[Any, Iterable[Sightings]], Iterator[Sightings]] | None = None
    finishes: Callable[[Any], bool] | None = None
    summary: str = ""
    paper: str | None = None
    differences: tuple[Difference, ...] = ()
    examples: Mapping[str, Any] = attrs.field(factory=dict)
    api: int = API

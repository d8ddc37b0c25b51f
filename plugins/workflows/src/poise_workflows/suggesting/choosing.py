"""Choose frames by what several suggesters say of them, apart from each other and fairly."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product

import attrs
import numpy as np

from poise_workflows.suggesting.contract import Floats, Integers

GOLDEN = (np.sqrt(5) - 1) / 2
"""Its multiples, without their whole parts, are spread evenly however many there are."""

FARTHEST = 25
"""The largest gap that Poise takes by itself: about a second of a video."""


@attrs.frozen(kw_only=True, eq=False)
class Judged:
    """A video whose frames were judged.

    Attributes:
        frames: ``(F,)``: numbers of the frames, ascending.
        badness: suggester → ``(F,)``: how bad each frame is; NaN for no fault, and for frames
            that may not be suggested.
        seen: numbers of frames from which suggestions keep away.
    """

    frames: Integers
    badness: Mapping[str, Floats]
    seen: Sequence[int] = ()

    @property
    def faulty(self) -> int:
        """How many frames have a fault that a suggester sees."""
        if not self.badness:
            return 0
        return int((~np.isnan([*self.badness.values()])).any(axis=0).sum())


@attrs.frozen(kw_only=True)
class Choice:
    """A frame that was chosen.

    Attributes:
        video: index of the video among those that were judged.
        frame: its number.
        by: the suggester that named it.
        badness: what that suggester said of it.
    """

    video: int
    frame: int
    by: str
    badness: float


def usual_gap(frames: int, share: int) -> int:
    """How far suggestions are apart if nobody says: a quarter of an even distance.

    Args:
        frames: how many frames a video has.
        share: how many of them are suggested if all videos have the same share.
    """
    return min(FARTHEST, max(1, frames // (4 * max(share, 1))))


def choose(videos: Sequence[Judged], count: int, gaps: Sequence[int]) -> list[Choice]:
    """Choose frames, the worst first.

    The suggesters take turns: each names the worst frame, of all videos, that is left. One that
    has nothing but usual frames passes while another has some that are far worse than usual.
    Half of the frames are shared equally among the videos, as far as these have frames; the
    other half are the worst ones, wherever they are.

    Args:
        videos: with what the suggesters say; each by the same suggesters.
        count: how many frames, at most.
        gaps: of each video: how many frames two suggestions are apart, at least.
    """
    turns = _Turns(videos)
    reserve = count // (2 * len(videos)) if videos else 0
    chosen = _Chosen(videos, gaps)
    # What a video cannot use goes to the others.
    for share, unusual in product((reserve, 0), (True, False)):
        turns.begin(unusual=unusual)
        while len(chosen) < count:
            choice = turns.next(partial(chosen.allows, count - len(chosen), share))
            if choice is None:
                break
            chosen.add(choice)
    return chosen.choices


class _Chosen:
    """What was chosen already, and what may be chosen beside it."""

    def __init__(self, videos: Sequence[Judged], gaps: Sequence[int]) -> None:
        self.choices: list[Choice] = []
        self._gaps = gaps
        self._near = [sorted(video.seen) for video in videos]
        self._counts = [0] * len(videos)

    def __len__(self) -> int:
        return len(self.choices)

    def allows(self, left: int, reserve: int, video: int, frame: int) -> bool:
        """Whether a frame is far from all others, and leaves the other videos their reserve."""
        owed = sum(max(0, reserve - number) for i, number in enumerate(self._counts) if i != video)
        return owed < left and not self._is_near(video, frame)

    def _is_near(self, video: int, frame: int) -> bool:
        taken, gap = self._near[video], max(1, self._gaps[video])
        place = bisect_left(taken, frame)
        return any(abs(other - frame) < gap for other in taken[max(0, place - 1) : place + 1])

    def add(self, choice: Choice) -> None:
        self.choices.append(choice)
        self._counts[choice.video] += 1
        insort(self._near[choice.video], choice.frame)


class _Turns:
    """The suggesters, which name frames in turn, each the worst that is left."""

    def __init__(self, videos: Sequence[Judged]) -> None:
        self._videos = videos
        self._places = [
            (index, int(frame)) for index, video in enumerate(videos) for frame in video.frames
        ]
        names = dict.fromkeys(name for video in videos for name in video.badness)
        self._badness = {
            name: np.concatenate([video.badness[name] for video in videos]) for name in names
        }
        self._orders = dict(self._ordered())
        self._unusual = {name: _far_out(badness) for name, badness in self._badness.items()}
        self.begin(unusual=False)

    def begin(self, *, unusual: bool) -> None:
        """Let every suggester begin with its worst frame again.

        Args:
            unusual: whether they name only frames that are far worse than usual.
        """
        counts = self._unusual if unusual else dict.fromkeys(self._orders)
        self._left = {name: iter(order[: counts[name]]) for name, order in self._orders.items()}
        self._queue = list(self._left)

    def next(self, allows: Callable[[int, int], bool]) -> Choice | None:
        """The next frame that is allowed; ``None`` if no suggester has another one.

        Args:
            allows: whether a frame may be chosen, by the index of its video and its number. What
                it refuses once, it must refuse until all suggesters begin again.
        """
        while self._queue:
            name = self._queue.pop(0)
            for row in self._left[name]:
                video, frame = self._places[row]
                if allows(video, frame):
                    self._queue.append(name)
                    badness = float(self._badness[name][row])
                    return Choice(video=video, frame=frame, by=name, badness=badness)
        return None

    def _ordered(self) -> Iterator[tuple[str, list[int]]]:
        """Suggester → the rows of frames that have a fault, the worst first.

        Of frames that are equally bad, the one comes first that the other suggesters find
        worse; if they find them equal, too, frames from all over the videos alternate.
        """
        ranks = sum(map(_ranks, self._badness.values()), np.zeros(len(self._places)))
        within = [np.arange(len(video.frames)) for video in self._videos]
        spread = np.concatenate(within) * GOLDEN % 1 if within else np.zeros(0)
        for name, badness in self._badness.items():
            order = np.lexsort((spread, ranks, -badness))  # NaN comes last
            yield name, order[: np.count_nonzero(~np.isnan(badness))].tolist()


def _far_out(badness: Floats) -> int:
    """How many frames are far worse than usual.

    They are above the upper quartile by more than three times the distance of the quartiles.
    """
    values = np.where(np.isnan(badness), 0, badness)
    if not len(values):
        return 0
    lower, upper = np.quantile(values, [0.25, 0.75])
    return int(np.count_nonzero(values > upper + 3 * (upper - lower)))


def _ranks(badness: Floats) -> Floats:
    """The place of each frame, from 0 for the worst; equal ones have one place, NaN the last."""
    _, places = np.unique(np.where(np.isnan(badness), 0, -badness), return_inverse=True)
    return np.asarray(places.reshape(-1), np.float64)

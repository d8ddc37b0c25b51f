"""Which labeled frames train a model, and which validate it.

A split is data: pairs of a video and a frame. It is drawn once, with a seed, and stored with the
run, so that a run that goes on has the very same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import attrs
import numpy as np

from poise import LabelsError
from poise.errors import Fault
from poise.messages import argument, argument_path, counted

By = Literal["frame", "video", "block"]
BY: tuple[By, ...] = ("frame", "video", "block")

NEAR = 10
"""Frames so near in a video often show nearly the same."""


class FrameKey(NamedTuple):
    """A labeled frame.

    Attributes:
        video: the index of its video among those of the labels.
        frame: its number in the video, from 0.
    """

    video: int
    frame: int

    def __str__(self) -> str:
        return f"video {self.video}, frame {self.frame}"


def _keys(frames: Iterable[Sequence[int]]) -> tuple[FrameKey, ...]:
    return tuple(FrameKey(*frame) for frame in frames)


@attrs.frozen(kw_only=True)
class Split:
    """The frames of each set, in the order of the labels.

    Attributes:
        train: what the model is trained on.
        validation: what chooses the best weights.
        test: what nothing is chosen by.

    Raises:
        LabelsError: a frame is in two sets. If there is a single frame, it may train and validate.
    """

    train: tuple[FrameKey, ...] = attrs.field(converter=_keys)
    validation: tuple[FrameKey, ...] = attrs.field(converter=_keys)
    test: tuple[FrameKey, ...] = attrs.field(default=(), converter=_keys)

    def __attrs_post_init__(self) -> None:
        pairs = (("train", "validation"), ("train", "test"), ("validation", "test"))
        faults = [
            Fault(f"must be in one set, got it in {first} and {second}", str(key))
            for first, second in pairs
            for key in _shared(getattr(self, first), getattr(self, second))
        ]
        if faults and not self.is_of_a_single_frame:
            raise LabelsError(faults, "the sets of frames" if len(faults) > 1 else "")

    @property
    def is_of_a_single_frame(self) -> bool:
        """Whether one frame trains and validates, since there is no other."""
        return len(set(self.train)) == 1 and self.train == self.validation and not self.test

    def notes(self) -> list[str]:
        """What a reader of the results must know of the split, a sentence each."""
        if self.is_of_a_single_frame:
            return ["the only labeled frame trains and validates: validation flatters the model"]
        close = len(near(self.validation, self.train))
        if not close:
            return []
        subject = "1 of {} lies" if close == 1 else f"{close} of {{}} lie"
        of = counted(len(self.validation), "validation frame")
        what = f"{subject.format(of)} within {NEAR} frames of a training frame"
        block = argument("split", value="'block'", option_value="block")
        fix = f"{block} keeps them apart"
        return [f"{what}, so that validation flatters the model; {fix}"]

    def to_json(self) -> dict[str, Any]:
        """The split as JSON; ``split_of`` is the inverse."""
        sets = attrs.asdict(self, recurse=False)
        return {name: [list(key) for key in keys] for name, keys in sets.items()}


def split_of(facts: Mapping[str, Any]) -> Split:
    """The split that ``Split.to_json`` returned, also after a journey through JSON."""
    return Split(**facts)


def draw_split(
    frames: Iterable[FrameKey], fraction: float, *, by: By = "frame", seed: int = 0
) -> Split:
    """Split frames at random.

    Args:
        frames: the labeled frames, in the order of the labels.
        fraction: the part that validates: the nearest number of frames, at least one and never
            all. A single frame trains and validates.
        by: ``"frame"`` draws frames, as SLEAP does; ``"video"`` draws whole videos, so that
            validation sees other recordings; ``"block"`` draws a stretch of consecutive labeled
            frames of each video, so that few validation frames have a training frame beside them.
        seed: the same seed draws the same split.

    Raises:
        LabelsError: there are no frames, the fraction is none, or a single video is to be split
            by videos.
    """
    keys = list(dict.fromkeys(_keys(frames)))
    faults = [*_faults(keys, fraction, by)]
    if faults:
        raise LabelsError(faults)
    if len(keys) == 1:
        return Split(train=keys, validation=keys)
    random = np.random.default_rng(seed)
    draw = {"frame": _by_frame, "video": _by_video, "block": _by_block}[by]
    chosen = draw(keys, fraction, random)
    return Split(
        train=[key for key in keys if key not in chosen],
        validation=[key for key in keys if key in chosen],
    )


def near(
    frames: Iterable[FrameKey], others: Iterable[FrameKey], within: int = NEAR
) -> list[FrameKey]:
    """Those frames that have another one of the same video within some frames."""
    numbers = {video: sorted(rows) for video, rows in _by_videos(others).items()}
    return [key for key in frames if _distance(key.frame, numbers.get(key.video, [])) <= within]


def _distance(number: int, others: Sequence[int]) -> float:
    place = bisect_left(others, number)
    return min(
        (abs(number - other) for other in others[max(0, place - 1) : place + 1]), default=np.inf
    )


def _faults(keys: Sequence[FrameKey], fraction: float, by: str) -> Iterable[Fault]:
    if not keys:
        yield Fault("must have a labeled frame, got none; label an animal first")
    if not 0 < fraction < 1:
        what = f"must be a part between 0 and 1, got {fraction}"
        yield Fault(what, argument_path("validation_fraction"))
    if by not in BY:
        yield Fault(f"must be {', '.join(BY[:-1])} or {BY[-1]}, got {by!r}", argument_path("split"))
    if by == "video" and len({key.video for key in keys}) == 1:
        what = "must be frame or block for the labels of a single video, got video"
        yield Fault(what, argument_path("split"))


def _count(number: int, fraction: float) -> int:
    """How many of some validate: the nearest number, as SLEAP rounds it (half to even)."""
    return min(max(round(number * fraction), 1), number - 1)


def _by_frame(
    keys: Sequence[FrameKey], fraction: float, random: np.random.Generator
) -> set[FrameKey]:
    order = random.permutation(len(keys))[: _count(len(keys), fraction)]
    return {keys[index] for index in order}


def _by_video(
    keys: Sequence[FrameKey], fraction: float, random: np.random.Generator
) -> set[FrameKey]:
    """Videos in a random order, as long as each brings the number of frames nearer to the part."""
    numbers, chosen = _by_videos(keys), set[int]()
    count, target = 0, _count(len(keys), fraction)
    for video in random.permutation(list(numbers)):
        more = count + len(numbers[int(video)])
        is_nearer = abs(more - target) < abs(count - target)
        if (is_nearer or not chosen) and len(chosen) < len(numbers) - 1:
            chosen.add(int(video))
            count = more
    return {key for key in keys if key.video in chosen}


def _by_block(
    keys: Sequence[FrameKey], fraction: float, random: np.random.Generator
) -> set[FrameKey]:
    """A stretch of each video. Their lengths add up, so that short videos are not left out."""
    chosen: set[FrameKey] = set()
    passed = 0
    for video, numbers in _by_videos(keys).items():
        passed += len(numbers)
        length = min(_count(len(keys), fraction) * passed // len(keys) - len(chosen), len(numbers))
        start = int(random.integers(0, len(numbers) - length, endpoint=True))
        chosen.update(FrameKey(video, number) for number in sorted(numbers)[start : start + length])
    return chosen


def _by_videos(keys: Iterable[FrameKey]) -> dict[int, list[int]]:
    numbers: dict[int, list[int]] = defaultdict(list)
    for key in keys:
        numbers[key.video].append(key.frame)
    return numbers


def _shared(first: Iterable[FrameKey], second: Iterable[FrameKey]) -> list[FrameKey]:
    others = set(second)
    return [key for key in dict.fromkeys(first) if key in others]

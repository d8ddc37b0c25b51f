"""Made-up predictions that suggesters are examined on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from poise_workflows.suggesting.contract import Predictions

SIZE = (96, 160)
"""Height and width of the frames, in pixels."""
PARTS = ("head", "thorax", "abdomen")

_BODY = np.array([[0.0, -9.0], [0.0, 0.0], [2.0, 8.0]])


def eventful() -> Predictions:
    """Forty frames of two animals, of which some have faults, and one is labeled.

    Frame 9 has no animal, frame 14 one, frame 20 an animal without visible parts, frame 26
    scores that are no finite numbers, and in frame 31 an animal is elsewhere.
    """
    animals = [(number, animal) for number in range(40) for animal in range(2)]
    animals = [each for each in animals if each not in ((9, 0), (9, 1), (14, 1))]
    points = np.array([_points(*each) for each in animals])
    rows = np.array([number for number, _ in animals])
    points[(rows == 20) & (np.arange(len(rows)) % 2 == 0)] = np.nan
    points[[animals.index((31, 0))]] += 40.0
    scores = 0.9 - rows / 100
    part_scores = np.where(np.isnan(points).any(-1), np.nan, scores[:, None])
    part_scores[rows == 26] = np.inf
    scores = np.where(rows == 26, np.nan, scores)
    return predictions(
        range(40), rows, points, part_scores, scores, tracks=[animal for _, animal in animals]
    )


def without_animals() -> Predictions:
    """Five frames in which nothing is predicted."""
    return predictions(range(5), [], np.zeros((0, len(PARTS), 2)), np.zeros((0, len(PARTS))), [])


def one_frame() -> Predictions:
    """A frame with an animal, of a video whose size nobody knows."""
    points = _points(0, 0)[None]
    return predictions([7], [0], points, np.full((1, len(PARTS)), 0.8), [0.8], size=None)


def predictions(
    frames: Sequence[int],
    rows: Any,
    points: Any,
    point_scores: Any,
    scores: Any,
    tracks: Any = None,
    labeled: Sequence[int] = (),
    size: tuple[int, int] | None = SIZE,
) -> Predictions:
    """Predictions whose arrays nobody can write to, as suggesters get them.

    Args:
        frames: numbers of the frames.
        rows: index into ``frames`` of each animal's frame.
        points: ``(I, P, 2)``.
        point_scores: ``(I, P)``.
        scores: ``(I,)``.
        tracks: ``(I,)``; by default none.
        labeled: numbers of frames that a person has labeled.
        size: height and width of the frames.
    """
    arrays: dict[str, Any] = {
        "frames": np.array(frames, np.int64),
        "rows": np.array(rows, np.int64),
        "points": np.array(points, np.float64),
        "point_scores": np.array(point_scores, np.float64),
        "scores": np.array(scores, np.float64),
        "tracks": np.full(len(rows), -1) if tracks is None else np.array(tracks, np.int64),
        "labeled": np.isin(np.array(frames, np.int64), labeled),
    }
    for array in arrays.values():
        array.flags.writeable = False
    parts = tuple(f"part {index}" for index in range(np.shape(points)[1]))
    return Predictions(parts=parts, image_size=size, **arrays)


def _points(number: int, animal: int) -> Any:
    """Where the parts of an animal are, ``(P, 2)``: it goes around its home, a pixel a frame."""
    angle = number / 6 + animal
    home = np.array([30.0 + 70 * animal, 40.0])
    return home + 6 * np.array([np.cos(angle), np.sin(angle)]) + _BODY

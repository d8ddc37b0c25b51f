"""The matched animals of all frames, one after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from poise_workflows.evaluation.matching import Match
from poise_workflows.evaluation.scenes import Array, Scene


@attrs.frozen(kw_only=True, eq=False)
class Pairs:
    """K pairs of a labeled and a predicted animal, and the animals that are in no pair.

    Attributes:
        truth: ``(K, P, 2)``: points of the labeled animals.
        predicted: ``(K, P, 2)``: points of the predicted animals.
        oks: ``(K,)``.
        scores: ``(K,)``: of the predicted animals.
        numbers: ``(K,)``: of the frames.
        titles: ``(K,)``: paths of the videos.
        tracks: ``(K,)``: names of the tracks of the labeled animals; ``None`` for none.
        missed: ``(M, P, 2)``: points of the labeled animals without a prediction.
        false_scores: ``(F,)``: scores of the predicted animals that match nothing.
    """

    truth: Array
    predicted: Array
    oks: Array
    scores: Array
    numbers: Array
    titles: tuple[str, ...]
    tracks: tuple[str | None, ...]
    missed: Array
    false_scores: Array

    def __len__(self) -> int:
        return len(self.oks)

    @property
    def distances(self) -> Array:
        """``(K, P)`` in pixels; NaN where a part is not labeled or not predicted."""
        return np.asarray(np.linalg.norm(self.predicted - self.truth, axis=-1))

    @property
    def labeled(self) -> Array:
        """``(K, P)``: which parts are labeled."""
        return np.asarray(~np.isnan(self.truth).any(axis=-1))

    @property
    def seen(self) -> Array:
        """``(K, P)``: which parts are predicted."""
        return np.asarray(~np.isnan(self.predicted).any(axis=-1))


def joined(scenes: Sequence[Scene], matches: Sequence[Match], parts: int) -> Pairs:
    """The pairs of all scenes.

    Args:
        scenes: the frames.
        matches: which of their animals are the same.
        parts: how many parts an animal has.
    """
    both = list(zip(scenes, matches, strict=True))
    shape = (-1, parts, 2)
    return Pairs(
        truth=_joined([s.truth.points[m.truth] for s, m in both]).reshape(shape),
        predicted=_joined([s.predicted.points[m.predicted] for s, m in both]).reshape(shape),
        oks=_joined([m.oks for m in matches]),
        scores=_joined([s.predicted.scores[m.predicted] for s, m in both]),
        numbers=np.array([s.number for s, m in both for _ in m.truth], np.int64),
        titles=tuple(s.title for s, m in both for _ in m.truth),
        tracks=tuple(s.truth.tracks[row] for s, m in both for row in m.truth),
        missed=_joined([s.truth.points[m.missed] for s, m in both]).reshape(shape),
        false_scores=_joined([s.predicted.scores[m.false] for s, m in both]),
    )


def _joined(arrays: Sequence[Any]) -> Array:
    return np.concatenate([np.zeros(0), *(np.ravel(array) for array in arrays)])

"""How far predictions are from the truth: by part, by identity, and which examples are worst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from poise import Instances, Skeleton
from poise.instances import gathered
from poise_workflows.evaluation.detection import by_part
from poise_workflows.evaluation.pairs import Pairs
from poise_workflows.evaluation.results import plain
from poise_workflows.frames.labeled import LabeledFrame
from poise_workflows.previewing.matching import NEAR, matches_of
from poise_workflows.reporting.cases import Array
from poise_workflows.reporting.seeing import Sight


@attrs.frozen(kw_only=True, eq=False)
class Measured:
    """A sight, with which animal is which.

    Attributes:
        sight: the example.
        factor: pixels of the network's input for a pixel of the frame.
        matches: ``(K,)``: row of the labeled animal of each predicted one; -1 for none.
    """

    sight: Sight
    factor: float
    matches: Array

    @property
    def missed(self) -> Array:
        """Rows of the labeled animals that nothing matches."""
        return np.setdiff1d(np.arange(len(self.sight.truth)), self.matches)

    @property
    def invented(self) -> int:
        """How many predicted animals match nothing."""
        return int((self.matches < 0).sum())

    @property
    def distances(self) -> Array:
        """``(I, P)``: error of each labeled part in pixels of the frame; NaN where it is lost."""
        away = np.full(self.sight.truth.shape[:2], np.nan)
        rows = self.matches[self.matches >= 0]
        points = self.sight.predicted[self.matches >= 0]
        away[rows] = np.linalg.norm(points - self.sight.truth[rows], axis=-1) / self.factor
        return away

    @property
    def badness(self) -> float:
        """How wrong it is, on average over what is labeled and what is invented.

        Errors count in lengths of the animal, at most one. What is lost or invented counts as a
        whole length.
        """
        truth = self.sight.truth
        labeled = ~np.isnan(truth).any(axis=-1)
        if not labeled.sum() + self.invented:
            return 0.0
        lengths = [_length(animal) / self.factor for animal in truth]
        relative = self.distances / np.array(lengths).reshape(-1, 1)
        each = np.where(np.isnan(relative), 1.0, np.minimum(relative, 1.0))
        return float((each[labeled].sum() + self.invented) / (labeled.sum() + self.invented))


def _length(animal: Array) -> float:
    """The diagonal of the box around an animal, in pixels of the input; small ones have a least."""
    return max(NEAR, float(np.linalg.norm(np.nanmax(animal, axis=0) - np.nanmin(animal, axis=0))))


def measured(sight: Sight, factor: float) -> Measured:
    """Match the animals of a sight by their distances.

    Args:
        sight: what a network makes of an example.
        factor: pixels of the network's input for a pixel of the frame.
    """
    frame = LabeledFrame(
        image=None,
        size=(int(sight.image.shape[0]), int(sight.image.shape[1])),
        points=sight.truth,
        skeleton=Skeleton(sight.parts),
        classes=(None,) * len(sight.truth),
        class_names=(),
        title="",
    )
    return Measured(sight=sight, factor=factor, matches=matches_of(frame, _instances(sight)))


def _instances(sight: Sight) -> Instances:
    count = len(sight.predicted)
    return gathered(
        np.asarray(sight.predicted, np.float64),
        np.ones((count, len(sight.parts))),
        np.ones(count),
        np.zeros(count, np.int64),
        images=1,
        parts=sight.parts,
    )


def parts_of(every: Sequence[Measured]) -> dict[str, dict[str, Any]]:
    """Part → its figures over examples, in pixels of frames, as ``poise evaluate`` names them."""
    if not every:
        return {}
    pairs = _pairs(every)
    return {
        part: {name: plain(value) for name, value in row.items()}
        for part, row in by_part(pairs, every[0].sight.parts).items()
    }


def _pairs(every: Sequence[Measured]) -> Pairs:
    parts = len(every[0].sight.parts)
    truth, predicted, missed = [], [], []
    for each in every:
        is_matched = each.matches >= 0
        truth.append(each.sight.truth[each.matches[is_matched]] / each.factor)
        predicted.append(each.sight.predicted[is_matched] / each.factor)
        missed.append(each.sight.truth[each.missed] / each.factor)
    joined = [np.concatenate(rows).reshape(-1, parts, 2) for rows in (truth, predicted, missed)]
    count = len(joined[0])
    return Pairs(
        truth=joined[0],
        predicted=joined[1],
        oks=np.zeros(count),
        scores=np.zeros(count),
        numbers=np.zeros(count, np.int64),
        titles=("",) * count,
        tracks=(None,) * count,
        missed=joined[2],
        false_scores=np.zeros(sum(each.invented for each in every)),
    )


def animals_of(every: Sequence[Measured]) -> dict[str, int]:
    """How many animals are labeled, matched, missed and invented."""
    return {
        "labeled": sum(len(each.sight.truth) for each in every),
        "matched": sum(int((each.matches >= 0).sum()) for each in every),
        "missed": sum(len(each.missed) for each in every),
        "invented": sum(each.invented for each in every),
    }


def median_error(every: Sequence[Measured]) -> float | None:
    """The median error of all parts that are labeled and predicted; ``None`` without any."""
    errors = np.concatenate([np.zeros(0), *(np.ravel(each.distances) for each in every)])
    errors = errors[~np.isnan(errors)]
    return float(np.median(errors)) if errors.size else None


def confusion_of(every: Sequence[Measured]) -> dict[str, Any] | None:
    """Who was taken for whom; ``None`` if the head tells no classes apart.

    Returns:
        ``names`` of the classes, and ``rows``: for each labeled class how often a matched animal
        was predicted as each class, then how often without a class, then how often missed.
    """
    names = next((each.sight.class_names for each in every if each.sight.class_names), ())
    if not names:
        return None
    table = np.zeros((len(names), len(names) + 2), int)
    for each in every:
        classes, predicted = each.sight.classes, each.sight.predicted_classes
        assert predicted is not None
        for row in each.missed:
            if classes[row] >= 0:
                table[classes[row], -1] += 1
        for column, row in enumerate(each.matches):
            if row >= 0 and classes[row] >= 0:
                table[classes[row], predicted[column] if predicted[column] >= 0 else -2] += 1
    return {"names": list(names), "rows": table.tolist()}

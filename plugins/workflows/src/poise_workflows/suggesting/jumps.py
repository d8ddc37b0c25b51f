"""Parts that are not where the frames before and after let one expect them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from poise_workflows.suggesting.contract import Booleans, Floats, Integers, Predictions

LEAST = 1.0
"""Pixels that a usual distance has at least, or animals that stand still would jump often."""


def jump_badness(predictions: Predictions) -> Floats:
    """How much farther than usual a part is from where it is expected.

    A part is expected halfway between its places in the frame before and in the frame after, so
    that steady motion, however fast, is no jump. Where only one of these frames has the part,
    half of the step counts. The same animal is that of the same track; animals that have no
    track there are the nearest ones. A jump makes the frames beside it unexpected, too: a frame
    beside a worse one counts as usual.

    Returns:
        ``(F,)``: the distance of the worst part from its expected place, as a multiple of the
        part's median distance in the video; NaN where there is nothing to compare with.
    """
    frames, rows = len(predictions), predictions.rows
    before = np.full(len(rows), -1)
    after = np.full(len(rows), -1)
    for earlier, later in _pairs(predictions):
        before[later], after[earlier] = earlier, later
    points = np.where(predictions.visible[..., None], predictions.points, np.nan)
    steps = np.stack([_step(points, before), _step(points, after)])
    is_known: Booleans = np.asarray(~np.isnan(steps).any(axis=-1), np.bool_)
    distances = np.linalg.norm(np.where(is_known[..., None], steps, 0).sum(axis=0), axis=-1) / 2
    distances[~is_known.any(axis=0)] = np.nan
    worst = _largest(distances / _usual(distances))
    badness = np.full(frames, -np.inf)
    np.maximum.at(badness, rows[~np.isnan(worst)], worst[~np.isnan(worst)])
    badness = np.where(_is_beside_a_worse(badness, predictions), np.minimum(badness, 1), badness)
    badness[np.isinf(badness)] = np.nan
    return badness


def _is_beside_a_worse(badness: Floats, predictions: Predictions) -> Booleans:
    """Whether a frame is less bad than the one before, or than the one after, ``(F,)``."""
    is_next = _follows(predictions)
    is_worse = np.zeros(len(predictions), bool)
    is_worse[1:] |= is_next & (badness[:-1] >= badness[1:])
    is_worse[:-1] |= is_next & (badness[1:] > badness[:-1])
    return is_worse


def _follows(predictions: Predictions) -> Booleans:
    """Whether each frame but the first is as near the one before as is usual, ``(F - 1,)``."""
    steps = np.diff(predictions.frames)
    return steps <= (np.median(steps) if len(steps) else 0)


def _step(points: Floats, others: Integers) -> Floats:
    """From each animal to another of its animals, ``(I, P, 2)``; NaN where there is no other."""
    steps: Floats = points[others] - points
    steps[others < 0] = np.nan
    return steps


def _usual(distances: Floats) -> Floats:
    """The median distance of each part, ``(P,)``."""
    usual = np.full(distances.shape[1], LEAST)
    for part in range(len(usual)):
        known = distances[:, part][~np.isnan(distances[:, part])]
        if len(known):
            usual[part] = max(LEAST, float(np.median(known)))
    return usual


def _largest(values: Floats) -> Floats:
    """The largest of each row, ``(I,)``; NaN for a row that has none."""
    largest = np.where(np.isnan(values), -np.inf, values).max(axis=1, initial=-np.inf)
    return np.where(np.isinf(largest), np.nan, largest)


def _pairs(predictions: Predictions) -> Iterator[tuple[int, int]]:
    """Rows of the same animal in frames that follow each other."""
    starts = np.searchsorted(predictions.rows, np.arange(len(predictions) + 1))
    # Parts that nobody sees would make every animal as near as any other.
    has_place: Booleans = np.asarray(predictions.visible.any(axis=1), np.bool_)
    centers = _centers(predictions)
    for frame in np.flatnonzero(_follows(predictions)):
        earlier = np.arange(starts[frame], starts[frame + 1])
        later = np.arange(starts[frame + 1], starts[frame + 2])
        yield from _matched(
            earlier[has_place[earlier]], later[has_place[later]], predictions.tracks, centers
        )


def _centers(predictions: Predictions) -> Floats:
    """The mean place of the visible parts of each animal, ``(I, 2)``."""
    seen: Booleans = predictions.visible
    total = np.where(seen[..., None], predictions.points, 0).sum(axis=1)
    return np.asarray(total / np.maximum(seen.sum(axis=1), 1)[:, None], np.float64)


def _matched(
    earlier: Integers, later: Integers, tracks: Integers, centers: Floats
) -> Iterator[tuple[int, int]]:
    """Pair animals of two frames: by their tracks, then the rest so that all are near."""
    of_track = {int(tracks[row]): int(row) for row in earlier if tracks[row] >= 0}
    by_track = {int(row): of_track.pop(int(tracks[row]), -1) for row in later}
    yield from ((other, row) for row, other in by_track.items() if other >= 0)
    used = set(by_track.values())
    rest = [int(row) for row in earlier if int(row) not in used]
    others = [row for row, other in by_track.items() if other < 0]
    if len(rest) == len(others) == 1:  # the most frequent case, and the quickest
        yield rest[0], others[0]
    elif rest and others:
        from scipy.optimize import linear_sum_assignment

        apart = np.linalg.norm(centers[rest][:, None] - centers[others][None], axis=-1)
        for one, other in zip(*linear_sum_assignment(apart), strict=True):
            yield rest[one], others[other]

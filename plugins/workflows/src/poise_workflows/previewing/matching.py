"""Which decoded animal is which labeled one."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from poise import Instances
from poise_workflows.frames.labeled import Array, LabeledFrame

NEAR = 16.0
"""Pixels that a decoded animal may always be off, however small the labeled one is."""


def matches_of(frame: LabeledFrame, decoded: Instances) -> Array:
    """Match decoded with labeled animals, so that the mean distances add up to the least.

    Animals are as far apart as their common parts are on average; without a common part, as
    their middles are. A decoded animal that is further away than the labeled one is long
    matches none.

    Args:
        frame: the labeled animals.
        decoded: the animals of one image, in pixels of ``frame``.

    Returns:
        ``(K,)``: index of the labeled animal of each decoded one; -1 where it matches none.
    """
    from scipy.optimize import linear_sum_assignment

    animals = points_of(decoded)
    matches = np.full(len(animals), -1)
    if not len(animals) or not len(frame.points):
        return matches
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # means of nothing, which are NaN
        away = np.nanmean(_distances(frame, animals, decoded.parts), axis=-1)
        lost = np.isnan(away)
        away[lost] = _between_middles(animals, frame.points)[lost]
        long = np.linalg.norm(np.ptp(np.nan_to_num(_filled(frame.points)), axis=1), axis=-1)
    too_far = ~(away <= np.maximum(long, NEAR))
    rows, columns = linear_sum_assignment(np.where(too_far, 1e9, away))
    is_near = ~too_far[rows, columns]
    matches[rows[is_near]] = columns[is_near]
    return matches


def distances_of(frame: LabeledFrame, decoded: Instances, matches: Array) -> Array:
    """How far each part of the decoded animals is from that of the labeled animal it matches.

    Args:
        frame: the labeled animals.
        decoded: the animals of one image, in pixels of ``frame``.
        matches: as ``matches_of`` returns them.

    Returns:
        ``(K, P)`` in pixels, over the parts that both have; NaN where a part is not decoded or
        not labeled, or the animal matches none.
    """
    away = _distances(frame, points_of(decoded), decoded.parts)
    if not away.size:
        return np.full((len(matches), away.shape[-1]), np.nan)
    chosen = away[np.arange(len(matches)), matches]
    return np.where((matches >= 0)[:, None], chosen, np.nan)


def points_of(decoded: Instances) -> Array:
    """``(K, P, 2)``: the animals of the first image."""
    return np.asarray(decoded.points[0, : int(decoded.counts[0])])


def _distances(frame: LabeledFrame, animals: Array, parts: Sequence[str]) -> Array:
    """``(K, I, P)``: of each decoded animal to each labeled one, for the parts of both."""
    labeled = frame.skeleton.parts
    shared = [part for part in parts if part in labeled]
    points = animals[:, [list(parts).index(part) for part in shared]]
    truth = frame.points[:, [labeled.index(part) for part in shared]]
    return np.asarray(np.linalg.norm(points[:, None] - truth[None], axis=-1))


def _between_middles(animals: Array, labeled: Array) -> Array:
    middles = np.nanmean(animals, axis=1)[:, None] - np.nanmean(labeled, axis=1)[None]
    return np.asarray(np.linalg.norm(middles, axis=-1))


def _filled(points: Array) -> Array:
    """The points, with the middle of an animal for each part that is not visible."""
    return np.where(np.isnan(points), np.nanmean(points, axis=1, keepdims=True), points)

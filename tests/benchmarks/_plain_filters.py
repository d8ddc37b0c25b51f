"""The rules of the tracker ``kalman`` in edition 2026, as somebody would write them down.

A loop over filters, each a few matrix products in NumPy; loops over instances, filters and
coordinates on floats. What filters learn from the first frames is learned by Poise's function: it
happens once, and is not what a frame costs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from _plain_tracking import UNTRACKED, Animal, Simple

from poise_workflows.tracking.kalman.filters import create

LOWEST_SCORE = 0.3


class Filter:
    """The filter of one animal."""

    def __init__(self, track: int, mean: Any, covariance: Any, motion: Any, error: Any) -> None:
        self.track, self.mean, self.covariance = track, mean, covariance
        self.motion, self.error = motion, error
        self.step = np.eye(len(mean))
        self.step[::2][:, 1::2] = np.eye(len(mean) // 2)
        self.unmatched, self.size = 0, 0.0

    def advance(self) -> list[float]:
        """Go on to the next frame; the coordinates that it expects there."""
        self.mean = self.step @ self.mean
        self.covariance = self.step @ self.covariance @ self.step.T + self.motion
        self.unmatched += 1
        return list(self.mean[::2].tolist())

    def correct(self, coordinates: list[float], size: float) -> None:
        """Learn where the animal was seen, unless one of its parts is missing."""
        self.unmatched, self.size = 0, size
        if any(map(math.isnan, coordinates)):
            return
        shared = self.covariance[:, ::2]
        gain = shared @ np.linalg.inv(shared[::2] + self.error)
        self.mean = self.mean + gain @ (np.array(coordinates) - self.mean[::2])
        covariance = self.covariance - gain @ shared.T
        # Rounding would make the matrix less symmetric with every frame.
        self.covariance = (covariance + covariance.T) / 2


class Kalman:
    """The tracker ``kalman``."""

    def __init__(self, window: int, count: int, frames: int, parts: tuple[int, ...]) -> None:
        self.window, self.count, self.frames, self.parts = window, count, frames, parts
        self.simple = Simple("instance", "greedy", window)
        self.good: list[dict[int, Any]] = []
        self.filters: list[Filter] = []

    def track(self, points: Any, scores: Any) -> list[int]:
        """The track of each instance of the next frame."""
        animals = [Animal(*each) for each in zip(points.tolist(), scores.tolist(), strict=True)]
        coordinates = [self._coordinates(animal) for animal in animals]
        if self.filters:
            return self._follow(animals, coordinates)
        tracks = self.simple.track(points, scores)
        self._judge(tracks, coordinates)
        if len(self.good) == self.frames:
            self._learn(dict(zip(tracks, animals, strict=True)))
        return tracks

    def _coordinates(self, animal: Animal) -> list[float]:
        return [value for part in self.parts for value in animal.points[part]]

    def _judge(self, tracks: list[int], coordinates: list[list[float]]) -> None:
        usable = {
            track: np.array(values)
            for track, values in zip(tracks, coordinates, strict=True)
            if track != UNTRACKED and not any(map(math.isnan, values))
        }
        is_good = len(usable) >= self.count and not self.simple.competed
        self.good = [*self.good, usable] if is_good else []

    def _learn(self, animals: dict[int, Animal]) -> None:
        moments: dict[int, list[Any]] = {}
        for frame in self.good:
            for track, values in frame.items():
                moments.setdefault(track, []).append(values)
        learned = create(moments)
        belief = learned.belief
        for row, track in enumerate(learned.tracks.tolist()):
            each = (belief.means, belief.covariances, learned.motion_noise)
            arrays = [array[row] for array in (*each, learned.observation_noise)]
            self.filters.append(Filter(track, *arrays))
            self.filters[-1].size = animals[track].size

    def _follow(self, animals: list[Animal], coordinates: list[list[float]]) -> list[int]:
        expected = [each.advance() for each in self.filters]
        costs = [
            [
                self._cost(animal, values, where, each)
                for where, each in zip(expected, self.filters, strict=True)
            ]
            for animal, values in zip(animals, coordinates, strict=True)
        ]
        tracks = [UNTRACKED] * len(animals)
        for row, column in choose(costs, coordinates):
            each = self.filters[column]
            each.correct(coordinates[row], animals[row].size)
            tracks[row] = each.track
        return tracks

    def _cost(
        self, animal: Animal, values: list[float], expected: list[float], each: Filter
    ) -> float:
        """The distance in pixels, weighted by scores; NaN if it is too large."""
        total = weights = 0.0
        for index, (value, where) in enumerate(zip(values, expected, strict=True)):
            if not math.isnan(value):
                weight = animal.scores[self.parts[index // 2]]
                total += weight * abs(value - where)
                weights += weight
        if not weights:
            return math.nan
        size = max(animal.size, each.size) or 100.0
        is_near = each.unmatched > self.window or total / weights <= 2 * size
        return total / weights if is_near else math.nan


def choose(costs: list[list[float]], coordinates: list[list[float]]) -> list[tuple[int, int]]:
    """The pairs that leave no doubt, of costs that may be NaN."""
    finite = [cost for row in costs for cost in row if not math.isnan(cost)]
    if not finite:
        return []
    margin = min(finite)
    best = [least(row) for row in costs]
    left = [list(row) for row in costs]
    for column in range(len(costs[0])):
        if is_tied([row[column] for row in costs], margin):
            for row in left:
                row[column] = math.nan
    for index, row in enumerate(left):
        if is_tied(row, margin) or math.isnan(row[best[index]]):
            left[index] = [math.nan] * len(row)
    firsts = [least([row[column] for row in left]) for column in range(len(costs[0]))]
    pairs, rows, columns = [], set(), set()
    cells = [
        (cost, row, column)
        for row, line in enumerate(left)
        for column, cost in enumerate(line)
        if not math.isnan(cost)
    ]
    for _, row, column in sorted(cells):
        if row in rows or column in columns:
            continue
        rows.add(row)
        columns.add(column)
        first = firsts[column]
        if row == first or not difference(coordinates[row], coordinates[first]) < margin:
            pairs.append((row, column))
    return pairs


def least(values: list[float]) -> int:
    """The index of the least value that is a number."""
    return min(range(len(values)), key=lambda index: (math.isnan(values[index]), values[index]))


def is_tied(values: list[float], margin: float) -> bool:
    """Whether more than one value is within the margin of the least."""
    finite = [value for value in values if not math.isnan(value)]
    return sum(value < min(finite) + margin for value in finite) > 1 if finite else False


def difference(values: list[float], others: list[float]) -> float:
    """The mean difference of coordinates that both have."""
    apart = [abs(a - b) for a, b in zip(values, others, strict=True) if a == a and b == b]
    return sum(apart) / len(apart) if apart else math.nan

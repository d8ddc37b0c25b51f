"""The rules of trackers in edition 2026, as somebody would write them down in plain Python.

Loops over instances, candidates and parts on floats; what an instance has of its own (its size, its
center, its box) is computed once. The benchmark compares Poise's trackers with it.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from typing import Any

from scipy.optimize import linear_sum_assignment

UNTRACKED = -1


class Animal:
    """An instance: its parts as floats, and what similarities need of it."""

    def __init__(self, points: list[list[float]], scores: list[float]) -> None:
        self.points, self.scores = points, scores
        seen = [(x, y) for x, y in points if not (math.isnan(x) or math.isnan(y))]
        self.visible = len(seen)
        if seen:
            xs, ys = zip(*seen, strict=True)
            self.box = min(xs), min(ys), max(xs), max(ys)
            self.center = statistics.median(xs), statistics.median(ys)
            self.size = math.hypot(self.box[2] - self.box[0], self.box[3] - self.box[1])
        else:
            self.box = self.center = None
            self.size = 0.0


def instance(animal: Animal, other: Animal, size: float) -> float:
    """Closeness of the parts, in quarters of the animal's size."""
    total, divisor, in_both = 0.0, 2 * (size / 4) ** 2, 0
    for (x, y), (u, v) in zip(animal.points, other.points, strict=True):
        squared = (x - u) ** 2 + (y - v) ** 2
        if squared == squared:
            total += math.exp(-squared / divisor)
            in_both += 1
    return total / (animal.visible + other.visible - in_both)


def centroid(animal: Animal, other: Animal, size: float) -> float:
    """Minus the distance of the centers."""
    return -math.dist(animal.center, other.center)


def iou(animal: Animal, other: Animal, size: float) -> float:
    """Overlap of the boxes."""
    (a, b, c, d), (e, f, g, h) = animal.box, other.box
    both = max(min(c, g) - max(a, e) + 1, 0) * max(min(d, h) - max(b, f) + 1, 0)
    areas = (c - a + 1) * (d - b + 1) + (g - e + 1) * (h - f + 1)
    return both / (areas - both)


SIMILARITIES = {"instance": instance, "centroid": centroid, "iou": iou}


class Simple:
    """The tracker ``simple``, and ``simplemaxtracks`` with a limit."""

    def __init__(self, similarity: str, match: str, window: int, limit: int | None = None) -> None:
        self.similarity, self.match, self.window, self.limit = similarity, match, window, limit
        self.frames: deque[list[tuple[int, int, Animal]]] = deque(maxlen=window)
        self.queues: dict[int, deque[tuple[int, int, Animal]]] = {}
        self.call = self.created = 0
        self.competed = False
        self.least: list[list[float]] = []

    def track(self, points: Any, scores: Any) -> list[int]:
        """The track of each instance of the next frame."""
        self.call += 1
        animals = [Animal(*each) for each in zip(points.tolist(), scores.tolist(), strict=True)]
        similarities, allowed, tracks = self._to_tracks(animals)
        result = [UNTRACKED] * len(animals)
        self.competed = False
        for row, column in self._pairs(similarities, allowed):
            result[row] = tracks[column]
            self.competed |= similarities[row][column] < max(similarities[row])
        for row, animal in enumerate(animals):
            is_free = self.limit is None or self.created < self.limit
            if result[row] == UNTRACKED and animal.visible and is_free:
                result[row] = self.created
                self.created += 1
        self._remember(animals, result)
        return result

    def _candidates(self) -> list[tuple[int, int, Animal]]:
        if self.limit is not None:
            return [item for queue in self.queues.values() for item in queue]
        return [item for frame in self.frames for item in frame]

    def _remember(self, animals: list[Animal], tracks: list[int]) -> None:
        frame = []
        for animal, track in zip(animals, tracks, strict=True):
            if track != UNTRACKED:
                frame.append((track, self.call, animal))
                if self.limit is not None:
                    queue = self.queues.setdefault(track, deque(maxlen=self.window))
                    queue.append((track, self.call, animal))
        self.frames.append(frame)

    def _to_tracks(self, animals: list[Animal]) -> tuple[Any, Any, list[int]]:
        """The greatest similarity of each instance to each track, and whether they may match."""
        candidates = self._candidates()
        tracks = list(dict.fromkeys(track for track, _, _ in candidates))
        sizes, last = dict.fromkeys(tracks, 0.0), dict.fromkeys(tracks, 0)
        for track, call, other in candidates:
            sizes[track], last[track] = max(sizes[track], other.size), max(last[track], call)
        function = SIMILARITIES[self.similarity]
        similarities, allowed, self.least = [], [], []
        for animal in animals:
            best = dict.fromkeys(tracks, -math.inf)
            for track, _, other in candidates:
                if animal.visible and other.visible:
                    size = max(animal.size, other.size) or 100.0
                    best[track] = max(best[track], function(animal, other, size))
            least = [
                self._least(max(animal.size, sizes[track]) or 100.0)
                if last[track] >= self.call - self.window
                else -math.inf
                for track in tracks
            ]
            similarities.append(list(best.values()))
            self.least.append(least)
            allowed.append(
                [
                    value > -math.inf and value >= lowest
                    for value, lowest in zip(best.values(), least, strict=True)
                ]
            )
        return similarities, allowed, tracks

    def _least(self, size: float) -> float:
        match self.similarity:
            case "instance":
                return 1e-8
            case "centroid":
                return -2 * size
        return 5e-324

    def _pairs(self, similarities: Any, allowed: Any) -> list[tuple[int, int]]:
        cells = [
            (-value, row, column)
            for row, values in enumerate(similarities)
            for column, value in enumerate(values)
            if allowed[row][column]
        ]
        if self.match == "hungarian" and cells:
            costs = [
                [-max(value, least) for value, least in zip(values, leasts, strict=True)]
                for values, leasts in zip(similarities, self.least, strict=True)
            ]
            pairs = zip(*(axis.tolist() for axis in linear_sum_assignment(costs)), strict=True)
            return [(row, column) for row, column in pairs if allowed[row][column]]
        pairs, rows, columns = [], set(), set()
        for _, row, column in sorted(cells):
            if row not in rows and column not in columns:
                pairs.append((row, column))
                rows.add(row)
                columns.add(column)
        return pairs

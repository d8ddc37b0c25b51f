"""The figures of each animal whose track is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from poise_workflows.evaluation.accuracy import mean, percentile
from poise_workflows.evaluation.histories import Histories, Sighting
from poise_workflows.evaluation.identities import fragments, right_names, switches
from poise_workflows.evaluation.pairs import Pairs
from poise_workflows.evaluation.scenes import Array


def by_animal(histories: Histories, pairs: Pairs) -> dict[str, dict[str, Any]]:
    """Name of a track → its figures, over all videos."""
    courses: dict[str, list[Sequence[Sighting]]] = {}
    for (_, name), course in histories.of.items():
        courses.setdefault(name, []).append(course)
    has_names = bool(
        histories.names & {each.track for course in histories.of.values() for each in course}
    )
    return {
        name: _figures(name, each, _distances(pairs, name), has_names)
        for name, each in courses.items()
    }


def _figures(
    name: str, courses: Sequence[Sequence[Sighting]], distances: Array, has_names: bool
) -> dict[str, Any]:
    sightings = [each for course in courses for each in course]
    is_tracked = any(each.track is not None for each in sightings)
    return {
        "mean": mean(distances),
        "median": percentile(distances, 50),
        "p95": percentile(distances, 95),
        "labeled": len(sightings),
        "detected": sum(each.is_matched for each in sightings),
        "accuracy": right_names(name, sightings) if has_names else float("nan"),
        "switches": sum(map(switches, courses)) if is_tracked else float("nan"),
        "fragments": sum(map(fragments, courses)),
    }


def _distances(pairs: Pairs, name: str) -> Array:
    """Of the parts of an animal."""
    rows = [index for index, track in enumerate(pairs.tracks) if track == name]
    return np.asarray(pairs.distances[np.array(rows, int)])

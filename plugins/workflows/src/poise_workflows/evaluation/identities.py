"""Whether animals keep their identities: by the names of tracks, and by their course.

Sources: Bernardin and Stiefelhagen (2008), "Evaluating multiple object tracking performance: the
CLEAR MOT metrics", for switches and fragments; Ristani et al. (2016), "Performance measures and a
data set for multi-target, multi-camera tracking", for IDF1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from poise_workflows.evaluation.accuracy import ratio
from poise_workflows.evaluation.histories import Histories, Identity, Sighting

NAN = float("nan")


def identities_of(histories: Histories) -> dict[str, Any]:
    """Identity accuracy and tracking metrics; NaN where there is nothing to tell."""
    courses = list(histories.of.values())
    is_tracked = any(each.track is not None for course in courses for each in course)
    if not is_tracked:
        nothing = dict.fromkeys(("tracking.switches", "tracking.fragments"), NAN)
        return {"identity.accuracy": NAN, **nothing, "tracking.idf1": NAN}
    return {
        "identity.accuracy": _accuracy(histories),
        "tracking.switches": sum(map(switches, courses)),
        "tracking.fragments": sum(map(fragments, courses)),
        "tracking.idf1": _idf1(histories),
    }


def notes_of(histories: Histories) -> list[str]:
    """Why identities have no figures, a sentence each."""
    sightings = [each for course in histories.of.values() for each in course]
    tracks = {each.track for each in sightings} - {None}
    if not sightings:
        return ["no labeled animal has a track: identities and tracking have no figures"]
    if not tracks:
        return ["no matched prediction has a track: identities and tracking have no figures"]
    if not tracks & histories.names:
        return ["no predicted track has the name of a labeled one: identities have no accuracy"]
    return []


def switches(course: Sequence[Sighting]) -> int:
    """How often an animal has another track than where it was tracked before."""
    tracks = [each.track for each in course if each.track is not None]
    return sum(before != after for before, after in pairwise(tracks))


def fragments(course: Sequence[Sighting]) -> int:
    """How often an animal was lost and then detected again."""
    matched = [each.is_matched for each in course]
    if True not in matched:
        return 0
    since = matched[matched.index(True) :]
    return sum(not before and after for before, after in pairwise(since))


def right_names(name: str, course: Sequence[Sighting]) -> float:
    """The share of matched predictions whose track has the name of the animal's."""
    matched = [each.track for each in course if each.is_matched]
    return ratio(matched.count(name), len(matched))


def _accuracy(histories: Histories) -> float:
    """Over all animals; NaN if the names of the tracks have nothing to do with the truth's."""
    pairs = [
        (name, each.track)
        for (_, name), course in histories.of.items()
        for each in course
        if each.is_matched
    ]
    if not {track for _, track in pairs} & histories.names:
        return NAN
    return ratio(sum(name == track for name, track in pairs), len(pairs))


def _idf1(histories: Histories) -> float:
    """With the tracks that fit the animals best, each at most one."""
    counts: Counter[tuple[Identity, Identity]] = Counter()
    labeled, tracked = 0, len(histories.others)
    for identity, course in histories.of.items():
        labeled += len(course)
        for each in course:
            if each.track is not None:
                tracked += 1
                counts[identity, (identity[0], each.track)] += 1
    return ratio(2 * _best_assignment(counts), labeled + tracked)


def _best_assignment(counts: Counter[tuple[Identity, Identity]]) -> int:
    """In how many sightings each animal has the one track that is taken for its own."""
    from scipy.optimize import linear_sum_assignment

    animals = {name: index for index, name in enumerate(dict.fromkeys(a for a, _ in counts))}
    tracks = {name: index for index, name in enumerate(dict.fromkeys(t for _, t in counts))}
    table = np.zeros((len(animals), len(tracks)))
    for (animal, track), count in counts.items():
        table[animals[animal], tracks[track]] = count
    rows, columns = linear_sum_assignment(table, maximize=True)
    return int(table[rows, columns].sum())

"""What became of each labeled animal: a line for every frame, in the order of time."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from poise_workflows.evaluation.matching import Match
from poise_workflows.evaluation.scenes import Scene

Identity = tuple[int, str]
"""Index of a video and name of a track: videos know nothing of each other's tracks."""


@attrs.frozen(kw_only=True, eq=False)
class Sighting:
    """A labeled animal in one frame.

    Attributes:
        is_matched: whether a prediction matches it.
        track: the track of that prediction; ``None`` for none.
    """

    is_matched: bool
    track: str | None = None


@attrs.frozen(kw_only=True, eq=False)
class Histories:
    """The animals of the truth whose tracks are known.

    Attributes:
        of: identity → its sightings in the order of frames.
        others: of predictions that match no labeled animal, the identity of each that has one.
        names: all tracks of the truth.
    """

    of: dict[Identity, list[Sighting]]
    others: list[Identity]

    @property
    def names(self) -> set[str]:
        """The names of the tracks of the truth."""
        return {name for _, name in self.of}


def histories_of(scenes: Sequence[Scene], matches: Sequence[Match]) -> Histories:
    """Follow each labeled animal that has a track through the labeled frames.

    Args:
        scenes: the labeled frames.
        matches: which of their animals are the same.
    """
    result = Histories(of={}, others=[])
    both = zip(scenes, matches, strict=True)
    for scene, match in sorted(both, key=lambda pair: (pair[0].video, pair[0].number)):
        partner = dict(zip(match.truth.tolist(), match.predicted.tolist(), strict=True))
        for row, name in enumerate(scene.truth.tracks):
            if name is not None:
                track = scene.predicted.tracks[partner[row]] if row in partner else None
                sighting = Sighting(is_matched=row in partner, track=track)
                result.of.setdefault((scene.video, name), []).append(sighting)
        false = [scene.predicted.tracks[row] for row in match.false]
        result.others.extend((scene.video, name) for name in false if name is not None)
    return result

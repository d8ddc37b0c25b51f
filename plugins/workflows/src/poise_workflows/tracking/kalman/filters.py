"""The filters of the tracks, one for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise_workflows.tracking.contract import Floats, Integers
from poise_workflows.tracking.kalman.fitting import fit
from poise_workflows.tracking.kalman.motion import Belief, advance, correct
from poise_workflows.tracking.states import checked

Array = npt.NDArray[Any]


@attrs.define
class Filters:
    """K filters of C coordinates.

    Attributes:
        tracks: ``(K,)``: index of each filter's track.
        belief: what the filters know of their states.
        motion_noise: ``(K, 2C, 2C)``.
        observation_noise: ``(K, C, C)``.
        unmatched: ``(K,)``: frames since each filter was last corrected.
        age: frames since the filters were created.
    """

    tracks: Integers
    belief: Belief
    motion_noise: Floats
    observation_noise: Floats
    unmatched: Integers
    age: int = 0

    @property
    def expected(self) -> Floats:
        """The coordinates ``(K, C)`` that the filters expect in this frame."""
        return self.belief.means[:, ::2]

    def advance(self) -> None:
        """Go on to the next frame."""
        self.belief = advance(self.belief, self.motion_noise)
        self.age += 1
        self.unmatched += 1

    def correct(self, rows: Integers, observed: Floats) -> None:
        """Correct some filters by what was observed; one NaN makes all of it missing.

        Args:
            rows: ``(M,)``: which filters.
            observed: ``(M, C)``.
        """
        before, noise = self.belief.at(rows), self.observation_noise[rows]
        self.belief.means[rows], self.belief.covariances[rows] = correct(before, observed, noise)
        self.unmatched[rows] = 0

    def arrays(self) -> dict[str, Array]:
        """What ``from_arrays`` takes."""
        return {
            "tracks": self.tracks,
            "means": self.belief.means,
            "covariances": self.belief.covariances,
            "motion_noise": self.motion_noise,
            "observation_noise": self.observation_noise,
            "unmatched": self.unmatched,
            "age": np.array(self.age, np.int64),
        }


def create(observed: Mapping[int, Sequence[Floats]]) -> Filters:
    """Filters that have learned from the first frames.

    Args:
        observed: track → its coordinates ``(C,)`` at the moments at which it was seen.
    """
    fitted = dict(_fitted(observed))
    tracks = np.array(list(observed), np.int64)
    means, covariances, motion_noise, observation_noise = (
        np.stack(arrays) for arrays in zip(*(fitted[track] for track in observed), strict=True)
    )
    return Filters(
        tracks, Belief(means, covariances), motion_noise, observation_noise, np.zeros_like(tracks)
    )


def _fitted(
    observed: Mapping[int, Sequence[Floats]],
) -> Iterator[tuple[int, tuple[Floats, Floats, Floats, Floats]]]:
    """Each track's belief and noise; tracks that were seen equally often are fitted together."""
    for length in {len(moments) for moments in observed.values()}:
        tracks = [track for track, moments in observed.items() if len(moments) == length]
        model, belief = fit(np.array([observed[track] for track in tracks]))
        columns = *belief, model.motion_noise, model.observation_noise
        yield from zip(tracks, zip(*columns, strict=True), strict=True)


def filters_of(arrays: Mapping[str, Array], coordinates: int) -> Filters:
    """The filters that ``Filters.arrays`` are of.

    Raises:
        ValueError: they are not of such filters.
    """
    tracks = arrays.get("tracks")
    count, states = 0 if tracks is None else tracks.size, 2 * coordinates
    shapes: dict[str, tuple[type, tuple[int, ...]]] = {
        "tracks": (np.int64, (count,)),
        "means": (np.float64, (count, states)),
        "covariances": (np.float64, (count, states, states)),
        "motion_noise": (np.float64, (count, states, states)),
        "observation_noise": (np.float64, (count, coordinates, coordinates)),
        "unmatched": (np.int64, (count,)),
        "age": (np.int64, ()),
    }
    copies = {
        name: checked(arrays, name, dtype, shape).copy() for name, (dtype, shape) in shapes.items()
    }
    return Filters(
        copies["tracks"],
        Belief(copies["means"], copies["covariances"]),
        copies["motion_noise"],
        copies["observation_noise"],
        copies["unmatched"],
        int(copies["age"]),
    )

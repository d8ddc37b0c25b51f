"""Motion of constant velocity: one step of Kalman filters, for a whole stack of them at once.

A filter's state has two entries for each coordinate, its position and its velocity:
x0, vx0, y0, vy0, x1, … A step adds the velocities to the positions, and the positions are
observed. Both matrices of the model are therefore slices, which is what makes a step cheap.

The equations are those of Kalman, A New Approach to Linear Filtering and Prediction Problems
(Journal of Basic Engineering, 1960), as textbooks have them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from poise_workflows.tracking.contract import Floats, Integers


class Belief(NamedTuple):
    """What filters know of their states.

    Attributes:
        means: ``(..., 2C)`` for C coordinates.
        covariances: ``(..., 2C, 2C)``.
    """

    means: Floats
    covariances: Floats

    def at(self, index: int | Integers) -> Belief:
        """The belief of some of the filters, or of one moment."""
        return Belief(self.means[index], self.covariances[index])


def stepped(states: Floats) -> Floats:
    """The states ``(..., 2C)`` one frame later: positions plus velocities."""
    later = states.copy()
    later[..., ::2] += states[..., 1::2]
    return later


def stepped_both(covariances: Floats) -> Floats:
    """Covariances ``(..., 2C, 2C)`` one frame later, before noise is added."""
    return stepped(transposed(stepped(transposed(covariances))))


def transposed(matrices: Floats) -> Floats:
    """The transpose of each matrix of a stack."""
    return np.swapaxes(matrices, -1, -2)


def advance(belief: Belief, noise: Floats) -> Belief:
    """The belief one frame later, with nothing observed.

    Args:
        belief: the filters' belief.
        noise: ``(..., 2C, 2C)``: covariance of what motion adds in one frame.
    """
    return Belief(stepped(belief.means), stepped_both(belief.covariances) + noise)


def correct(belief: Belief, observed: Floats, noise: Floats) -> Belief:
    """The belief once positions have been observed; without effect where one is NaN.

    Args:
        belief: the filters' belief.
        observed: ``(..., C)``: the positions.
        noise: ``(..., C, C)``: covariance of the error of observations.
    """
    is_whole = np.logical_not(np.isnan(observed).any(axis=-1, keepdims=True))
    surprise = np.where(is_whole, observed - belief.means[..., ::2], 0.0)
    seen = belief.covariances[..., ::2, :]
    gain = gain_of(belief.covariances[..., ::2, ::2] + noise, seen)
    gain = np.where(is_whole[..., None], gain, 0.0)
    means = belief.means + (gain @ surprise[..., None])[..., 0]
    covariances = belief.covariances - gain @ seen
    # Rounding would make the matrix less symmetric with every frame.
    return Belief(means, (covariances + transposed(covariances)) / 2)


def gain_of(spread: Floats, shared: Floats) -> Floats:
    """How far a surprise moves a state, of the surprise's covariance and what both share.

    Args:
        spread: ``(..., C, C)``: covariance of surprises.
        shared: ``(..., C, S)``: covariance of surprises with states.

    Returns:
        ``(..., S, C)``.
    """
    gain: Floats = np.asarray(np.linalg.solve(spread, shared), np.float64)
    return transposed(gain)

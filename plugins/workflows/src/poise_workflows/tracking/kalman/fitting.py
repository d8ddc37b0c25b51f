"""What filters assume of motion and observations, learned from the first frames.

Expectation-maximization for a linear model with Gaussian noise, after Shumway and Stoffer, An
Approach to Time Series Smoothing and Forecasting Using the EM Algorithm (Journal of Time Series
Analysis, 1982): smooth the states of all moments, then choose the parameters that make them most
likely, in turn.
"""

from __future__ import annotations

from typing import NamedTuple

import attrs
import numpy as np

from poise_workflows.tracking.contract import Floats
from poise_workflows.tracking.kalman.motion import (
    Belief,
    advance,
    correct,
    gain_of,
    stepped,
    stepped_both,
    transposed,
)

ROUNDS = 20
"""As many as SLEAP has."""


@attrs.frozen
class Model:
    """The parameters of K filters of C coordinates.

    Attributes:
        motion_noise: ``(K, 2C, 2C)``: covariance of what motion adds in one frame.
        observation_noise: ``(K, C, C)``: covariance of the error of observations.
        start: the belief at the first moment.
    """

    motion_noise: Floats
    observation_noise: Floats
    start: Belief


class _Smoothed(NamedTuple):
    """Beliefs of all moments ``(T, K, ...)`` that know all observations.

    ``lagged`` ``(T - 1, K, 2C, 2C)`` has the covariance of each state with the one before it.
    """

    belief: Belief
    lagged: Floats


def fit(observed: Floats, rounds: int = ROUNDS) -> tuple[Model, Belief]:
    """Learn the parameters of filters, and filter what they were learned from.

    Args:
        observed: ``(K, T, C)``: coordinates at T moments; not NaN at the first. A moment with
            a NaN counts as not observed.
        rounds: of expectation and maximization.

    Returns:
        The model, and the belief of each filter at the last moment.
    """
    moments = np.swapaxes(observed, 0, 1)
    model = _first_model(moments)
    for _ in range(rounds):
        model = _likeliest(moments, _smooth(moments, model), model.motion_noise)
    return model, _filter(moments, model)[1].at(-1)


def _first_model(moments: Floats) -> Model:
    _, filters, coordinates = moments.shape
    means = np.zeros((filters, 2 * coordinates))
    means[:, ::2] = moments[0]
    states, positions = (
        np.broadcast_to(np.eye(size), (filters, size, size))
        for size in (2 * coordinates, coordinates)
    )
    return Model(states, positions, Belief(means, states))


def _filter(moments: Floats, model: Model) -> tuple[Belief, Belief]:
    """Beliefs of all moments before and after the moment's own observation."""
    before = model.start
    expected, known = [], []
    for observed in moments:
        expected.append(before)
        known.append(correct(before, observed, model.observation_noise))
        before = advance(known[-1], model.motion_noise)
    return _stacked(expected), _stacked(known)


def _smooth(moments: Floats, model: Model) -> _Smoothed:
    expected, known = _filter(moments, model)
    later = known.at(-1)
    beliefs, lagged = [later], np.empty((len(moments) - 1, *later.covariances.shape))
    for moment in reversed(range(len(moments) - 1)):
        earlier, ahead = known.at(moment), expected.at(moment + 1)
        gain = gain_of(ahead.covariances, _with_earlier(earlier.covariances))
        lagged[moment] = later.covariances @ transposed(gain)
        later = Belief(
            earlier.means + (gain @ (later.means - ahead.means)[..., None])[..., 0],
            earlier.covariances + gain @ (later.covariances - ahead.covariances) @ transposed(gain),
        )
        beliefs.append(later)
    return _Smoothed(_stacked(beliefs[::-1]), lagged)


def _likeliest(moments: Floats, smoothed: _Smoothed, motion_noise: Floats) -> Model:
    """The model that makes the smoothed states and the observations most likely.

    A single moment says nothing about motion, whose noise then stays as it was.
    """
    means, covariances = smoothed.belief
    cross = stepped(smoothed.lagged)
    motion = (
        _squares(means[1:] - stepped(means[:-1]))
        + stepped_both(covariances[:-1])
        + covariances[1:]
        - cross
        - transposed(cross)
    )
    missing = np.isnan(moments).any(axis=-1)
    seen = np.logical_not(missing)[..., None, None]
    error = _squares(moments - means[..., ::2]) + covariances[..., ::2, ::2]
    observation = np.where(seen, error, 0.0).sum(axis=0) / seen.sum(axis=0)
    learned = motion.mean(axis=0) if len(motion) else motion_noise
    return Model(learned, observation, smoothed.belief.at(0))


def _with_earlier(covariances: Floats) -> Floats:
    """The covariance of each state one frame later with the state itself."""
    return transposed(stepped(transposed(covariances)))


def _squares(errors: Floats) -> Floats:
    return errors[..., :, None] * errors[..., None, :]


def _stacked(beliefs: list[Belief]) -> Belief:
    means, covariances = zip(*beliefs, strict=True)
    return Belief(np.stack(means), np.stack(covariances))

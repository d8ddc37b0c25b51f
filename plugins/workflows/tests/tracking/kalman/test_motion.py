from __future__ import annotations

import numpy as np
import pytest

from poise_workflows.tracking.kalman.filters import create
from poise_workflows.tracking.kalman.motion import Belief, advance, correct

COORDINATES = 4
STATES = 2 * COORDINATES
STEP = np.eye(STATES) + np.diag([1.0, 0.0] * (COORDINATES - 1) + [1.0], 1)
LOOK = np.eye(STATES)[::2]


def covariances(rng: np.random.Generator, size: int) -> np.ndarray:
    factor = rng.normal(size=(3, size, size))
    return factor @ np.swapaxes(factor, 1, 2) + 0.1 * np.eye(size)


@pytest.fixture
def belief(rng: np.random.Generator) -> Belief:
    return Belief(rng.normal(size=(3, STATES)), covariances(rng, STATES))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(17)


def test_a_filter_that_has_learned_a_steady_motion_predicts_it() -> None:
    path = np.array([100.0, 50.0]) + np.arange(30)[:, None] * [3.0, -2.0]
    filters = create({0: list(path[:10])})

    for position in path[10:]:
        filters.advance()
        np.testing.assert_allclose(filters.expected, [position], rtol=0, atol=1e-6)


def test_a_step_is_that_of_the_textbook(belief: Belief, rng: np.random.Generator) -> None:
    noise = covariances(rng, STATES)

    means, covariance = advance(belief, noise)

    np.testing.assert_allclose(means, belief.means @ STEP.T)
    np.testing.assert_allclose(covariance, STEP @ belief.covariances @ STEP.T + noise)


def test_a_correction_is_that_of_the_textbook(belief: Belief, rng: np.random.Generator) -> None:
    noise, observed = covariances(rng, COORDINATES), rng.normal(size=(3, COORDINATES))
    before = belief.covariances
    gain = before @ LOOK.T @ np.linalg.inv(LOOK @ before @ LOOK.T + noise)
    surprise = observed - belief.means @ LOOK.T

    means, covariance = correct(belief, observed, noise)

    np.testing.assert_allclose(means, belief.means + (gain @ surprise[..., None])[..., 0])
    np.testing.assert_allclose(covariance, before - gain @ LOOK @ before, atol=1e-12)


def test_what_is_partly_missing_has_no_effect(belief: Belief, rng: np.random.Generator) -> None:
    noise, observed = covariances(rng, COORDINATES), rng.normal(size=(3, COORDINATES))
    observed[1, 2] = np.nan

    corrected = correct(belief, observed, noise)

    for had, has in zip(belief, corrected, strict=True):
        np.testing.assert_allclose(has[1], had[1])
        assert not np.isclose(has[[0, 2]], had[[0, 2]]).all(axis=-1).any()


def test_filters_of_animals_that_do_not_move_at_all_go_on_for_long() -> None:
    position = np.array([37.0, 12.0])
    filters = create({0: [position] * 10})

    for _ in range(2000):
        filters.advance()
        filters.correct(np.array([0]), position[None])

    np.testing.assert_allclose(filters.expected, [position], atol=1e-9)
    assert (np.linalg.eigvalsh(filters.belief.covariances) > 0).all()

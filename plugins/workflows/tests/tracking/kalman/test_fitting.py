from __future__ import annotations

import numpy as np
import pytest

from poise_workflows.tracking.kalman.filters import create
from poise_workflows.tracking.kalman.fitting import Model, fit
from poise_workflows.tracking.kalman.motion import Belief, advance, correct

NAN = np.nan
PATH = np.array(
    [
        [10.0, 50.0],
        [12.5, 47.5],
        [14.0, 45.5],
        [NAN, 42.0],
        [19.5, 40.5],
        [22.0, 37.0],
        [23.5, 36.0],
        [26.5, 32.5],
    ]
)


def likelihood(path: np.ndarray, model: Model) -> float:
    """The logarithm of how likely a filter's model makes its observations."""
    belief, total = model.start, 0.0
    for observed in path:
        if not np.isnan(observed).any():
            spread = belief.covariances[0, ::2, ::2] + model.observation_noise[0]
            surprise = observed - belief.means[0, ::2]
            total -= np.linalg.slogdet(2 * np.pi * spread)[1] / 2
            total -= surprise @ np.linalg.solve(spread, surprise) / 2
        belief = advance(
            correct(belief, observed[None], model.observation_noise), model.motion_noise
        )
    return total


def test_no_round_makes_the_observations_less_likely() -> None:
    values = [likelihood(PATH, fit(PATH[None], rounds)[0]) for rounds in range(25)]

    assert (np.diff(values) > 0).all()


def test_the_model_is_what_pykalman_0_11_learns_from_the_same_path() -> None:
    model, last = fit(PATH[None])

    np.testing.assert_allclose(
        model.motion_noise[0],
        [
            [0.113869674, -0.0253946404, -0.0729739835, -0.0000674803783],
            [-0.0253946404, 0.0322245447, 0.0252546427, -0.0184234889],
            [-0.0729739835, 0.0252546427, 0.0981502396, -0.0128804583],
            [-0.0000674803783, -0.0184234889, -0.0128804583, 0.0303640432],
        ],
        atol=1e-9,
    )
    np.testing.assert_allclose(
        model.observation_noise[0],
        [[0.0819685, -0.11191599], [-0.11191599, 0.21151051]],
        atol=1e-8,
    )
    np.testing.assert_allclose(
        last.means[0], [26.35880044, 2.34965022, 32.74003333, -2.51603826], atol=1e-8
    )


def test_filters_learn_from_nothing_but_their_own_animals() -> None:
    alone, last = fit(PATH[None])
    together, lasts = fit(np.stack([PATH * 0.5 + 3, PATH]))

    np.testing.assert_allclose(together.motion_noise[1], alone.motion_noise[0])
    np.testing.assert_allclose(together.observation_noise[1], alone.observation_noise[0])
    np.testing.assert_allclose(lasts.means[1], last.means[0])


@pytest.mark.parametrize("count", [1, 2])
def test_few_moments_are_enough(count: int) -> None:
    filters = create({4: list(PATH[:count]), 2: list(PATH[:3])})

    filters.advance()

    assert filters.tracks.tolist() == [4, 2]
    assert np.isfinite(filters.expected).all()
    assert isinstance(filters.belief, Belief)
    np.testing.assert_allclose(filters.expected[1], [16.0, 43.5], atol=1)

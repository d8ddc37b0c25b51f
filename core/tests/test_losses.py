"""Online hard keypoint mining: SLEAP 1.4's numbers, and what they mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]

CASES = ("OHKMLoss_call_0", "OHKMLoss_call_3", "OHKMLoss_call_4", "OHKMLoss_call_5") + tuple(
    f"compute_ohkm_loss_{index}" for index in range(5)
)


@pytest.mark.parametrize("name", CASES)
def test_hard_keypoints_cost_what_they_cost_in_the_original(name: str, golden: Path) -> None:
    from poise.losses import hard_keypoints

    folder = golden / "targets" / name
    scalars = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["scalars"]
    arrays = np.load(folder / "io.npz")
    of_targets, of_predictions = (
        ("in|y_true", "in|y_pred") if "in|y_true" in arrays else ("in|y_gt", "in|y_pr")
    )
    loss = hard_keypoints(arrays[of_targets], arrays[of_predictions], **scalars)
    np.testing.assert_allclose(np.array(loss), arrays["out|loss"], rtol=1e-5)


def channels(*errors: float) -> tuple[np.ndarray, np.ndarray]:
    """Targets and predictions with these mean squared errors of channels."""
    predictions = np.zeros((2, 3, 5, len(errors)), dtype="float32")
    return predictions + np.sqrt(np.array(errors, dtype="float32")), predictions


@pytest.mark.parametrize(
    ("errors", "arguments", "expected"),
    [
        ((1.0, 3.0, 8.0), {"min_hard_keypoints": 0}, (3 + 8) / 2),
        ((1.0, 1.5, 8.0), {"min_hard_keypoints": 0}, 8),
        ((1.0, 1.5, 8.0), {"min_hard_keypoints": 2}, (1.5 + 8) / 2),
        ((1.0, 3.0, 8.0), {"max_hard_keypoints": 1}, 8),
        ((1.0, 3.0, 8.0), {"min_hard_keypoints": 3, "max_hard_keypoints": 1}, 8),
        ((1.0, 3.0, 8.0), {"min_hard_keypoints": 9}, 4),
        ((1.0, 3.0, 8.0), {"max_hard_keypoints": -1}, (3 + 8) / 2),
        ((0.0, 3.0, 8.0), {"min_hard_keypoints": 0}, (3 + 8) / 2),
        ((0.0, 0.0, 0.0), {"min_hard_keypoints": 0}, 0),
    ],
)
def test_the_mean_error_of_the_hardest_channels_counts(
    errors: tuple[float, ...], arguments: dict[str, Any], expected: float
) -> None:
    from poise.losses import hard_keypoints

    loss = hard_keypoints(*channels(*errors), loss_scale=2.0, **arguments)
    np.testing.assert_allclose(np.array(loss), 2.0 * expected, rtol=1e-5)


def test_the_loss_is_the_mean_squared_error_and_the_hard_keypoints() -> None:
    from poise.losses import HardKeypointLoss

    loss = HardKeypointLoss(loss_scale=10.0)(*channels(1.0, 3.0, 8.0))
    np.testing.assert_allclose(np.array(loss), 4.0 + 10.0 * 5.5, rtol=1e-5)


def test_the_loss_is_saved_with_its_arguments(keras: Any) -> None:
    from poise.losses import HardKeypointLoss

    loss = HardKeypointLoss(3.0, 1, 4, 0.5)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert isinstance(again, HardKeypointLoss)
    assert again.get_config() == loss.get_config()
    assert loss.get_config()["max_hard_keypoints"] == 4

"""Losses that Keras does not provide. Importing this module imports Keras."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="poise")  # type: ignore[untyped-decorator]
def hard_keypoints(
    y_true: Any,
    y_pred: Any,
    hard_to_easy_ratio: float = 2.0,
    min_hard_keypoints: int = 2,
    max_hard_keypoints: int | None = None,
    loss_scale: float = 5.0,
) -> Any:
    """The error of the hardest channels in a batch: online hard keypoint mining.

    A channel is hard if its error is at least ``hard_to_easy_ratio`` times that of the
    easiest channel. The errors of the k hardest channels count, ``min_hard_keypoints`` ≤ k ≤
    ``max_hard_keypoints`` (the maximum wins if the two contradict each other).

    Args:
        y_true: targets ``(N, H, W, C)``.
        y_pred: predictions ``(N, H, W, C)``.
        hard_to_easy_ratio: the smallest multiple of the easiest channel's error that is hard.
        min_hard_keypoints: the smallest number of channels that count.
        max_hard_keypoints: the largest number that count; ``None``, or below 0, for all.
        loss_scale: factor of the result.

    Returns:
        A scalar: ``loss_scale`` times the mean squared error over the k channels.
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = tuple(range(len(y_pred.shape) - 1))
    errors = ops.sum(ops.square(y_true - y_pred), axis=axes)
    channels = y_pred.shape[-1]
    most = channels
    if max_hard_keypoints is not None and max_hard_keypoints >= 0:
        most = min(max_hard_keypoints, channels)
    # A batch without any error (0 / 0) has no hard channel. If only the easiest channel has
    # no error (x / 0), all others with an error are hard.
    hard = (errors >= hard_to_easy_ratio * ops.min(errors)) & (errors > 0.0)
    count = ops.clip(ops.sum(ops.cast(hard, "int32")), min(min_hard_keypoints, most), most)
    hardest = ops.flip(ops.sort(errors))
    counted = ops.cast(ops.arange(channels, dtype="int32") < count, errors.dtype)
    cells = ops.cast(ops.size(y_pred), errors.dtype) / channels
    chosen = ops.maximum(ops.cast(count, errors.dtype), 1.0)
    return loss_scale * ops.sum(hardest * counted) / (cells * chosen)


@keras.saving.register_keras_serializable(package="poise")
class HardKeypointLoss(keras.losses.Loss):
    """Mean squared error, plus the error of the hardest channels of each batch again.

    Args:
        hard_to_easy_ratio: as in ``hard_keypoints``.
        min_hard_keypoints: the smallest number of channels that count.
        max_hard_keypoints: the largest number that count, or ``None``.
        loss_scale: factor of the added error.
        name: name of the loss.
        **options: options of ``keras.losses.Loss``.
    """

    def __init__(
        self,
        hard_to_easy_ratio: float = 2.0,
        min_hard_keypoints: int = 2,
        max_hard_keypoints: int | None = None,
        loss_scale: float = 5.0,
        name: str = "hard_keypoint_loss",
        **options: Any,
    ) -> None:
        super().__init__(name=name, **options)
        self.mining: dict[str, Any] = {
            "hard_to_easy_ratio": hard_to_easy_ratio,
            "min_hard_keypoints": min_hard_keypoints,
            "max_hard_keypoints": max_hard_keypoints,
            "loss_scale": loss_scale,
        }

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of a batch, a scalar."""
        mean = ops.mean(ops.square(y_true - y_pred))
        return mean + hard_keypoints(y_true, y_pred, **self.mining)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self.mining}

"""Metrics of heads in training. Importing this module imports Keras."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="poise_heads")
class ChannelError(keras.metrics.Mean):
    """Mean squared error of one channel, thus one part, of a map.

    Args:
        channel: index of the channel.
        name: name of the part.
        **options: options of ``keras.metrics.Mean``.
    """

    def __init__(self, channel: int, name: str | None = None, **options: Any) -> None:
        super().__init__(name=name, **options)
        self.channel = channel

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch ``(N, H, W, C)``."""
        wrong = y_true[..., self.channel] - y_pred[..., self.channel]
        super().update_state(ops.mean(ops.square(wrong)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "channel": self.channel}

"""Batch normalization whose statistics are those of the edition (D68)."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from poise.editions import MOVING_VARIANCE, means_sleap


def batch_normalization(**options: Any) -> keras.layers.Layer:
    """A layer of batch normalization, which edition sleap-1.4 trains as SLEAP did.

    Args:
        options: those of ``keras.layers.BatchNormalization``.
    """
    cls = BatchNormalization if means_sleap(MOVING_VARIANCE) else layers.BatchNormalization
    return cls(**options)


# Weights files without layer names call a layer by its class, so this one has Keras' name.
@keras.saving.register_keras_serializable(package="poise", name="UnbiasedBatchNormalization")
class BatchNormalization(layers.BatchNormalization):
    """Batch normalization that keeps the unbiased variance of a batch, for use after training.

    A batch of N values is divided by its biased variance, the mean of squares. The kernel of
    TensorFlow that SLEAP used adds N / (N - 1) times that to the moving variance.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if not training or not self.trainable:
            return super().call(inputs, training=training, mask=mask)
        # A new tensor: PyTorch changes variables in place.
        kept = ops.multiply(self.moving_variance, self.momentum)
        outputs = super().call(inputs, training=training, mask=mask)
        count = 1
        for axis, length in enumerate(ops.shape(inputs)):
            if axis != self.axis % len(inputs.shape):
                count = count * length
        count = ops.cast(count, self.moving_variance.dtype)
        added = ops.subtract(self.moving_variance, kept)
        unbiased = ops.multiply(added, count / ops.maximum(count - 1, 1))
        self.moving_variance.assign(ops.add(kept, unbiased))
        return outputs

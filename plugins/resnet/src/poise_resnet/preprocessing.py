"""The preprocessing of images for the pretrained network. Imports Keras.

The layers have the names of the Lambda layers in SLEAP's files, and compute the same.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from poise.errors import BuildError, Fault
from poise.specs import Tensor

IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)
"""Mean of ImageNet's images: blue, green, red, in 0…255."""


@keras.saving.register_keras_serializable(package="poise_resnet")
class TileChannels(keras.layers.Layer):
    """Repeats one channel: gray ``(N, H, W, 1)`` in, ``(N, H, W, channels)`` out.

    Args:
        channels: how many equal channels to make.
    """

    cell_by_cell = True

    def __init__(self, channels: int = 3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channels = channels

    def call(self, images: Any) -> Any:
        return ops.repeat(images, self.channels, axis=-1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "channels": self.channels}


@keras.saving.register_keras_serializable(package="poise_resnet")
class ImageNetPreprocessing(keras.layers.Layer):
    """Converts RGB images in 0…1 to the input that the published ResNet weights expect.

    Scales ``(N, H, W, 3)`` to 0…255, reverses RGB to BGR and subtracts ImageNet's mean.
    """

    cell_by_cell = True

    def call(self, images: Any) -> Any:
        # A reversing slice works on TensorFlow and JAX, but not on PyTorch.
        bgr = ops.flip(images * 255, axis=-1)
        return bgr - ops.convert_to_tensor(IMAGENET_MEAN_BGR, dtype=bgr.dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


def preprocessed(image: Tensor, trainable: bool) -> Tensor:
    """Preprocess an image for the pretrained network.

    Names: ``tile_channels`` (for gray images only) and ``imagenet_preproc_v1``.

    Args:
        image: ``(N, H, W, 1)`` gray or ``(N, H, W, 3)`` RGB, in 0…1.
        trainable: the layers' ``trainable``; they have no weights.

    Returns:
        BGR ``(N, H, W, 3)``, ImageNet's mean subtracted.

    Raises:
        BuildError: the image has another number of channels.
    """
    channels = image.shape[-1]
    if channels == 1:
        image = TileChannels(name="tile_channels", trainable=trainable)(image)
    elif channels != 3:
        what = (
            f"images must have 1 or 3 channels for ImageNet weights, got {channels}; "
            "'random' takes any number"
        )
        raise BuildError([Fault(what, "model.backbone.resnet.weights")])
    return ImageNetPreprocessing(name="imagenet_preproc_v1", trainable=trainable)(image)

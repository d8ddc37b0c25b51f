"""The arithmetic of strides: where the network halves its resolution and where it does not.

Strides are in pixels of the model's input. Needs no Keras.
"""

from __future__ import annotations

import math

import attrs

DEEPEST = 32
"""The stride at the end of the network as its authors designed it: the largest possible."""

STAGES = ("conv2", "conv3", "conv4", "conv5")
BASE_CHANNELS = (64, 128, 256, 512)
BLOCKS = {
    "ResNet50": (3, 4, 6, 3),
    "ResNet101": (3, 4, 23, 3),
    "ResNet152": (3, 8, 36, 3),
}
"""Version → number of blocks in each stage."""


@attrs.frozen
class Stage:
    """One stage of the network: blocks of the same number of channels at one stride.

    Attributes:
        name: the prefix of its layers' names.
        channels: channels of the 3×3 convolutions; four times as many leave the stage.
        blocks: the number of blocks.
        step: stride of the first block's first convolutions.
        stride: stride of the stage's output.
        designed_stride: its stride in the network of ``max_stride`` 32.
        rate: the dilation that SLEAP wrote on its first block's 1×1 convolutions.
    """

    name: str
    channels: int
    blocks: int
    step: int
    stride: int
    designed_stride: int
    rate: int

    @property
    def dilation(self) -> int:
        """Distance of its 3×3 convolutions' taps that keeps the designed receptive field."""
        return self.designed_stride // self.stride


def stem_steps(max_stride: int) -> tuple[int, int]:
    """Strides of the stem's convolution and of its pooling."""
    return 1 if max_stride == 1 else 2, 1 if max_stride <= 2 else 2


def stages(version: str, max_stride: int) -> tuple[Stage, ...]:
    """The stages of a version: each halves the stride unless ``max_stride`` is reached."""
    stride = math.prod(stem_steps(max_stride))
    designed, rate = 4, 1
    built = []
    for index, name in enumerate(STAGES):
        nominal = 1 if index == 0 else 2
        designed *= nominal
        step = nominal if stride < max_stride else 1
        stride *= step
        rate *= nominal // step
        built.append(
            Stage(name, BASE_CHANNELS[index], BLOCKS[version][index], step, stride, designed, rate)
        )
    return tuple(built)


def strides_without_upsampling(max_stride: int) -> list[int]:
    """The strides of the encoder's features."""
    if max_stride == 1:
        return [1]
    return [1 << n for n in range(1, min(max_stride, DEEPEST).bit_length())]


def strides_with_upsampling(max_stride: int, block_stride: int) -> list[int]:
    """The strides that a decoder passes through, from ``max_stride`` down."""
    strides = [max_stride]
    while strides[-1] % block_stride == 0:
        strides.append(strides[-1] // block_stride)
    return strides


def exact_steps(max_stride: int, output_stride: int, block_stride: int) -> int | None:
    """The number of upsampling steps between two strides; ``None`` if no number joins them."""
    passed = strides_with_upsampling(max_stride, block_stride)
    return passed.index(output_stride) if output_stride in passed else None


def truncated_steps(max_stride: int, output_stride: int, block_stride: int) -> int:
    """That number as SLEAP 1.4 computed it: 8 to 4 by 2 gives 0.9999999999999998, thus 0."""
    octaves = math.log(max_stride) - math.log(output_stride)
    return max(0, int(octaves / math.log(block_stride)))

"""Inception-v3 and Inception-ResNet-v2 as tables, every padding "same".

A block is a list of branches, a branch a list of convolutions and poolings, in the order in
which the published weights' authors made them: older files number layers in this order.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import attrs


@attrs.frozen
class Conv:
    """A convolution without bias, batch norm without scale, ReLU.

    Attributes:
        filters: channels.
        rows: height of the kernel.
        columns: width of the kernel.
        stride: stride of the convolution.
    """

    filters: int
    rows: int = 1
    columns: int = 1
    stride: int = 1


@attrs.frozen
class Pool:
    """A 3×3 pooling: ``"max"`` of stride 2, or ``"average"`` of stride 1."""

    kind: str


@attrs.frozen
class Fork:
    """Two convolutions of one input, concatenated."""

    first: Conv
    second: Conv


Step = Conv | Pool | Fork


@attrs.frozen(kw_only=True)
class Block:
    """Branches, concatenated; with ``scale``, a residual block.

    Attributes:
        name: name of the concatenation, and prefix of its layers' names.
        branches: steps of each branch.
        scale: factor of the branches' sum before it is added to the input;
            ``None`` for a block without a shortcut.
        relu: whether a ReLU follows the sum of a residual block.
    """

    name: str
    branches: tuple[tuple[Step, ...], ...]
    scale: float | None = None
    relu: bool = True


def _c(filters: int, kernel: str = "1x1", stride: int = 1) -> Conv:
    rows, columns = map(int, kernel.split("x"))
    return Conv(filters, rows, columns, stride)


_MAX, _AVERAGE = Pool("max"), Pool("average")

STEM: tuple[Step, ...] = (
    _c(32, "3x3", 2),
    _c(32, "3x3"),
    _c(64, "3x3"),
    _MAX,
    _c(80),
    _c(192, "3x3"),
    _MAX,
)
"""The same for both; strides 2 and 4 are what its poolings take."""


def _five(name: str, pooled: int, small: int = 64) -> Block:
    fives = (_c(48), _c(64, "5x5"))
    threes = (_c(64), _c(96, "3x3"), _c(96, "3x3"))
    return Block(name=name, branches=((_c(small),), fives, threes, (_AVERAGE, _c(pooled))))


def _seven(name: str, width: int) -> Block:
    short = (_c(width), _c(width, "1x7"), _c(192, "7x1"))
    long = (_c(width), *(_c(width, kernel) for kernel in ("7x1", "1x7", "7x1")), _c(192, "1x7"))
    return Block(name=name, branches=((_c(192),), short, long, (_AVERAGE, _c(192))))


def _nine(name: str) -> Block:
    fork = Fork(_c(384, "1x3"), _c(384, "3x1"))
    deep = (_c(448), _c(384, "3x3"), fork)
    branches = ((_c(320),), (_c(384), fork), deep, (_AVERAGE, _c(192)))
    return Block(name=name, branches=branches)


V3 = (
    _five("mixed0", 32),
    _five("mixed1", 64),
    _five("mixed2", 64),
    Block(
        name="mixed3",
        branches=(
            (_c(384, "3x3", 2),),
            (_c(64), _c(96, "3x3"), _c(96, "3x3", 2)),
            (_MAX,),
        ),
    ),
    *(_seven(f"mixed{4 + index}", width) for index, width in enumerate((128, 160, 160, 192))),
    Block(
        name="mixed8",
        branches=(
            (_c(192), _c(320, "3x3", 2)),
            (_c(192), _c(192, "1x7"), _c(192, "7x1"), _c(192, "3x3", 2)),
            (_MAX,),
        ),
    ),
    _nine("mixed9"),
    _nine("mixed10"),
)


def _block35(number: int) -> Block:
    long = (_c(32), _c(48, "3x3"), _c(64, "3x3"))
    branches = ((_c(32),), (_c(32), _c(32, "3x3")), long)
    return Block(name=f"block35_{number}", branches=branches, scale=0.17)


def _block17(number: int) -> Block:
    branches = ((_c(192),), (_c(128), _c(160, "1x7"), _c(192, "7x1")))
    return Block(name=f"block17_{number}", branches=branches, scale=0.1)


def _block8(number: int) -> Block:
    branches = ((_c(192),), (_c(192), _c(224, "1x3"), _c(256, "3x1")))
    last = number == 10
    return Block(
        name=f"block8_{number}", branches=branches, scale=1.0 if last else 0.2, relu=not last
    )


RESNET_V2 = (
    _five("mixed_5b", 64, small=96),
    *(_block35(number) for number in range(1, 11)),
    Block(
        name="mixed_6a",
        branches=(
            (_c(384, "3x3", 2),),
            (_c(256), _c(256, "3x3"), _c(384, "3x3", 2)),
            (_MAX,),
        ),
    ),
    *(_block17(number) for number in range(1, 21)),
    Block(
        name="mixed_7a",
        branches=(
            (_c(256), _c(384, "3x3", 2)),
            (_c(256), _c(288, "3x3", 2)),
            (_c(256), _c(288, "3x3"), _c(320, "3x3", 2)),
            (_MAX,),
        ),
    ),
    *(_block8(number) for number in range(1, 11)),
)

SKIPS = {
    "inceptionv3": {8: "mixed2", 16: "mixed7"},
    "inceptionresnetv2": {8: "block35_10", 16: "block17_20"},
}
"""Encoder → stride → the block whose output has its features."""

TABLES = {"inceptionv3": V3, "inceptionresnetv2": RESNET_V2}
LAST_FILTERS = {"inceptionresnetv2": 1536}
"""Channels of a last convolution ``conv_7b``, where there is one."""


def convolutions(name: str) -> Iterator[str]:
    """What the names of the convolutions begin with, in the order of creation."""
    yield from _of_branch("stem", STEM)
    for block in TABLES[name]:
        for index, branch in enumerate(block.branches):
            yield from _of_branch(f"{block.name}_{index}", branch)


def _of_branch(prefix: str, branch: tuple[Step, ...]) -> Iterator[str]:
    for index, step in enumerate(branch):
        if isinstance(step, Conv):
            yield f"{prefix}_{index}"
        elif isinstance(step, Fork):
            yield f"{prefix}_{index}a"
            yield f"{prefix}_{index}b"


def old_names(name: str) -> dict[str, tuple[str, ...]]:
    """The files' names of the layers that Keras named."""
    names: dict[str, tuple[str, ...]] = {}
    for number, prefix in zip(count(), convolutions(name)):
        names[f"{prefix}_conv"] = (f"conv2d#{number}",)
        names[f"{prefix}_bn"] = (f"batch_normalization#{number}",)
    return names

"""The native residual family as a table: ResNet, ResNeXt, SE-ResNet, SE-ResNeXt, SENet.

Every member is four stages of residual units behind a stem. Names here, and the names of
older files, follow from the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import attrs

MXNET, TORCH = 2e-5, 9.999999747378752e-06
"""Epsilon of batch norm in the two families that the published weights were made with."""


@attrs.frozen(kw_only=True)
class Residual:
    """One member of the family. Channels are those of stage 1; each stage has twice as many.

    Attributes:
        units: residual units in each of the four stages.
        channels: of the two or three convolutions of a unit. Two are 3×3 and 3×3; three are
            1×1, 3×3 and 1×1.
        preactivated: whether batch norm and ReLU come before a convolution, or after it.
        groups: of the 3×3 convolution in a unit of three.
        strided: which convolution of a stage's first unit has the stride, from 1.
        squeeze: whether a unit weighs its channels by squeeze and excitation.
        shortcut: kernel of the shortcut's convolution where it has a stride.
        stem: ``"normalized"`` begins with a batch norm, ``"plain"`` with a 7×7 convolution,
            ``"deep"`` with three of 3×3.
        epsilon: of every batch norm.
        initializer: of every kernel.
        named: whether files know layers by the names here, but for those of groups and of
            squeeze and excitation; else Keras named all of them.
    """

    units: tuple[int, int, int, int]
    channels: tuple[int, ...]
    preactivated: bool = False
    groups: int = 1
    strided: int = 2
    squeeze: bool = False
    shortcut: int = 1
    stem: Literal["normalized", "plain", "deep"] = "normalized"
    epsilon: float = MXNET
    initializer: str = "he_uniform"
    named: bool = True

    @property
    def kernels(self) -> tuple[int, ...]:
        """Height and width of the convolutions of a unit."""
        return (3, 3) if len(self.channels) == 2 else (1, 3, 1)

    @property
    def offers_entries(self) -> bool:
        """Whether the features of a stride are the first ReLU of the next stage.

        Else they are what leaves a stage, after its last ReLU.
        """
        return self.stem == "normalized"

    def each_unit(self) -> Iterator[tuple[int, int]]:
        """Stage and unit, both from 1."""
        for stage, units in enumerate(self.units, 1):
            for unit in range(1, units + 1):
                yield stage, unit


def _basic(units: tuple[int, int, int, int], squeeze: bool = False) -> Residual:
    return Residual(units=units, channels=(64, 64), preactivated=True, strided=1, squeeze=squeeze)


def _resnet(units: tuple[int, int, int, int]) -> Residual:
    return Residual(units=units, channels=(64, 64, 256), preactivated=True)


def _resnext(units: tuple[int, int, int, int]) -> Residual:
    return Residual(units=units, channels=(128, 128, 256), groups=32, initializer="glorot_uniform")


def _squeezed(
    units: tuple[int, int, int, int],
    channels: tuple[int, int, int],
    *,
    groups: int = 1,
    strided: int = 2,
    shortcut: int = 1,
    stem: Literal["plain", "deep"] = "plain",
) -> Residual:
    return Residual(
        units=units,
        channels=channels,
        groups=groups,
        strided=strided,
        squeeze=True,
        shortcut=shortcut,
        stem=stem,
        epsilon=TORCH,
        named=False,
    )


_18, _34, _101, _152 = (2, 2, 2, 2), (3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3)
_50 = _34

RESIDUAL = {
    "resnet18": _basic(_18),
    "resnet34": _basic(_34),
    "resnet50": _resnet(_50),
    "resnet101": _resnet(_101),
    "resnet152": _resnet(_152),
    "resnext50": _resnext(_50),
    "resnext101": _resnext(_101),
    "seresnet18": _basic(_18, squeeze=True),
    "seresnet34": _basic(_34, squeeze=True),
    "seresnet50": _squeezed(_50, (64, 64, 256), strided=1),
    "seresnet101": _squeezed(_101, (64, 64, 256), strided=1),
    "seresnet152": _squeezed(_152, (64, 64, 256), strided=1),
    "seresnext50": _squeezed(_50, (128, 128, 256), groups=32),
    "seresnext101": _squeezed(_101, (128, 128, 256), groups=32),
    "senet154": _squeezed(_152, (128, 256, 256), groups=64, shortcut=3, stem="deep"),
}


def old_names(table: Residual) -> dict[str, tuple[str, ...]]:
    """The files' names of the layers that Keras named, in the order of creation."""
    names: dict[str, tuple[str, ...]] = {}
    convolutions, norms = 0, 0
    for own, copies, is_norm in _automatic(table):
        if is_norm:
            names[own] = (f"batch_normalization#{norms}",)
            norms += 1
        else:
            numbers = range(convolutions, convolutions + copies)
            names[own] = tuple(f"conv2d#{number}" for number in numbers)
            convolutions += copies
    return names


def stem_names(table: Residual) -> list[str]:
    """The suffixes of the stem's convolutions' names."""
    return ["0_1", "0_2", "0_3"] if table.stem == "deep" else ["0"]


def _automatic(table: Residual) -> Iterator[tuple[str, int, bool]]:
    """Name, number of layers in the file, whether it is a batch norm; in order of creation."""
    if not table.named:
        for name in stem_names(table):
            yield f"conv{name}", 1, False
            yield f"bn{name}", 1, True
    for stage, unit in table.each_unit():
        prefix = f"stage{stage}_unit{unit}_"
        for number in range(1, len(table.channels) + 1):
            copies = table.groups if number == 2 else 1
            if not table.named or copies > 1:
                yield f"{prefix}conv{number}", copies, False
            if not table.named:
                yield f"{prefix}bn{number}", 1, True
        if not table.named and unit == 1:
            yield f"{prefix}sc", 1, False
            yield f"{prefix}sc_bn", 1, True
        if table.squeeze:
            yield f"{prefix}se_reduce", 1, False
            yield f"{prefix}se_expand", 1, False

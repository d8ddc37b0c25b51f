"""The scheme that UNet, LEAP and Hourglass share: a stem, then stacks of encoder and decoder.

The backbone decides what a block contains. The scheme decides the order, the name prefixes,
which features each decoder block gets as its skip source, and which features a backbone
offers to heads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from poise.errors import BuildError, Fault
from poise.specs import Features, Tensor

EncoderBlock = Callable[[Tensor, str], Tensor]
"""``block(x, prefix) -> x``: the name of every layer it creates begins with prefix."""

DecoderBlock = Callable[[Tensor, Tensor | None, str], Tensor]
"""``block(x, source, prefix) -> x`` with half the stride; ``source`` also has that stride.
It is ``None`` if the encoder has no features of that stride."""


@attrs.frozen
class Stage:
    """One block on the way down, in a stem or an encoder.

    Attributes:
        block: creates the layers.
        stride: stride of its output, in pixels of the model's input.
        label: appended to the prefix after an underscore, as in ``stack0_enc4_last_pool``;
            empty for none.
    """

    block: EncoderBlock
    stride: int
    label: str = ""


def encoder_decoder(
    image: Tensor,
    *,
    encoder: Sequence[Stage],
    decoder: Sequence[DecoderBlock],
    stem: Sequence[Stage] = (),
    stacks: int = 1,
    skips: bool = True,
) -> list[Features]:
    """Run the stem once, and the encoder and decoder once per stack.

    A stack begins with the last features of the previous stack. Name prefixes:
    ``stem{i}``, ``stack{t}_enc{i}``, ``stack{t}_dec{j}``, each with its stage's label; t, i
    and j count from 0.

    The skip source of a decoder block is the stem's output if that has the block's output
    stride. This holds in every stack, and the encoder's features of that stride are then
    unused. Otherwise the source is the output of the first encoder stage with that stride.
    Features of the encoder's last stride are never sources.

    Args:
        image: ``(N, H, W, C)``; H and W multiples of the largest stride.
        encoder: stages from the stem's stride to the largest, at least one.
        decoder: blocks that each halve the stride.
        stem: stages that run once; empty for none.
        stacks: how often encoder and decoder are repeated.
        skips: whether decoder blocks get skip sources.

    Returns:
        For each stack, the features by stride: the input of every decoder block and the
        stack's last features.

    Raises:
        BuildError: there are several stacks, but a decoder does not end at the stride where
            the next encoder begins.
    """
    _check_strides(stem, encoder, decoder, stacks)
    x = image
    sources: list[tuple[int, Tensor]] = []
    if stem:
        x = _run(stem, x, "stem")[-1]
        sources = [(stem[-1].stride, x)]
    features: list[Features] = []
    for t in range(stacks):
        outputs = _run(encoder, x, f"stack{t}_enc")
        x = outputs[-1]
        stride = encoder[-1].stride
        offered = sources + [
            (stage.stride, output)
            for stage, output in zip(encoder, outputs, strict=True)
            if stage.stride < stride
        ]
        of_stack = {stride: x}
        for j, block in enumerate(decoder):
            stride //= 2
            x = block(x, _first(offered, stride) if skips else None, f"stack{t}_dec{j}")
            of_stack[stride] = x
        features.append(of_stack)
    return features


def _run(stages: Sequence[Stage], x: Tensor, prefix: str) -> list[Tensor]:
    outputs = []
    for i, stage in enumerate(stages):
        label = f"_{stage.label}" if stage.label else ""
        x = stage.block(x, f"{prefix}{i}{label}")
        outputs.append(x)
    return outputs


def _first(offered: list[tuple[int, Tensor]], stride: int) -> Tensor | None:
    return next((tensor for at, tensor in offered if at == stride), None)


def _check_strides(
    stem: Sequence[Stage], encoder: Sequence[Stage], decoder: Sequence[DecoderBlock], stacks: int
) -> None:
    begins = stem[-1].stride if stem else 1
    ends = encoder[-1].stride >> len(decoder)
    if stacks > 1 and begins != ends:
        what = f"each of {stacks} stacks must end at stride {begins}, where the next begins"
        raise BuildError([Fault(f"{what}, got stride {ends}")])

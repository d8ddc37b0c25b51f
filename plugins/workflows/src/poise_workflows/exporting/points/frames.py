"""Preparation of frames within a graph: the numbers of ``poise_workflows.frames.preparation``.

Frames are tensors ``(N, H, W, C)`` of float32 with the values of uint8, whole numbers.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from poise_workflows.frames.preparation import LUMA, SizeMatch, neighbors


def matched(frames: Any, match: SizeMatch) -> Any:
    """Frames in the target's size; see ``SizeMatch.image``."""
    if match.size == match.target:
        return frames
    rows, columns = (match.target[axis] - match.resized[axis] for axis in (0, 1))
    return ops.pad(resized(frames, match.resized), ((0, 0), (0, rows), (0, columns), (0, 0)))


def resized(frames: Any, size: tuple[int, int]) -> Any:
    """Bilinear between the centers of pixels, then truncated; see ``preparation.resized``."""
    if frames.shape[1:3] == size:
        return frames
    for axis, side in enumerate(size, start=1):
        low, high, weight = neighbors(frames.shape[axis], side)
        first, second = (ops.take(frames, pixels.astype("int32"), axis) for pixels in (low, high))
        frames = first + (second - first) * weight.reshape(-1, *[1] * (3 - axis))
    return ops.floor(frames)


def with_channels(frames: Any, channels: int) -> Any:
    """Frames with as many channels as a network sees; see ``preparation.with_channels``."""
    if channels == 1 and frames.shape[-1] == 3:
        gray = ops.matmul(frames * (1 / 255), LUMA[:, None])
        return ops.floor(gray * 255.5)  # SLEAP rounds so: the largest value and a half, truncated
    if channels == 3 and frames.shape[-1] == 1:
        return ops.concatenate([frames] * 3, axis=-1)
    return frames

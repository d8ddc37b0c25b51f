"""The one affine warp of augmentation, on Keras' backend."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise_workflows.augmentation.placements import Matrices, Placements


def warp(images: Any, placements: Placements) -> Any:
    """Move images as their points move: bilinear, and black where nothing was.

    Args:
        images: ``(N, H, W, C)`` floats of Keras' backend.
        placements: where to.

    Returns:
        ``(N, height, width, C)`` floats, of the size that ``placements`` names.
    """
    from keras import ops

    size = int(images.shape[1]), int(images.shape[2])
    if size == placements.size and (placements.matrices == np.eye(3)).all():
        return images
    wide = [max(pair) for pair in zip(size, placements.size, strict=True)]
    border = "constant" if placements.reflected is None else "reflect"
    if border == "constant":
        images = ops.pad(images, _after(size, wide))
    moved = ops.image.affine_transform(
        images,
        _coefficients(placements.matrices),
        interpolation="bilinear",
        fill_mode=border,
        data_format="channels_last",
    )
    if border == "reflect":
        moved = ops.pad(moved * _inside(placements, size), _after(size, wide))
    height, width = placements.size
    return moved[:, :height, :width]


def _after(size: tuple[int, int], wide: list[int]) -> list[tuple[int, int]]:
    """Padding at the bottom and the right."""
    rows, columns = (length - side for side, length in zip(size, wide, strict=True))
    return [(0, 0), (0, rows), (0, columns), (0, 0)]


def _coefficients(matrices: Matrices) -> Any:
    """``(N, 8)``: for each pixel of the result, where it comes from."""
    back = np.linalg.inv(matrices).reshape(-1, 9)
    return (back[:, :8] / back[:, 8:]).astype(np.float32)


def _inside(placements: Placements, size: tuple[int, int]) -> Any:
    """1 where a pixel comes from the reflected image, and 0 beyond its border."""
    assert placements.reflected is not None
    height, width = size
    rest = placements.matrices @ np.linalg.inv(placements.reflected)
    back = np.linalg.inv(rest)
    y, x = np.mgrid[:height, :width]
    places = np.stack([x, y, np.ones_like(x)], -1) @ back[:, None].transpose(0, 1, 3, 2)
    last = np.array([width - 1, height - 1])
    near = (places[..., :2] > -0.5) & (places[..., :2] < last + 0.5)
    return near.all(-1, keepdims=True).astype(np.float32)

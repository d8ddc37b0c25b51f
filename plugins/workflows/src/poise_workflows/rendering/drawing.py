"""Draw the poses of a frame over it, with sleap-io."""

from __future__ import annotations

import numpy as np

from poise_workflows.frames.sources import Array, Frame
from poise_workflows.rendering.poses import Poses

Crop = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels; right and bottom are outside."""

_MARKERS = 250
"""A part is drawn with a radius of the longer side of the image divided by this."""


def drawn(poses: Poses, frame: Frame, size: tuple[int, int], crop: Crop | None) -> Array:
    """The frame with its poses.

    Args:
        poses: of its video.
        frame: the frame; one that cannot be read is black.
        size: height and width of the frames.
        crop: what to cut out.

    Returns:
        ``(H, W, 3)``, uint8.
    """
    import sleap_io

    radius = max(2.0, max(size) / _MARKERS)
    row = poses.rows.get(frame.number)
    image: Array = sleap_io.render_image(
        None if row is None else poses.labels,
        lf_ind=row,
        image=_as_bytes(frame, size),
        crop=crop,
        color_by="track" if row is not None and poses.labels.tracks else "instance",
        marker_size=radius,
        line_width=radius / 2,
    )
    # Without poses, sleap-io leaves a gray image as it is.
    return np.broadcast_to(image, (*image.shape[:2], 3))


def _as_bytes(frame: Frame, size: tuple[int, int]) -> Array:
    if frame.image is None:
        return np.zeros((*size, 3), np.uint8)
    if frame.image.dtype == np.uint8:
        return frame.image
    scaled: Array = (frame.image.clip(0, 1) * 255).round().astype(np.uint8)
    return scaled

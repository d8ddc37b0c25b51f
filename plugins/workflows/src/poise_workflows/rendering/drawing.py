"""Draw the poses of a frame over it, with sleap-io."""

from __future__ import annotations

import numpy as np

from poise_workflows.frames.sources import Array, Frame
from poise_workflows.rendering.cropping import Cut
from poise_workflows.rendering.poses import Poses
from poise_workflows.rendering.styles import Style

_LEVELS = {"black": 0, "gray": 128, "white": 255}


def drawn(poses: Poses, frame: Frame, size: tuple[int, int], cut: Cut, style: Style) -> Array:
    """The frame with its poses.

    Args:
        poses: of its video.
        frame: the frame; one that cannot be read is black.
        size: height and width of the frames.
        cut: what to cut out.
        style: how poses look.

    Returns:
        ``(H, W, 3)``, uint8.
    """
    import sleap_io

    radius = style.radius(size)
    row = poses.rows.get(frame.number)
    tracks = "track" if poses.labels.tracks else "instance"
    animals = [] if row is None else poses.labels.labeled_frames[row].instances
    image: Array = sleap_io.render_image(
        None if row is None else poses.labels,
        lf_ind=row,
        image=_as_bytes(frame, size, style.background),
        crop=cut.of(animals),
        color_by="instance" if row is None else style.color_by or tracks,
        palette=style.palette,
        marker_size=radius,
        line_width=radius / 2,
        show_edges=not style.no_edges,
        scale=style.scale,
    )
    # Without poses, sleap-io leaves a gray image as it is.
    return np.broadcast_to(image, (*image.shape[:2], 3))


def _as_bytes(frame: Frame, size: tuple[int, int], background: str) -> Array:
    if background != "video":
        return np.full((*size, 3), _LEVELS[background], np.uint8)
    if frame.image is None:
        return np.zeros((*size, 3), np.uint8)
    if frame.image.dtype == np.uint8:
        return frame.image
    scaled: Array = (frame.image.clip(0, 1) * 255).round().astype(np.uint8)
    return scaled

"""Move points from one image to another by optical flow, with OpenCV."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise.editions import means_sleap
from poise.errors import ConfigError, Fault
from poise.messages import first_line
from poise_workflows.tracking.contract import Image
from poise_workflows.tracking.differences import CHANNELS_OF_FLOW, HALF_PIXEL_OF_FLOW

ROUNDS, LEAST_STEP = 30, 0.01
"""The search for a point ends after so many rounds, or once it moves it by fewer pixels."""

Gray = npt.NDArray[np.uint8]
"""An image of one channel, ``(H, W)``."""

Points = npt.NDArray[Any]
"""In double precision; in single precision where optical flow has moved them."""


def opencv() -> Any:
    """OpenCV, imported when a tracker that needs it is built.

    Raises:
        ConfigError: it is not installed, or cannot be imported.
    """
    try:
        return import_module("cv2")
    except ImportError as error:
        what = f"optical flow needs OpenCV: {first_line(error)}"
        fix = 'pip install "poise-workflows[flow]"'
        raise ConfigError([Fault(f"{what}\n  fix: {fix}")]) from error


@attrs.frozen(kw_only=True)
class Flow:
    """Pyramidal optical flow, after Lucas and Kanade, of single points.

    Attributes:
        cv2: the module.
        scale: images are resized by this factor.
        offset: from the point that resizing leaves where it is to (0, 0), in pixels.
        is_bgr: whether the first of three channels is taken for blue.
        window: side of the window around a point that is looked for, in pixels of that image.
        levels: how many times the image is halved, to look for large motions first.
    """

    cv2: Any = attrs.field(repr=False)
    scale: float = 1.0
    window: int = 21
    levels: int = 3
    offset: float = 0.5
    is_bgr: bool = False

    def prepare(self, image: Image) -> Gray:
        """The image ``(H, W, C)`` as flow is computed from it."""
        gray = self._gray(image)
        if self.scale == 1:
            return gray
        resized: Gray = self.cv2.resize(gray, None, fx=self.scale, fy=self.scale)
        return resized

    def shift(self, points: Points, start: Gray, end: Gray) -> Points:
        """Where points have gone.

        Args:
            points: ``(..., 2)``: x, y in pixels of the frame. NaN for missing points.
            start: the prepared image in which they are.
            end: the prepared image in which they are looked for.

        Returns:
            ``(..., 2)``, in the single precision of OpenCV; NaN for points that are missing or
            not found, as all are if the images differ in size.
        """
        shifted = np.full(points.shape, np.nan, np.float32)
        visible = ~np.isnan(points).any(axis=-1)
        if visible.any() and start.shape == end.shape:
            shifted[visible] = self._look_for(points[visible], start, end)
        return shifted

    def _look_for(self, points: Points, start: Gray, end: Gray) -> Points:
        begin = ((points + self.offset) * self.scale - self.offset).astype(np.float32)
        stop = self.cv2.TERM_CRITERIA_EPS | self.cv2.TERM_CRITERIA_COUNT, ROUNDS, LEAST_STEP
        moved, status, _ = self.cv2.calcOpticalFlowPyrLK(
            start,
            end,
            begin[:, None],
            None,
            winSize=(self.window, self.window),
            maxLevel=self.levels,
            criteria=stop,
        )
        result = (moved[:, 0] + self.offset) / self.scale - self.offset
        return np.where(status == 1, result, np.float32(np.nan))

    def _gray(self, image: Image) -> Gray:
        if image.shape[-1] == 1:
            return np.ascontiguousarray(image[..., 0])
        order = self.cv2.COLOR_BGR2GRAY if self.is_bgr else self.cv2.COLOR_RGB2GRAY
        gray: Gray = self.cv2.cvtColor(image, order)
        return gray


def flow_of(*, scale: float = 1.0, window: int = 21, levels: int = 3) -> Flow:
    """Optical flow as the running edition has it.

    Raises:
        ConfigError: there is no OpenCV.
    """
    # Resizing scales distances from the corner of the image, half a pixel from (0, 0).
    offset = 0.0 if scale == 1 or means_sleap(HALF_PIXEL_OF_FLOW) else 0.5
    return Flow(
        cv2=opencv(),
        scale=scale,
        window=window,
        levels=levels,
        offset=offset,
        is_bgr=means_sleap(CHANNELS_OF_FLOW),
    )

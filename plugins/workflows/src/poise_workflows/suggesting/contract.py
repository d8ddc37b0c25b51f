"""What a suggester is: the contract of the entry-point group ``poise.suggesters``.

A suggester says how bad the predictions of each frame of a video are. It is a plain function. A
plugin returns one ``SuggesterSpec`` for each of its entry points from the hook
``poise_suggesters``; the suggesters of Poise enter by the same door.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
import numpy.typing as npt

API = 1
"""Version of this contract."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


@attrs.frozen(kw_only=True, eq=False)
class Predictions:
    """What is predicted in a video: its frames, and the animals of all frames in one table.

    Nobody can write to the arrays.

    Attributes:
        frames: ``(F,)``: numbers of the frames, counted from 0 and ascending. Frames without an
            animal are among them.
        rows: ``(I,)``: index into ``frames`` of the frame of each animal, ascending.
        points: ``(I, P, 2)``: x then y in pixels of the frame, x to the right and y down; the
            center of the top-left pixel is (0, 0). NaN for missing parts.
        point_scores: ``(I, P)``: how sure the model is of each part. NaN for missing parts, and
            any value where the program that predicted has written it.
        scores: ``(I,)``: how sure the model is of each animal; likewise.
        tracks: ``(I,)``: index of each animal's track; -1 for none.
        labeled: ``(F,)``: whether a person has labeled the frame. Its animals are then the
            person's, with scores of 1.
        parts: names of the parts, in the order of the points.
        image_size: height and width of the frames in pixels; ``None`` if nobody knows.
    """

    frames: Integers
    rows: Integers
    points: Floats
    point_scores: Floats
    scores: Floats
    tracks: Integers
    labeled: Booleans
    parts: tuple[str, ...]
    image_size: tuple[int, int] | None = None

    def __len__(self) -> int:
        """The number of frames."""
        return len(self.frames)

    @property
    def counts(self) -> Integers:
        """How many animals each frame has, ``(F,)``."""
        return np.bincount(self.rows, minlength=len(self.frames)).astype(np.int64)

    @property
    def visible(self) -> Booleans:
        """Which parts of each animal have a place, ``(I, P)``."""
        return np.asarray(np.isfinite(self.points).all(axis=-1), np.bool_)


@attrs.frozen(kw_only=True)
class SuggesterSpec:
    """A suggester: a function that judges the predictions of a video.

    Attributes:
        key: its name on the command line, as in ``--by KEY``; equal to the name of its entry
            point.
        badness: ``badness(predictions) -> (F,)``: how bad the predictions of each frame are. A
            frame with a greater value is suggested first; no value is infinite. A frame whose
            value is 0 or less, or NaN, has no fault that the function sees, and is not suggested
            by it. Values of different videos are compared with each other.
        summary: one line for listings: the fault that it finds.
        api: version of the contract that the spec was written for.
    """

    key: str
    badness: Callable[[Predictions], npt.ArrayLike]
    summary: str = ""
    api: int = API

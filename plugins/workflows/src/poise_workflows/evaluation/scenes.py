"""What is compared: the animals of a frame, labeled and predicted, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@attrs.frozen(kw_only=True, eq=False)
class Animals:
    """The animals of one frame.

    Attributes:
        points: ``(N, P, 2)``, (x, y) in pixels of the frame; NaN for a part that is not there.
        scores: ``(N,)``.
        tracks: the name of the track of each; ``None`` for none.
    """

    points: Array
    scores: Array
    tracks: tuple[str | None, ...]

    @classmethod
    def of(cls, instances: Sequence[Any], order: Sequence[int]) -> Animals:
        """Of instances of sleap-io.

        Args:
            instances: the animals.
            order: the index of each part in their skeletons.
        """
        points = [instance.numpy()[list(order)] for instance in instances]
        scores = [getattr(instance, "score", None) for instance in instances]
        return cls(
            points=np.array(points, np.float64).reshape(len(instances), len(order), 2),
            scores=np.array([np.nan if each is None else each for each in scores], np.float64),
            tracks=tuple(i.track.name if i.track is not None else None for i in instances),
        )

    def __len__(self) -> int:
        return len(self.points)

    @property
    def visible(self) -> Array:
        """``(N, P)``: which parts are there."""
        return np.asarray(~np.isnan(self.points).any(axis=-1))


@attrs.frozen(kw_only=True, eq=False)
class Scene:
    """A labeled frame and what was predicted of it.

    Attributes:
        video: index of its video in the truth.
        title: path of the video.
        number: of the frame in the video.
        truth: the labeled animals.
        predicted: the predicted animals.
        has_predictions: whether the predictions have this frame.
    """

    video: int
    title: str
    number: int
    truth: Animals
    predicted: Animals
    has_predictions: bool = True


@attrs.frozen(kw_only=True, eq=False)
class Comparison:
    """All that is compared.

    Attributes:
        parts: the names of the parts, in the order of the truth.
        scenes: the labeled frames, in the order of the truth.
        notes: what the user should know of them, a sentence each.
    """

    parts: tuple[str, ...]
    scenes: tuple[Scene, ...]
    notes: tuple[str, ...] = ()

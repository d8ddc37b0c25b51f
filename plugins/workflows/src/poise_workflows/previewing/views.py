"""What a preview shows of a frame: its labels, maps, and the animals decoded from the maps."""

from __future__ import annotations

import attrs
import numpy as np

from poise import Instances
from poise_workflows.frames.labeled import Array, LabeledFrame
from poise_workflows.previewing.matching import matches_of


@attrs.frozen(kw_only=True, eq=False)
class Outcome:
    """Maps of a frame, the animals decoded from them, and the labels that these match.

    Attributes:
        maps: targets or predictions, arrays of a batch of one image, by output name.
        decoded: the animals that decoding finds in ``maps``, in pixels of the frame as the
            model sees it.
        matches: ``(K,)``: index of the labeled animal that each decoded one matches; -1 where
            it matches none.
        distances: ``(K, P)`` in pixels of the frame as it was labeled: how far each part of
            the decoded animals is from that part of the labeled one, over the parts that both
            have. NaN where a part is not decoded or not labeled, or the animal matches none.
    """

    maps: dict[str, Array]
    decoded: Instances
    matches: Array
    distances: Array

    @classmethod
    def of(
        cls,
        frame: LabeledFrame,
        maps: dict[str, Array],
        decoded: Instances,
        distances: Array | None = None,
    ) -> Outcome:
        """Match the decoded animals of ``frame``, which is as the model sees it."""
        matches = matches_of(frame, decoded)
        if distances is None:
            distances = np.full((len(matches), 0), np.nan)
        return cls(maps=maps, decoded=decoded, matches=matches, distances=distances)


@attrs.frozen(kw_only=True, eq=False)
class View:
    """A labeled frame in a preview.

    Attributes:
        frame: the frame as the model sees it: resized, and cut out if requested.
        targets: what training learns of its labels, and what decoding makes of that at best.
        predictions: what a trained model predicts of its image; ``None`` without a trained
            model or an image.
    """

    frame: LabeledFrame
    targets: Outcome
    predictions: Outcome | None = None

"""What evaluation in SLEAP 1.4 leaves out."""

from __future__ import annotations

from poise.editions import Difference

UNMATCHED_PREDICTIONS = Difference(
    name="unmatched_predictions",
    sleap="average precision sees matched pairs alone: a prediction that matches no animal costs "
    "nothing",
    documented="a prediction that matches no animal is a false positive at every threshold",
    path="evaluate",
)
FRAMES_WITHOUT_PREDICTIONS = Difference(
    name="frames_without_predictions",
    sleap="a labeled frame that the predictions lack is left out",
    documented="the animals of a labeled frame that the predictions lack are missed",
    path="evaluate",
)
UNLABELED_PARTS = Difference(
    name="unlabeled_parts_of_pck",
    sleap="a part that is not labeled counts as wrong in PCK, whatever was predicted",
    documented="PCK is the share of the labeled parts",
    path="evaluate",
)
EVALUATION: tuple[Difference, ...] = (
    UNMATCHED_PREDICTIONS,
    FRAMES_WITHOUT_PREDICTIONS,
    UNLABELED_PARTS,
)

"""What each metric means, in one sentence beside its figure."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from poise.editions import SLEAP, Edition


@attrs.frozen
class Meaning:
    """A metric where people read it.

    Attributes:
        label: what it is called.
        text: what it says, in one sentence.
        in_sleap: what it says in edition sleap-1.4, if that is something else.
    """

    label: str
    text: str
    in_sleap: str = ""

    def in_edition(self, edition: Edition) -> str:
        """The sentence in an edition."""
        return self.in_sleap if edition == SLEAP and self.in_sleap else self.text


MEANINGS: Mapping[str, Meaning] = {
    "dist.avg": Meaning("mean error", "Pixels between a predicted part and its label, on average."),
    "dist.p50": Meaning("median error", "Half of the parts are at most this many pixels off."),
    "dist.p75": Meaning("75 % error", "75 % of the parts are at most this many pixels off."),
    "dist.p90": Meaning("90 % error", "90 % of the parts are at most this many pixels off."),
    "dist.p95": Meaning("95 % error", "95 % of the parts are at most this many pixels off."),
    "dist.p99": Meaning("99 % error", "99 % of the parts are at most this many pixels off."),
    "frames.labeled": Meaning("frames", "Labeled frames that were compared."),
    "frames.without_predictions": Meaning(
        "frames lacking", "Labeled frames that the predictions lack; their animals are missed."
    ),
    "frames.trained": Meaning(
        "frames trained on", "Labeled frames that trained the model, which therefore flatter it."
    ),
    "detection.matched": Meaning("animals matched", "Labeled animals that a prediction matches."),
    "detection.missed": Meaning("animals missed", "Labeled animals that no prediction matches."),
    "detection.false": Meaning("animals invented", "Predictions that match no labeled animal."),
    "detection.precision": Meaning(
        "precision", "Share of the predictions that match a labeled animal."
    ),
    "detection.recall": Meaning(
        "recall", "Share of the labeled animals that a prediction matches."
    ),
    "detection.f1": Meaning("F1", "Harmonic mean of precision and recall: 1 if all animals match."),
    "oks.mOKS": Meaning("mean OKS", "Similarity of matched animals, 1 for equal ones, on average."),
    "oks_voc.mAP": Meaning(
        "mAP of OKS",
        "Average precision over OKS from 0.5 to 0.95; invented and missed animals lower it.",
        "Average precision over OKS from 0.5 to 0.95; invented animals do not lower it.",
    ),
    "oks_voc.mAR": Meaning(
        "mAR of OKS", "Share of the animals that match, averaged over OKS from 0.5 to 0.95."
    ),
    "pck.mPCK": Meaning(
        "mean PCK",
        "Share of the labeled parts of matched animals within 1 to 10 pixels, on average.",
        "Share of all parts of matched animals within 1 to 10 pixels, on average.",
    ),
    "pck_voc.mAP": Meaning(
        "mAP of PCK",
        "Average precision over PCK from 0.5 to 0.95; invented and missed animals lower it.",
        "Average precision over PCK from 0.5 to 0.95; invented animals do not lower it.",
    ),
    "pck_voc.mAR": Meaning(
        "mAR of PCK", "Share of the animals that match, averaged over PCK from 0.5 to 0.95."
    ),
    "vis.tp": Meaning("parts right", "Labeled parts of matched animals that are predicted."),
    "vis.fp": Meaning("parts invented", "Parts of matched animals that only the model has."),
    "vis.tn": Meaning("parts in neither", "Parts of matched animals that neither has."),
    "vis.fn": Meaning("parts lost", "Labeled parts of matched animals that are not predicted."),
    "vis.precision": Meaning("part precision", "Share of the predicted parts that are labeled."),
    "vis.recall": Meaning("part recall", "Share of the labeled parts that are predicted."),
    "identity.accuracy": Meaning(
        "identity accuracy",
        "Share of the matched animals whose predicted track has the name of the labeled one.",
    ),
    "tracking.switches": Meaning(
        "switches", "How often an animal got another track than it had before."
    ),
    "tracking.fragments": Meaning(
        "fragments", "How often an animal was lost and then detected again."
    ),
    "tracking.idf1": Meaning(
        "IDF1", "Share of animals in the track that fits them best: 1 if no identity is mixed up."
    ),
    "tracking.hota": Meaning(
        "HOTA", "How well animals are detected and kept apart, over OKS from 0.05 to 0.95."
    ),
}
"""Metric → its meaning, in the order in which they are shown."""

COLUMNS: Mapping[str, Meaning] = {
    "mean": Meaning("mean", "Error in pixels, on average."),
    "median": Meaning("median", "Half of the errors are at most this many pixels."),
    "p95": Meaning("95 %", "95 % of the errors are at most this many pixels."),
    "pck": Meaning("PCK", "Share within 1 to 10 pixels, on average."),
    "labeled": Meaning("labeled", "How often it is labeled."),
    "detected": Meaning("detected", "How often it is predicted where it is labeled."),
    "accuracy": Meaning("identity", "Share of the predictions whose track has its name."),
    "switches": Meaning("switches", "How often it got another track than it had before."),
    "fragments": Meaning("fragments", "How often it was lost and then detected again."),
}
"""Column of the tables of parts and of animals → its meaning."""

"""From the frames that are compared to everything that an evaluation says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np

from poise import editions
from poise.editions import DOCUMENTED, Edition
from poise.messages import argument, counted
from poise_workflows.evaluation import hota
from poise_workflows.evaluation.accuracy import accuracy_of
from poise_workflows.evaluation.by_animal import by_animal
from poise_workflows.evaluation.detection import by_part, detection_of
from poise_workflows.evaluation.differences import FRAMES_WITHOUT_PREDICTIONS
from poise_workflows.evaluation.histories import histories_of
from poise_workflows.evaluation.identities import identities_of, notes_of
from poise_workflows.evaluation.matching import match
from poise_workflows.evaluation.pairs import Pairs, joined
from poise_workflows.evaluation.results import Evaluation
from poise_workflows.evaluation.scenes import Comparison, Scene
from poise_workflows.evaluation.training_frames import Shared

STAGES: Mapping[str, str] = {
    "centroid": "a model of stage centroid alone: each center that it predicts takes the parts of "
    "the labeled animal nearest to it, as in SLEAP; animals that are missed and invented tell how "
    "good it is",
    "crop": "a model of stage crop alone: it sees crops around the labeled animals, as in SLEAP, "
    "so that no animal is missed or invented where another model finds them",
}
"""Stage of a model of top-down that predicts alone → what its figures mean."""


def evaluation_of(
    comparison: Comparison,
    options: Mapping[str, Any],
    edition: str,
    *,
    names: tuple[str, str] = ("", ""),
    shared: Shared | None = None,
    stage: str = "",
    notes: Sequence[str] = (),
) -> Evaluation:
    """Compute every metric.

    Args:
        comparison: the frames.
        options: those of ``checks.DEFAULTS``, and others of the call.
        edition: of the metrics.
        names: of the truth and of the predictions.
        shared: which frames trained the model.
        stage: of a model of top-down that predicted alone; else empty.
        notes: what to know of the frames, a sentence each, before all other notes.
    """
    with editions.edition(cast("Edition", edition)):
        result = _evaluation(comparison, options, names, shared, stage)
    said = [*notes, STAGES.get(stage, ""), *result["notes"]]
    return Evaluation(**{**result, "notes": tuple(filter(None, said))})


def _evaluation(
    comparison: Comparison,
    options: Mapping[str, Any],
    names: tuple[str, str],
    shared: Shared | None,
    stage: str,
) -> dict[str, Any]:
    scenes, skipped = _scenes(comparison)
    limits = options["oks_stddev"], options["oks_scale"], options["match_threshold"]
    matches = [match(scene, *limits) for scene in scenes]
    pairs = joined(scenes, matches, len(comparison.parts))
    metrics = accuracy_of(pairs)
    notes = [*comparison.notes, *_notes(pairs, limits[1], skipped)]
    parts, animals = {}, {}
    if editions.current() == DOCUMENTED:
        histories = histories_of(scenes, matches)
        metrics |= detection_of(scenes, pairs) | identities_of(histories)
        parts = by_part(pairs, comparison.parts)
        animals = by_animal(histories, pairs)
        notes += notes_of(histories)
        more, said = _whole_tracks(scenes, metrics, limits)
        metrics |= more
        notes += said
        if shared is not None:
            metrics["frames.trained"] = shared.count
            notes += shared.notes
        if stage == "centroid":
            metrics, parts = _without_pixels(metrics), {}
    return {
        "truth": names[0],
        "predicted": names[1],
        "edition": editions.current(),
        "options": dict(options),
        "metrics": metrics,
        "parts": parts,
        "animals": animals,
        "notes": notes,
    }


def _whole_tracks(
    scenes: Sequence[Scene], metrics: Mapping[str, Any], limits: tuple[Any, ...]
) -> tuple[dict[str, float], list[str]]:
    """HOTA, where animals are tracked; or how to get it."""
    if np.isnan(metrics["tracking.idf1"]):
        return ({"tracking.hota": float("nan")}, []) if hota.is_installed() else ({}, [])
    if not hota.is_installed():
        return {}, [hota.GET_IT]
    return {"tracking.hota": hota.hota_of(scenes, *limits[:2])}, []


def _without_pixels(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Without errors that are 0 since the parts were taken from the truth."""
    return {
        name: float("nan") if name.startswith("dist.") and isinstance(value, float) else value
        for name, value in metrics.items()
    }


def _scenes(comparison: Comparison) -> tuple[list[Scene], int]:
    """The frames that count, and how many do not."""
    scenes = list(comparison.scenes)
    if editions.means_sleap(FRAMES_WITHOUT_PREDICTIONS):
        scenes = [scene for scene in scenes if scene.has_predictions]
    return scenes, len(comparison.scenes) - len(scenes)


def _notes(pairs: Pairs, scale: float | None, skipped: int) -> Iterator[str]:
    if skipped:
        yield f"{counted(skipped, 'labeled frame')} without predictions, left out as in SLEAP"
    if not len(pairs):
        yield "no prediction matches an animal: errors, OKS and PCK have no figures"
    flat = 0 if scale is not None else _flat(pairs)
    if flat:
        yield (
            f"{counted(flat, 'labeled animal')} whose box has no area: such an animal matches only "
            f"a prediction that is exactly there; pass {argument('oks_scale', value='400')}, in "
            "square pixels"
        )


def _flat(pairs: Pairs) -> int:
    """How many labeled animals have all parts on one horizontal or vertical line."""
    animals = np.concatenate([pairs.truth, pairs.missed])
    if not len(animals):
        return 0
    sides = np.nanmax(animals, axis=1) - np.nanmin(animals, axis=1)
    return int((sides.prod(axis=-1) == 0).sum())

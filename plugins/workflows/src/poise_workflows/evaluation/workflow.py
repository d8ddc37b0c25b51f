"""``evaluate``: predictions beside a truth."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

from poise import editions
from poise.editions import DOCUMENTED, EDITIONS, Edition
from poise.errors import Fault
from poise.messages import argument, argument_path, counted, join_names, short_repr
from poise.writing.whole_files import refuse_taken
from poise_workflows.evaluation.accuracy import accuracy_of
from poise_workflows.evaluation.by_animal import by_animal
from poise_workflows.evaluation.detection import by_part, detection_of
from poise_workflows.evaluation.differences import FRAMES_WITHOUT_PREDICTIONS
from poise_workflows.evaluation.errors import EvaluationError
from poise_workflows.evaluation.histories import histories_of
from poise_workflows.evaluation.identities import identities_of, notes_of
from poise_workflows.evaluation.matching import match
from poise_workflows.evaluation.metric_files import SUFFIXES, write_metrics
from poise_workflows.evaluation.opening import opened
from poise_workflows.evaluation.pairing import compare
from poise_workflows.evaluation.pairs import Pairs, joined
from poise_workflows.evaluation.results import Evaluation
from poise_workflows.evaluation.scenes import Comparison, Scene


def evaluate(
    truth: Any,
    predicted: Any,
    *,
    output: str | os.PathLike[str] | None = None,
    edition: str = DOCUMENTED,
    user_labels_only: bool = True,
    oks_stddev: float = 0.025,
    oks_scale: float | None = None,
    match_threshold: float = 0.0,
    overwrite: bool = False,
) -> Evaluation:
    """Compare predictions with a truth.

    Frames are the same if their videos and their numbers are. In each labeled frame, the
    predictions by descending score take the most similar labeled animal that is left.

    Args:
        truth: a path of labels, or a ``sleap_io.Labels``.
        predicted: a path of predictions, or a ``sleap_io.Labels``. What people labeled in it is
            left out.
        output: a file for the metrics: ``.json`` for figures with their meanings, ``.npz`` for
            all arrays by SLEAP's names.
        edition: ``"2026"``, or ``"sleap-1.4"`` for SLEAP's metrics alone.
        user_labels_only: whether predictions in ``truth`` are left out.
        oks_stddev: how far off a part may be, as a part of the animal's size.
        oks_scale: area of an animal in square pixels; by default that of the box around its
            labeled parts.
        match_threshold: animals match if their OKS is above it, from 0 to 1.
        overwrite: replace a file that is there.

    Returns:
        The metrics, errors in pixels of the frames; ``to_dict()`` has them by SLEAP's names.

    Raises:
        EvaluationError: the labels cannot be compared, or an option is out of its domain.
        SourceError: a file cannot be read.
        PoiseError: the output is there.
    """
    options = {
        "user_labels_only": user_labels_only,
        "oks_stddev": oks_stddev,
        "oks_scale": oks_scale,
        "match_threshold": match_threshold,
    }
    place = None if output is None else Path(output)
    _check(edition, options, place)
    if place is not None:
        refuse_taken(place, overwrite, "the file of metrics")
    with (
        opened(truth, "truth") as (name, labels),
        opened(predicted, "predicted") as (other, predictions),
    ):
        comparison = compare(labels, predictions, user_labels_only=user_labels_only)
    with editions.edition(cast("Edition", edition)):
        result = _evaluation(comparison, options, name, other)
    if place is not None:
        write_metrics(result, place)
    return result


def _evaluation(
    comparison: Comparison, options: Mapping[str, Any], truth: str, predicted: str
) -> Evaluation:
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
    return Evaluation(
        truth=truth,
        predicted=predicted,
        edition=editions.current(),
        options=options,
        metrics=metrics,
        parts=parts,
        animals=animals,
        notes=tuple(notes),
    )


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


def _check(edition: str, options: Mapping[str, Any], output: Path | None) -> None:
    faults = [*_option_faults(edition, options), *_output_faults(output)]
    if faults:
        raise EvaluationError(faults)


def _option_faults(edition: str, options: Mapping[str, Any]) -> Iterator[Fault]:
    if edition not in EDITIONS:
        what = f"must be one of {join_names(EDITIONS)}, got {short_repr(edition)}"
        yield Fault(what, argument_path("edition"))
    if not isinstance(options["user_labels_only"], bool):
        what = f"must be True or False, got {short_repr(options['user_labels_only'])}"
        yield Fault(what, argument_path("user_labels_only"))
    for name in ("oks_stddev", "oks_scale"):
        value = options[name]
        if not (name == "oks_scale" and value is None) and not _is_number(value, above=0):
            yield Fault(f"must be a number above 0, got {short_repr(value)}", argument_path(name))
    value = options["match_threshold"]
    if not (_is_number(value) and 0 <= value < 1):
        what = f"must be a number from 0 to below 1, got {short_repr(value)}"
        yield Fault(what, argument_path("match_threshold"))


def _is_number(value: Any, above: float = float("-inf")) -> bool:
    is_real = isinstance(value, int | float) and not isinstance(value, bool)
    return is_real and above < value < float("inf")


def _output_faults(output: Path | None) -> Iterator[Fault]:
    if output is None:
        return
    where = argument_path("output")
    if output.suffix not in SUFFIXES:
        yield Fault(f"must end in {' or '.join(SUFFIXES)}, got {output}", where)
    if not output.parent.is_dir():
        fix = f"make the folder {output.parent}"
        yield Fault(f"must be in a folder that is there, got {output}; {fix}", where)

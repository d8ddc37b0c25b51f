"""Any number of animals, their parts joined by fields: ``multi_instance``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from poise.instances import Instances, gathered
from poise.missing import Dropped, Missing
from poise_heads.confmaps.peaks import Floats, Integers
from poise_heads.decoding.host import on_host
from poise_heads.decoding.one_part import refined_peaks
from poise_heads.decoding.options import PATCH, THRESHOLD, check
from poise_heads.edge_order import breadth_first
from poise_heads.pafs.candidates import Candidates, candidates, group_peaks
from poise_heads.pafs.grouping import animals_of_peaks, assemble
from poise_heads.pafs.matching import Matches, match
from poise_heads.pafs.scoring import read_beyond, scores

BEYOND = "a part lies beyond the last cell of the fields, where SLEAP 1.4 stops with an error"


@attrs.frozen(kw_only=True)
class Fields:
    """How part affinity fields are read; see :func:`poise_heads.decoding.multi_instance`."""

    n_points: int = 10
    max_edge_length_ratio: float = 0.25
    dist_penalty_weight: float = 1.0
    min_line_scores: float = 0.25
    min_instance_peaks: float = 0

    def __attrs_post_init__(self) -> None:
        check(**attrs.asdict(self))


@attrs.frozen(eq=False)
class Joined:
    """The results of joining peaks, step by step.

    Attributes:
        pairs: every candidate.
        scores: ``(M,)``, of the candidates.
        matches: the candidates matched one to one, good or not.
        points: ``(A, P, 2)`` of the animals, in pixels of the model's input.
        point_scores: ``(A, P)``.
        instance_scores: ``(A,)``.
        image: ``(A,)``.
        incomplete: ``(D,)``: the images of animals that have too few parts.
    """

    pairs: Candidates
    scores: Floats
    matches: Matches
    points: Floats
    point_scores: Floats
    instance_scores: Floats
    image: Integers
    incomplete: Integers


def multi_instance(
    config: Any,
    predictions: Mapping[str, Any],
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
    max_instances: int | None = None,
    n_points: int = 10,
    max_edge_length_ratio: float = 0.25,
    dist_penalty_weight: float = 1.0,
    min_line_scores: float = 0.25,
    min_instance_peaks: float = 0,
) -> Instances:
    """Every peak is a part; the fields between two parts tell whether one animal has both.

    Args:
        config: a ``MultiInstanceConfig`` with ``part_names`` and ``edges``.
        predictions: ``confmaps`` ``(N, H, W, P)``, ``pafs`` ``(N, H', W', 2 · E)`` and, if
            refined, ``offsets`` ``(N, H, W, 2 · P)``.
        threshold: cells of confidence maps below it are not parts.
        refinement: how parts are located within their cells: ``"auto"`` (by offsets if the model
            predicts them, else integral), ``"offsets"``, ``"integral"``, ``"local"`` (a quarter
            of a cell towards the higher neighbor), ``"none"`` or ``None``.
        patch: side of the square of cells that integral refinement weighs, odd. It should cover
            most of a peak, and no other peak.
        max_instances: keep at most this many animals of each image, those with the best scores.
            ``None`` keeps all.
        n_points: at how many points between two parts the field is read.
        max_edge_length_ratio: longer edges than this part of the image's longer side score
            lower.
        dist_penalty_weight: by how much, at most.
        min_line_scores: pairs of parts that score less are not joined.
        min_instance_peaks: animals with fewer parts are dropped: an integer, or a float as
            a ratio of the number of parts.

    Returns:
        Animals of two parts or more, each part joined to another by an edge. An animal's
        score is the sum of its edges' scores.
    """
    fields = Fields(
        n_points=n_points,
        max_edge_length_ratio=max_edge_length_ratio,
        dist_penalty_weight=dist_penalty_weight,
        min_line_scores=min_line_scores,
        min_instance_peaks=min_instance_peaks,
    )
    check(max_instances=max_instances)
    stride = config.confmaps.output_stride
    peaks, points = refined_peaks(predictions, stride, threshold, refinement, patch)
    pafs, z = on_host(predictions, "pafs"), config.pafs.output_stride
    animals = join(
        pafs,
        points,
        peaks.value,
        peaks.image,
        peaks.part,
        part_names=config.confmaps.part_names,
        edges=config.pafs.edges,
        stride=z,
        fields=fields,
    )
    return gathered(
        animals.points,
        animals.point_scores,
        animals.instance_scores,
        animals.image,
        images=len(pafs),
        parts=config.confmaps.part_names,
        max_instances=max_instances,
        missing=_why_not_joined(animals, np.unique(peaks.image), fields),
        notes=[
            (int(image), BEYOND)
            for image in np.unique(peaks.image[read_beyond(pafs, points, animals.pairs, stride=z)])
        ],
        dropped=Dropped.by("min_instance_peaks", min_instance_peaks, animals.incomplete),
    )


def _why_not_joined(animals: Joined, images: Integers, fields: Fields) -> list[Missing]:
    """Why there are no animals in some of the images that have peaks."""
    reasons = []
    for image in map(int, np.setdiff1d(images, animals.image)):
        scored = animals.scores[animals.pairs.image == image]
        best = float(np.fmax.reduce(scored, initial=-np.inf))
        why: dict[str, Any] = {"quantity": "pairs of parts that an edge may join", "value": 0}
        if len(scored) and best < fields.min_line_scores:
            why = {"quantity": "highest score of two parts", "value": best}
            why |= {"option": "min_line_scores", "limit": fields.min_line_scores}
        elif len(scored):
            why = {"quantity": "animals with enough parts", "value": 0}
            why |= {"option": "min_instance_peaks", "limit": fields.min_instance_peaks}
        reasons.append(Missing(image=image, **why))
    return reasons


def join(
    pafs: Floats,
    points: Floats,
    values: Floats,
    image: Integers,
    part: Integers,
    *,
    part_names: Sequence[str],
    edges: Sequence[tuple[str, str]],
    stride: int,
    fields: Fields,
) -> Joined:
    """Join peaks to animals: candidates, scores, matches, groups.

    Args:
        pafs: ``(N, H, W, 2 · E)``.
        points: ``(K, 2)``, x then y in pixels of the model's input.
        values: ``(K,)``, of the peaks.
        image: ``(K,)``.
        part: ``(K,)``, indices into ``part_names``.
        part_names: names of the parts.
        edges: pairs of part names; an edge with any other name joins nothing.
        stride: stride of the fields.
        fields: how the fields are read.
    """
    indices = {name: index for index, name in enumerate(part_names)}
    parts, nowhere = len(part_names) + 1, len(part_names)
    ends = np.array([[indices.get(end, nowhere) for end in edge] for edge in edges])
    pairs = candidates(group_peaks(image, part, len(pafs), parts), ends)
    of_pairs = scores(
        pafs,
        points,
        pairs,
        stride=stride,
        n_points=fields.n_points,
        max_edge_length_ratio=fields.max_edge_length_ratio,
        dist_penalty_weight=fields.dist_penalty_weight,
    )
    matches = match(pairs, of_pairs)
    good = matches[matches.score >= fields.min_line_scores]
    animal, within = animals_of_peaks(good, breadth_first(edges), part, parts)
    return Joined(
        pairs,
        of_pairs,
        matches,
        *assemble(
            animal,
            within,
            image,
            part,
            points,
            values,
            parts=len(part_names),
            min_instance_peaks=fields.min_instance_peaks,
        ),
    )

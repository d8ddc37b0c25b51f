"""How alike an instance and a candidate are: the similarities that ``--tracking.similarity`` names.

Each is a pair of functions: what it needs of an instance, computed once, and the similarities of
all instances to all candidates, ``(I, C)``; NaN where there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from poise.editions import means_sleap
from poise.errors import ConfigError, Fault
from poise_workflows.tracking.contract import Floats, Setting
from poise_workflows.tracking.described import Described, Features, boxes_of, medians_of
from poise_workflows.tracking.differences import ERRORS_OF_PARTS, PIXELS


class Similarity(NamedTuple):
    """A similarity.

    Attributes:
        features: what it needs of an instance.
        between: similarities of instances (rows) to candidates (columns).
    """

    features: Features
    between: Callable[[Described, Described], Floats]


def similarity_of(config: Any, setting: Setting) -> Similarity:
    """The similarity that options ask for, in the running edition.

    Raises:
        ConfigError: it needs what the setting does not have.
    """
    match config.similarity:
        case "centroid":
            return Similarity(lambda points, scores: medians_of(points), _nearness)
        case "iou":
            return Similarity(lambda points, scores: boxes_of(points), _overlap)
        case "normalized_instance":
            return Similarity(partial(_in_images, _extent(setting)), _closeness)
        case "object_keypoint":
            return _object_keypoint(config, setting)
    if means_sleap(PIXELS):
        return Similarity(_flat, _closeness)
    return Similarity(_flat, partial(_closeness_in_sizes, size_without_extent(setting)))


def size_without_extent(setting: Setting) -> float:
    """The size in pixels that an animal of one visible part has: a tenth of the image."""
    return float(np.hypot(*setting.image_size)) / 10 if setting.image_size else 100.0


def sizes_of_pairs(instances: Floats, candidates: Floats, without: float) -> Floats:
    """The size of the animal that each pair would be, ``(I, C)``: the larger of the two.

    An animal of which parts are missing looks small.
    """
    sizes = np.maximum(instances[:, None], candidates[None])
    return np.where(sizes > 0, sizes, without)


def _flat(points: Floats, scores: Floats) -> Floats:
    return points.reshape(len(points), 2 * points.shape[1])


def _in_images(extent: Floats, points: Floats, scores: Floats) -> Floats:
    return _flat(points / extent, scores)


def _extent(setting: Setting) -> Floats:
    if setting.image_size is None:
        what = "must have a known image size for 'normalized_instance', got none"
        raise ConfigError([Fault(f"{what}; 'instance' needs none", "similarity")])
    height, width = setting.image_size
    return np.array([width, height], float)


def _squares(instances: Floats, candidates: Floats) -> Floats:
    """Squared distances of parts, ``(I, C, P)``, of features that are flat points."""
    difference = instances[:, None] - candidates[None]
    difference *= difference
    result: Floats = difference[..., 0::2] + difference[..., 1::2]
    return result


def _mean_of(closeness: Floats, count: Any) -> Floats:
    """Sums over the parts visible in both, by a count; NaN where that is 0."""
    with np.errstate(invalid="ignore"):
        result: Floats = np.nansum(closeness, axis=-1) / count
    return result


def _closeness(instances: Described, candidates: Described) -> Floats:
    squares = _squares(instances.features, candidates.features)
    return _mean_of(np.exp(-squares), instances.visible[:, None])


def _closeness_in_sizes(without: float, instances: Described, candidates: Described) -> Floats:
    """The mean over the parts visible in either: a fragment is not as alike as the whole animal."""
    quarters = sizes_of_pairs(instances.sizes, candidates.sizes, without) / 4
    squares = _squares(instances.features, candidates.features)
    in_both = (~np.isnan(squares)).sum(axis=-1)
    in_either = instances.visible[:, None] + candidates.visible[None] - in_both
    return _mean_of(np.exp(-squares / (2 * quarters**2)[..., None]), in_either)


def _nearness(instances: Described, candidates: Described) -> Floats:
    result: Floats = -np.sqrt(_squares(instances.features, candidates.features)[..., 0])
    return result


def _overlap(instances: Described, candidates: Described) -> Floats:
    """Intersection over union; each side has the pixels of both its ends."""
    first, second = instances.features[:, None], candidates.features[None]
    low = np.maximum(first[..., :2], second[..., :2])
    sides = np.minimum(first[..., 2:], second[..., 2:]) - low + 1
    both = np.maximum(sides[..., 0], 0) * np.maximum(sides[..., 1], 0)
    result: Floats = both / (areas_of(first) + areas_of(second) - both)
    return result


def areas_of(boxes: Floats) -> Floats:
    """Areas in pixels, ``(…,)``, of boxes ``(…, 4)``: each side has the pixels of both ends."""
    sides = boxes[..., 2:] - boxes[..., :2] + 1
    result: Floats = sides[..., 0] * sides[..., 1]
    return result


def _object_keypoint(config: Any, setting: Setting) -> Similarity:
    divisors = 2 * errors_of_parts(config.oks_errors, len(setting.parts)) ** 2
    between = partial(
        _by_errors, divisors, weighted=config.oks_score_weighting, by=config.oks_normalization
    )
    return Similarity(_with_scores, between)


def errors_of_parts(errors: tuple[float, ...], parts: int) -> Floats:
    """An error for each part."""
    if len(errors) not in (1, parts) and not means_sleap(ERRORS_OF_PARTS):
        what = f"must have one value, or one for each of {parts} parts, got {len(errors)}"
        raise ConfigError([Fault(what, "oks_errors")])
    return np.array([*errors, *[errors[-1]] * parts][:parts], float)


def _with_scores(points: Floats, scores: Floats) -> Floats:
    return np.concatenate([_flat(points, scores), scores], axis=1)


def _by_errors(
    divisors: Floats, instances: Described, candidates: Described, *, weighted: bool, by: str
) -> Floats:
    parts = len(divisors)
    first, second = instances.features, candidates.features
    squares = _squares(first[:, : 2 * parts], second[:, : 2 * parts])
    closeness = np.exp(-squares / divisors)
    if weighted:
        closeness *= first[:, None, 2 * parts :] * second[None, :, 2 * parts :]
    count: Any = {
        "all": parts,
        "ref": instances.visible[:, None],
        "union": (~np.isnan(squares)).sum(axis=-1),
    }[by]
    return np.where(np.equal(count, 0), 0.0, _mean_of(closeness, count))

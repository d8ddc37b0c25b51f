"""Checks of a head's stage, which decides how it combines with other heads."""

from __future__ import annotations

import numpy as np

from poise.labels import Labels
from poise.messages import join_names
from poise.testing.check import NotApplicable, check, require
from poise.testing.checks.decoding import POINTS_BACK, SIZE, decoded, shape_of
from poise.testing.subjects import HeadSubject

ANIMALS = ((30.0, 24.0), (96.0, 66.0))
"""x and y of two made-up animals, in pixels, clearly apart."""


@check(
    "head",
    scope="example",
    fix="return one point for each animal from decode, or leave stage at 'image'",
    after=POINTS_BACK,
)
def a_head_of_stage_centroid_finds_one_point_of_each_animal(subject: HeadSubject) -> None:
    """The second stage gets a crop around each of these points.

    It never sees an animal without a point.
    """
    if subject.spec.stage != "centroid":
        raise NotApplicable(f"the head is of stage {subject.spec.stage!r}")
    require(subject.spec.decode is not None, "decode must find points, got None")
    nothing = {output.name: np.zeros(shape_of(output), np.float32) for output in subject.outputs}
    parts = decoded(subject, nothing).parts
    problem = f"an animal must have 1 point, got {len(parts)} ({join_names(parts)})"
    require(len(parts) == 1, problem)
    if any(output.targets is None for output in subject.outputs):
        return  # there are no perfect predictions to decode
    points = np.array(
        [[[center] for center in ANIMALS], [[(np.nan, np.nan)]] * 2], dtype=np.float32
    )
    labels = Labels(points, classes=np.array([[0, 1], [-1, -1]]), parts=parts)
    targets = {
        output.name: output.targets(labels, SIZE) for output in subject.outputs if output.targets
    }
    counts = decoded(subject, targets).counts.tolist()
    problem = f"must find two animals in the first image and none in the second, got {counts}"
    require(counts == [2, 0], problem)


@check(
    "head",
    scope="example",
    fix="return only the best animal of each crop from decode, or leave stage at 'image'",
    after=POINTS_BACK,
)
def a_head_of_stage_crop_finds_one_animal_at_most(subject: HeadSubject) -> None:
    """Each animal has its own crop, in which its neighbors may be visible.

    An animal that is found in a neighbor's crop would be found twice.
    """
    if subject.spec.stage != "crop":
        raise NotApplicable(f"the head is of stage {subject.spec.stage!r}")
    if subject.spec.decode is None:
        raise NotApplicable("the head does not decode")
    rng = np.random.default_rng(0)
    crowded = {
        output.name: rng.uniform(size=shape_of(output)).astype(np.float32)
        for output in subject.outputs
    }
    counts = decoded(subject, crowded).counts.tolist()
    problem = f"must find at most 1 animal in a crop of random predictions, got {counts}"
    require(max(counts) <= 1, problem)

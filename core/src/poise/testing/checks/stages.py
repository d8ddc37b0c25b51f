"""What a head promises of its stage: that other heads can be combined with it."""

from __future__ import annotations

import numpy as np

from poise.labels import Labels
from poise.messages import listed
from poise.testing.check import NotApplicable, check, require
from poise.testing.checks.decoding import POINTS_BACK, SIZE, decoded, shape_of
from poise.testing.subjects import HeadSubject

ANIMALS = ((30.0, 24.0), (96.0, 66.0))
"""x and y of two made-up animals, in pixels, too far apart to be taken for one."""


@check(
    "head",
    scope="example",
    fix="let decode return one point for each animal in the image, or leave stage at 'image'",
    after=POINTS_BACK,
)
def a_head_of_stage_centroid_finds_one_point_of_each_animal(subject: HeadSubject) -> None:
    """Crops are cut around these points, one for each animal.

    An animal without a point is never seen by the second stage.
    """
    if subject.spec.stage != "centroid":
        raise NotApplicable(f"the head is of stage {subject.spec.stage!r}")
    require(subject.spec.decode is not None, "decode is None, so that it finds no points")
    nothing = {output.name: np.zeros(shape_of(output), np.float32) for output in subject.outputs}
    parts = decoded(subject, nothing).parts
    require(len(parts) == 1, f"an animal has {len(parts)} points ({listed(parts)}), 1 is due")
    if any(output.targets is None for output in subject.outputs):
        return  # what it finds of perfect predictions cannot be asked
    points = np.array(
        [[[center] for center in ANIMALS], [[(np.nan, np.nan)]] * 2], dtype=np.float32
    )
    labels = Labels(points, classes=np.array([[0, 1], [-1, -1]]), parts=parts)
    targets = {
        output.name: output.targets(labels, SIZE) for output in subject.outputs if output.targets
    }
    counts = decoded(subject, targets).counts.tolist()
    require(counts == [2, 0], f"of two animals in the first image, none in the second, {counts}")


@check(
    "head",
    scope="example",
    fix="let decode take the one best animal of each crop, or leave stage at 'image'",
    after=POINTS_BACK,
)
def a_head_of_stage_crop_finds_one_animal_at_most(subject: HeadSubject) -> None:
    """A crop is cut around one animal, and its neighbours are in crops of their own.

    What else is found in a crop would be found twice.
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
    require(max(counts) <= 1, f"in two crops of random predictions, {counts} animals")

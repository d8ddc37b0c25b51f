"""Checks of the targets that a head makes from labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise.errors import LabelsError
from poise.labels import Labels
from poise.specs import Output
from poise.testing.check import NotApplicable, check, require
from poise.testing.checks.outputs import OUTPUTS
from poise.testing.standins import SKELETON
from poise.testing.subjects import HeadSubject

SIZES = ((96, 128), (37, 51), (1, 1))
"""Heights and widths of made-up images, in pixels."""
IMAGES, INSTANCES = 2, 3

SHAPED = "targets_have_the_shapes_of_their_outputs"
EMPTY = "invisible_parts_give_empty_targets"


@check(
    "head",
    scope="example",
    fix="return from Output.targets(labels, size) float32 arrays (N, ceil(H/stride), "
    "ceil(W/stride), channels), or (N, channels) for an output that is not spatial, without NaN",
    after=OUTPUTS,
)
def targets_have_the_shapes_of_their_outputs(subject: HeadSubject) -> None:
    """A loss compares targets with predictions cell by cell, also for images of odd sizes."""
    rng = np.random.default_rng(0)
    for size in SIZES:
        for output, targets in _targets(subject, lambda shape: rng.uniform(0, 40, shape), size):
            cells = tuple(-(-length // output.stride) for length in size)
            expected = (IMAGES, *(cells if output.spatial else ()), output.channels)
            which = f"targets of {output.name!r} for images of {size[0]} × {size[1]}"
            problem = f"{which} must have the shape {expected}, got {targets.shape}"
            require(targets.shape == expected, problem)
            problem = f"{which} must be float32, got {targets.dtype}"
            require(targets.dtype == np.float32, problem)
            _require_finite(targets, which)


@check(
    "head",
    scope="example",
    fix="skip points that are NaN; compute nothing from them",
    after=(SHAPED,),
)
def invisible_parts_give_empty_targets(subject: HeadSubject) -> None:
    """Batches are padded with NaN, and parts are hidden in most frames.

    One NaN in a target makes the loss NaN, and then every weight of the model.
    """
    for output, targets in _targets(subject, lambda shape: np.full(shape, np.nan), SIZES[0]):
        which = f"targets of {output.name!r} of invisible parts"
        _require_finite(targets, which)
        largest = float(np.abs(targets).max())
        require(largest == 0, f"{which} must be 0, got up to {largest:g}")


@check(
    "head",
    scope="example",
    fix="let Output.targets(labels, size) accept points of shape (N, 0, P, 2): a minimum, a "
    "maximum or an index over the instances needs a case for none",
    after=(SHAPED,),
)
def images_without_animals_give_empty_targets(subject: HeadSubject) -> None:
    """Labels hold frames in which nobody found an animal.

    Their batch has no instances, not even invisible ones.
    """
    nobody = _targets(subject, lambda shape: np.zeros(shape), SIZES[0], instances=0)
    seen = _targets(subject, lambda shape: np.zeros(shape), SIZES[0])
    for (output, targets), (_, others) in zip(nobody, seen, strict=True):
        which = f"targets of {output.name!r} for images without animals"
        problem = f"{which} must have the shape {others.shape}, got {targets.shape}"
        require(targets.shape == others.shape, problem)
        require(not np.any(targets), f"{which} must be 0, got {targets.min():g}…{targets.max():g}")


def _targets(
    subject: HeadSubject, points: Any, size: tuple[int, int], instances: int = INSTANCES
) -> list[tuple[Output, np.ndarray]]:
    """The outputs that have targets, each with targets from made-up labels."""
    outputs = [output for output in subject.outputs if output.targets is not None]
    if not outputs:
        raise NotApplicable("the head does not make targets")
    classes = np.full((IMAGES, instances), -1, dtype=np.int32)
    error: LabelsError | None = None
    # As many unnamed parts as the head has maps, else the parts of the made-up skeleton.
    for count, parts in ((outputs[0].channels, None), (len(SKELETON.parts), SKELETON.parts)):
        shape = (IMAGES, instances, count, 2)
        labels = Labels(points(shape).astype(np.float32), classes=classes, parts=parts)
        try:
            return [
                (output, _array(output.targets(labels, size)))
                for output in outputs
                if output.targets
            ]
        except LabelsError as refused:
            error = refused
    raise NotApplicable(f"the suite cannot make up labels that it accepts: {error}")


def _require_finite(targets: np.ndarray, which: str) -> None:
    require(np.isfinite(targets).all(), f"{which} must be finite, got NaN or infinity")


def _array(tensor: Any) -> np.ndarray:
    from keras import ops

    array: np.ndarray = ops.convert_to_numpy(tensor)
    return array

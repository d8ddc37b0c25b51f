"""What a head promises of the targets that it makes of labels."""

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
    fix="let Output.targets(labels, size) return float32 arrays (N, ceil(H/stride), "
    "ceil(W/stride), channels), or (N, channels) for an output that is not spatial, without NaN",
    after=OUTPUTS,
)
def targets_have_the_shapes_of_their_outputs(subject: HeadSubject) -> None:
    """A loss compares targets with predictions cell by cell, also in images of odd sizes."""
    rng = np.random.default_rng(0)
    for size in SIZES:
        for output, targets in _targets(subject, lambda shape: rng.uniform(0, 40, shape), size):
            cells = tuple(-(-length // output.stride) for length in size)
            expected = (IMAGES, *(cells if output.spatial else ()), output.channels)
            which = f"targets of {output.name!r} for images of {size[0]} × {size[1]}"
            require(
                targets.shape == expected,
                f"{which} have the shape {targets.shape}, {expected} is due",
            )
            require(targets.dtype == np.float32, f"{which} are {targets.dtype}, float32 is due")
            require(np.isfinite(targets).all(), f"{which} are not finite")


@check(
    "head",
    scope="example",
    fix="leave out points that are NaN; never compute anything from them",
    after=(SHAPED,),
)
def invisible_parts_give_empty_targets(subject: HeadSubject) -> None:
    """Batches are filled up with NaN, and parts are hidden in most frames.

    One NaN in a target makes the loss NaN, and with it every weight of the model.
    """
    for output, targets in _targets(subject, lambda shape: np.full(shape, np.nan), SIZES[0]):
        which = f"targets of {output.name!r} of invisible parts"
        require(np.isfinite(targets).all(), f"{which} are not finite")
        largest = float(np.abs(targets).max())
        require(largest == 0, f"{which} are not 0 but up to {largest:g}")


def _targets(
    subject: HeadSubject, points: Any, size: tuple[int, int]
) -> list[tuple[Output, np.ndarray]]:
    """The outputs with targets of made-up labels."""
    outputs = [output for output in subject.outputs if output.targets is not None]
    if not outputs:
        raise NotApplicable("the head does not make targets")
    classes = np.full((IMAGES, INSTANCES), -1, dtype=np.int32)
    error: LabelsError | None = None
    # The head's own parts, as many as it has maps; else those of the standard skeleton by name.
    for count, parts in ((outputs[0].channels, None), (len(SKELETON.parts), SKELETON.parts)):
        shape = (IMAGES, INSTANCES, count, 2)
        labels = Labels(points(shape).astype(np.float32), classes=classes, parts=parts)
        try:
            return [
                (output, _array(output.targets(labels, size)))
                for output in outputs
                if output.targets
            ]
        except LabelsError as refused:
            error = refused
    raise NotApplicable(f"labels that it takes cannot be made up: {error}")


def _array(tensor: Any) -> np.ndarray:
    from keras import ops

    array: np.ndarray = ops.convert_to_numpy(tensor)
    return array

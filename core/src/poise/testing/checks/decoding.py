"""Checks of a head's decoder."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from poise.errors import BuildError
from poise.instances import Instances
from poise.labels import Labels
from poise.messages import join_names
from poise.specs import Output
from poise.testing.check import BrokenPromise, NotApplicable, check, require
from poise.testing.checks.outputs import OUTPUTS
from poise.testing.checks.targets import EMPTY as EMPTY_TARGETS
from poise.testing.standins import CLASSES, SKELETON
from poise.testing.subjects import HeadSubject

SIZE = (96, 128)
"""Height and width of the made-up image, in pixels."""
MIDDLE, RADIUS = (60.0, 45.0), 18.0
"""x and y of the center of a circle, and its radius, in pixels: the made-up animal's parts."""

EMPTY = "empty_predictions_hold_no_animals"
POINTS_BACK = (*OUTPUTS, EMPTY, EMPTY_TARGETS, "decoding_targets_gives_the_points_back")


@check(
    "head",
    scope="example",
    fix="let decode(config, predictions) take further options as keywords with defaults, and "
    "return poise.Instances without animals where no confidence reaches the threshold",
    after=(*OUTPUTS, "a_resolved_configuration_needs_no_skeleton"),
)
def empty_predictions_hold_no_animals(subject: HeadSubject) -> None:
    """Many recordings consist mostly of empty frames."""
    instances = of_nothing(subject)
    require(len(instances) == 2, f"decode must return 2 images, got {len(instances)}")
    counts = instances.counts.tolist()
    require(counts == [0, 0], f"predictions of zeros must give no animals, got {counts}")


def of_nothing(subject: HeadSubject) -> Instances:
    """What a head decodes from predictions of zeros.

    Raises:
        NotApplicable: it does not decode.
    """
    if subject.spec.decode is None:
        raise NotApplicable("the head does not decode")
    nothing = {output.name: np.zeros(shape_of(output), np.float32) for output in subject.outputs}
    return decoded(subject, nothing)


def shape_of(output: Output) -> tuple[int, ...]:
    """The shape of an output's predictions for two images of ``SIZE``."""
    cells = tuple(-(-length // output.stride) for length in SIZE)
    return (2, *(cells if output.spatial else ()), output.channels)


def decoded(subject: HeadSubject, predictions: dict[str, Any]) -> Instances:
    """The instances that a head decodes from predictions, as arrays.

    Raises:
        BrokenPromise: decode returned something else.
    """
    assert subject.spec.decode is not None
    instances = subject.spec.decode(with_names(subject), predictions)
    if not isinstance(instances, Instances):
        raise BrokenPromise(f"decode must return poise.Instances, got a {type(instances).__name__}")
    for name in ("points", "point_scores", "instance_scores", "counts"):
        kind = type(getattr(instances, name)).__name__
        problem = f"{name} must be a NumPy array, got a {kind}"
        require(isinstance(getattr(instances, name), np.ndarray), problem)
    return instances


def with_names(subject: HeadSubject) -> Any:
    """The example's configuration as ``decode`` gets it: with names of parts and classes."""
    resolve = subject.spec.resolve
    if resolve is None:
        return subject.config
    try:
        return resolve(subject.config, None, None)
    except BuildError:
        return resolve(subject.config, SKELETON, CLASSES)


@check(
    "head",
    scope="example",
    fix="let decode invert Output.targets: x before y, cells times the stride, and the parts in "
    "the same order",
    after=(*OUTPUTS, EMPTY, EMPTY_TARGETS),
)
def decoding_targets_gives_the_points_back(subject: HeadSubject) -> None:
    """A model that has learned its targets perfectly must find the labeled points.

    Otherwise every model is off by this error, however long it is trained.
    """
    parts = of_nothing(subject).parts
    if any(output.targets is None for output in subject.outputs):
        raise NotApplicable("the head does not make targets for all of its outputs")
    points = np.full((2, 1, len(parts), 2), np.nan, dtype=np.float32)
    turns = 2 * math.pi * np.arange(len(parts)) / len(parts)
    points[0, 0] = MIDDLE + RADIUS * np.stack([np.cos(turns), np.sin(turns)], axis=-1)
    labels = Labels(points, classes=np.array([[0], [-1]]), parts=parts)
    targets = {
        output.name: output.targets(labels, SIZE) for output in subject.outputs if output.targets
    }
    instances = decoded(subject, targets)
    counts = instances.counts.tolist()
    problem = f"must find one animal in the first image and none in the second, got {counts}"
    require(counts == [1, 0], problem)
    off = np.abs(instances.points[0, 0] - points[0, 0]).max(axis=-1)
    half = subject.outputs[0].stride / 2
    far = [
        f"{part} at {point.tolist()} instead of {expected.tolist()}"
        for part, point, expected, away in zip(
            parts, instances.points[0, 0].round(1), points[0, 0].round(1), off, strict=True
        )
        if not away <= half + 1e-3  # also where it is NaN
    ]
    problem = f"points must be within half a stride ({half:g} pixels), got {join_names(far)}"
    require(not far, problem)

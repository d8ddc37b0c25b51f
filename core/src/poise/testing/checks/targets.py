"""Checks of the targets that a head makes from labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from poise.building.assembly import build
from poise.config import BackboneConfig, HeadsConfig, ModelConfig
from poise.errors import BuildError, LabelsError
from poise.labels import Labels
from poise.specs import Output
from poise.testing.check import NotApplicable, check, require
from poise.testing.checks.outputs import OUTPUTS
from poise.testing.standins import CLASSES, POOLS, SKELETON, PoolsConfig, registry_of
from poise.testing.subjects import HeadSubject, using
from poise.training import compile_args, make_targets

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


@check(
    "head",
    scope="example",
    fix="return from Output.metrics() new Keras metrics that take the output's targets and "
    "predictions, and name in Output.loss a loss of Keras that does",
    after=(
        SHAPED,
        "predictions_have_as_many_channels_as_their_output_says",
        "its_losses_are_known_to_keras",
        "every_trainable_weight_learns",
    ),
)
def it_is_trained_with_exactly_what_compile_args_returns(subject: HeadSubject) -> None:
    """Keras looks losses and metrics up by the names of outputs, in each version differently.

    Users pass on what they get: `model.compile(**poise.compile_args(model))`.
    """
    if any(output.targets is None for output in subject.outputs):
        raise NotApplicable("the head does not make targets")
    with using(registry_of(subject.spec, POOLS)):
        for mining in (False, True):
            model = _built(subject)
            size = tuple(model.input.shape[1:3])
            targets = _made_for(model, size)
            arguments = compile_args(model, hard_keypoint_mining=mining)
            model.compile(**arguments, run_eagerly=True)
            images = np.zeros((IMAGES, *size, 1), np.float32)
            history = model.fit(images, targets, verbose=0).history
            _require_in(history, arguments["metrics"])


def _built(subject: HeadSubject) -> Any:
    coarsest = max(output.stride for output in subject.outputs)
    config = ModelConfig(
        backbone=BackboneConfig(**{POOLS.key: PoolsConfig(max_stride=coarsest)}),
        heads=HeadsConfig(**{subject.key: subject.config}),
    )
    image = (2 * coarsest, 2 * coarsest, 1)
    try:
        return build(config, image)
    except BuildError:
        return build(config, image, SKELETON, CLASSES)


def _made_for(model: Any, size: tuple[int, ...]) -> dict[str, Any]:
    classes = np.zeros((IMAGES, INSTANCES), dtype=np.int32)
    rng = np.random.default_rng(0)
    error: LabelsError | None = None
    channels = next(iter(model.output.values())).shape[-1]
    for count, parts in ((channels, None), (len(SKELETON.parts), SKELETON.parts)):
        points = rng.uniform(0, min(size), (IMAGES, INSTANCES, count, 2)).astype(np.float32)
        try:
            return make_targets(model, Labels(points, classes=classes, parts=parts))
        except LabelsError as refused:
            error = refused
    raise NotApplicable(f"the suite cannot make up labels that it accepts: {error}")


def _require_in(history: Mapping[str, Sequence[float]], metrics: Mapping[str, Any]) -> None:
    for output, values in metrics.items():
        for metric in values:
            shown = any(name.endswith(metric.name) for name in history)
            problem = f"fit must report metric {metric.name!r} of {output!r}, got {sorted(history)}"
            require(shown, problem)
    for name, values in history.items():
        require(np.isfinite(values).all(), f"{name} must be finite after a step, got {values[-1]}")


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

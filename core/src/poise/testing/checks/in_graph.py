"""Checks of a head's decoding within a graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise.labels import Labels
from poise.messages import join_names
from poise.specs import GraphDecoding
from poise.testing.check import NotApplicable, check, require
from poise.testing.checks.decoding import (
    POINTS_BACK,
    SIZE,
    decoded,
    of_nothing,
    shape_of,
    with_names,
)
from poise.testing.subjects import HeadSubject

WITHIN = 0.01
"""How far points within the graph may be from those of ``decode``, in pixels."""

FIX = (
    "write call of GraphDecoding in keras.ops, with shapes that do not depend on the values, let "
    "it return a tensor for each of GraphDecoding.outputs, and compute what decode computes"
)

OF_STAGES = {
    "crop": "every output of a head of crops must have the axes image and animal first",
    "centroid": "a head of centroids must have the outputs 'points' and 'instance_scores'",
}


@check("head", scope="example", fix=FIX, after=POINTS_BACK)
def decoding_within_a_graph_has_fixed_shapes(subject: HeadSubject) -> None:
    """A graph leaves Python, and with it everything that could still decide on a shape.

    The number of images alone may be open.
    """
    decoding = _declared(subject)
    outputs = decoding.outputs
    if subject.spec.stage == "crop":
        axes = {output.axes[:2] for output in outputs.values()}
        require(axes == {("image", "animal")}, OF_STAGES["crop"])
    if subject.spec.stage == "centroid":
        require({"points", "instance_scores"} <= set(outputs), OF_STAGES["centroid"])
    shapes = {name: tuple(tensor.shape) for name, tensor in _symbolic(subject, decoding).items()}
    names = f"outputs declares {join_names(outputs)}, call returns {join_names(shapes)}"
    require(set(shapes) == set(outputs), names)
    for name, shape in shapes.items():
        axes_of = outputs[name].axes
        problem = f"{name!r} must have the axes {join_names(axes_of)}, got the shape {shape}"
        require(len(shape) == len(axes_of) and None not in shape[1:], problem)


@check(
    "head",
    scope="example",
    fix=FIX,
    after=(*POINTS_BACK, "decoding_within_a_graph_has_fixed_shapes"),
)
def decoding_within_a_graph_finds_the_points_of_decode(subject: HeadSubject) -> None:
    """An exported model would otherwise find other points than the one that it was made from."""
    decoding = _declared(subject)
    if "points" not in decoding.outputs:
        raise NotApplicable("the graph leaves something of decoding to the program that runs it")
    if any(output.targets is None for output in subject.outputs):
        raise NotApplicable("the head does not make targets for all of its outputs")
    predictions = _perfect(subject, of_nothing(subject).parts)
    expected = decoded(subject, predictions).points
    points = np.asarray(_called(decoding, predictions)["points"])
    count = expected.shape[1]
    require(bool(np.isnan(points[:, count:]).all()), "there must be no animals but those of decode")
    off = np.abs(points[:, :count] - expected)
    same = (off <= WITHIN) | (np.isnan(points[:, :count]) & np.isnan(expected))
    problem = (
        f"points must be within {WITHIN:g} pixels of those of decode, got {off[~same].tolist()}"
    )
    require(bool(same.all()), problem)


def _declared(subject: HeadSubject) -> GraphDecoding:
    if subject.spec.decode_in_graph is None:
        raise NotApplicable("the head does not decode within a graph")
    decoding = subject.spec.decode_in_graph(with_names(subject))
    kind = type(decoding).__name__
    problem = f"decode_in_graph must return poise.GraphDecoding, got a {kind}"
    require(isinstance(decoding, GraphDecoding), problem)
    return decoding


def _symbolic(subject: HeadSubject, decoding: GraphDecoding) -> dict[str, Any]:
    """What the graph returns for any number of images."""
    import keras

    class Decoded(keras.layers.Layer):
        def call(self, predictions: Any) -> Any:
            return decoding.call(predictions)

    inputs = {
        output.name: keras.Input(shape_of(output)[1:], name=output.name)
        for output in subject.outputs
    }
    tensors: dict[str, Any] = Decoded()(inputs)
    return tensors


def _perfect(subject: HeadSubject, parts: tuple[str, ...]) -> dict[str, Any]:
    """Targets of an image with an animal and of one without."""
    points = np.full((2, 1, len(parts), 2), np.nan, dtype=np.float32)
    points[0, 0] = np.linspace((30, 24), (96, 66), len(parts))
    labels = Labels(points, classes=np.array([[0], [-1]]), parts=parts)
    return {
        output.name: np.asarray(output.targets(labels, SIZE), dtype=np.float32)
        for output in subject.outputs
        if output.targets is not None
    }


def _called(decoding: GraphDecoding, predictions: dict[str, Any]) -> dict[str, Any]:
    from keras import ops

    tensors = {name: ops.convert_to_tensor(array) for name, array in predictions.items()}
    return {name: ops.convert_to_numpy(tensor) for name, tensor in decoding.call(tensors).items()}

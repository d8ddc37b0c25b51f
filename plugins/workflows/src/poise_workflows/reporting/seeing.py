"""What a network in training makes of examples. Neither its weights nor any draw is touched."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import keras
import numpy as np

import poise
from poise import Instances, Labels, PoiseError
from poise.messages import first_line
from poise_workflows.reporting.cases import Array, Cases


@attrs.frozen(kw_only=True, eq=False)
class Sight:
    """An example, and what a network makes of it; everything in pixels of the network's input.

    Attributes:
        index: of the example.
        image: ``(H, W, C)`` from 0 to 1.
        outputs: output → map ``(h, w, C)`` or vector ``(C,)`` of the last stack.
        targets: output → what it should be.
        parts: names of the parts that are compared.
        truth: ``(I, P, 2)``: the labeled animals; NaN where a part is not labeled.
        classes: ``(I,)``: class of each; -1 for none.
        predicted: ``(K, P, 2)``: the decoded animals.
        scores: ``(K,)``: of these.
        predicted_classes: ``(K,)``; ``None`` if the head has no classes.
        class_names: of the head; empty if it has none.
        undecoded: why nothing was decoded; empty if it was.
    """

    index: int
    image: Array
    outputs: Mapping[str, Array]
    targets: Mapping[str, Array]
    parts: tuple[str, ...]
    truth: Array
    classes: Array
    predicted: Array
    scores: Array
    predicted_classes: Array | None
    class_names: tuple[str, ...]
    undecoded: str = ""


class Seer:
    """Predicts with the weights that a model has at that moment.

    Args:
        model: a model of ``poise.build``.
    """

    def __init__(self, model: Any) -> None:
        record = poise.record_of(model)
        assert record is not None
        self.resolution = record.resolution
        self._model, self._names = model, record.names
        last = poise.last_stack(model)
        # A model of its own has a prediction of its own, and leaves that of the training alone.
        self._network = keras.Model(last.input, dict(last.output))
        # Compiling would take longer than what it is called for, except on JAX.
        self._network.run_eagerly = keras.backend.backend() != "jax"
        self._network.jit_compile = keras.backend.backend() == "jax"

    def see(self, cases: Cases, indices: Sequence[int]) -> Iterator[Sight]:
        """What becomes of examples, one after another."""
        for start in range(0, len(indices), cases.batch_size):
            yield from self._batch(cases, indices[start : start + cases.batch_size])

    def _batch(self, cases: Cases, rows: Sequence[int]) -> Iterator[Sight]:
        images, values, labels = cases.prepare(rows)
        missing = cases.batch_size - len(rows)  # so that nothing is compiled twice
        padded = np.pad(values, ((0, missing), (0, 0), (0, 0), (0, 0)))
        predicted = self._network.predict_on_batch(padded)
        outputs = {name: np.asarray(array)[: len(rows)] for name, array in predicted.items()}
        targets = self._targets(labels, values.shape[1:3])
        decoded, reason = self._decoded(outputs)
        truth = self._truth(decoded, labels, targets)
        for row, index in enumerate(rows):
            yield _sight(row, index, images, outputs, targets, labels, decoded, truth, reason)

    def _targets(self, labels: Labels, size: tuple[int, ...]) -> dict[str, Array]:
        with keras.device("cpu:0"):
            made = poise.make_targets(self._model, labels, (int(size[0]), int(size[1])))
            return {
                name: np.asarray(keras.ops.convert_to_numpy(made[of_stacks[-1]]))
                for name, of_stacks in self._names.items()
            }

    def _decoded(self, outputs: Mapping[str, Array]) -> tuple[Instances | None, str]:
        """The animals in pixels of the input, and why there are none."""
        if self.resolution.head.decode is None:
            return None, f"the head type {self.resolution.head.key} does not decode its maps"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # early predictions are meant to look bad
                return poise.decode(self.resolution, outputs, input_scaling=1), ""
        except PoiseError as error:
            return None, f"decoding failed: {first_line(error)}"

    def _truth(self, decoded: Instances | None, labels: Labels, targets: Any) -> Array:
        """``(N, I, P, 2)``: the labels, for the parts that the head decodes.

        A head may decode points that nobody labels, such as the middle of an animal. Then the
        truth is what decoding finds in the targets.
        """
        points, names = np.asarray(labels.points), labels.parts or ()
        if decoded is None:
            return points
        if self.resolution.head.stage == "centroid" or not set(decoded.parts) & set(names):
            ideal, _ = self._decoded(targets)
            return points[:, :0] if ideal is None else np.asarray(ideal.points)
        chosen = np.full((*points.shape[:2], len(decoded.parts), 2), np.nan)
        for column, part in enumerate(decoded.parts):
            if part in names:
                chosen[:, :, column] = points[:, :, names.index(part)]
        return chosen


def _sight(
    row: int,
    index: int,
    images: Array,
    outputs: Mapping[str, Array],
    targets: Mapping[str, Array],
    labels: Labels,
    decoded: Instances | None,
    truth: Array,
    reason: str,
) -> Sight:
    parts = tuple(labels.parts or ()) if decoded is None else decoded.parts
    is_there = ~np.isnan(truth[row]).any(axis=-1).all(axis=-1)
    classes = np.full(len(is_there), -1)
    if labels.classes is not None and truth.shape[1] == np.shape(labels.classes)[1]:
        classes = np.asarray(labels.classes[row])
    count = 0 if decoded is None else int(decoded.counts[row])
    named = None if decoded is None else decoded.classes
    return Sight(
        index=index,
        image=images[row],
        outputs={name: array[row] for name, array in outputs.items()},
        targets={name: array[row] for name, array in targets.items()},
        parts=parts,
        truth=truth[row][is_there],
        classes=classes[is_there],
        predicted=np.zeros((0, len(parts), 2)) if decoded is None else decoded.points[row, :count],
        scores=np.zeros(0) if decoded is None else decoded.instance_scores[row, :count],
        predicted_classes=None if named is None else named[row, :count],
        class_names=() if decoded is None else tuple(decoded.class_names or ()),
        undecoded=reason,
    )

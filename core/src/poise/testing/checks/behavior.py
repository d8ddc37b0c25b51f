"""Checks of running models: repeated, frozen, on blank images, in half precision, compiled."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from poise.messages import join_names
from poise.testing.check import NotApplicable, check, require
from poise.testing.checks.models import MODEL
from poise.testing.running_models import (
    Array,
    arrays_of,
    difference,
    graph_layers,
    only,
    random_inputs,
    run,
)
from poise.testing.subjects import HeadSubject, Subject

REPEATS = "the_same_images_give_the_same_outputs"
HALF = "mixed_float16"
HALF_TOLERANCE = 0.05
"""Half precision has three digits; many layers lose some of them."""
COMPILED_TOLERANCE = 1e-3
"""A compiler may fuse operations, and then rounds once instead of once an operation."""


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="draw random numbers only in layers that distinguish training from inference, as Dropout "
    "does",
    after=MODEL,
)
def the_same_images_give_the_same_outputs(subject: Subject) -> None:
    """A user who runs a model on a video again expects the same tracks."""
    inputs = random_inputs(subject.model)
    changed = difference(run(subject.model, inputs), run(subject.model, inputs))
    require(not changed, f"run a second time on the same images, {changed}")


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="assign to weights only when call(self, x, training=None) gets training=True",
    after=MODEL,
)
def inference_changes_no_weight(subject: Subject) -> None:
    """A model that changes while it predicts is a different model after each video."""
    moved = _moved(subject.again, random_inputs(subject.again), training=False)
    require(not moved, f"run in inference, {join_names(moved, 4)} changed")


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="let layers that keep statistics check self.trainable, as BatchNormalization does: when "
    "frozen, they must behave as in inference",
    after=(*MODEL, "inference_changes_no_weight"),
)
def a_frozen_model_does_not_change(subject: Subject) -> None:
    """Training often begins with a frozen backbone: `model.trainable = False` must freeze all."""
    model = subject.fresh()
    model.trainable = False
    left = [weight.path for weight in model.trainable_weights]
    require(not left, f"with model.trainable = False, {join_names(left, 4)} stay trainable")
    moved = _moved(model, random_inputs(model), training=True)
    require(not moved, f"frozen and run in training, {join_names(moved, 4)} changed")


def _moved(model: Any, inputs: list[Array], *, training: bool) -> list[str]:
    """Paths of the weights that running a model changes."""
    # The state of Keras' random number generators is meant to change.
    weights = [weight for weight in model.weights if "seed_generator" not in weight.path]
    before = arrays_of(weights)
    model(only(inputs), training=training)
    after = arrays_of(weights)
    return [
        weight.path
        for weight, old, new in zip(weights, before, after, strict=True)
        if not np.array_equal(old, new, equal_nan=True)
    ]


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="add an epsilon to every divisor, and to every argument of a root or logarithm",
    after=MODEL,
)
def blank_images_give_finite_outputs(subject: Subject) -> None:
    """Videos have black and white frames; one NaN in a batch ends the training."""
    for training in (False, True):
        for value in (0, 1):
            inputs = [np.full_like(array, value) for array in random_inputs(subject.again)]
            outputs = run(subject.again, inputs, training=training)
            wild = [name for name, array in outputs.items() if not np.isfinite(array).all()]
            when = "training" if training else "inference"
            require(
                not wild,
                f"outputs must be finite for inputs of all {value} in {when}, got NaN or "
                f"infinity in {join_names(wild, 4)}",
            )


@contextmanager
def _dtype_policy(name: str) -> Iterator[None]:
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="leave dtypes to Keras: set none in layers, use no float32 constants in operations, keep "
    "values below 65504; but give dtype='float32' to the layer that predicts",
    after=(*MODEL, REPEATS, "a_weights_file_gives_the_same_outputs"),
)
def it_works_in_mixed_precision(subject: Subject) -> None:
    """With `mixed_float16` a GPU trains in half the time and memory.

    Predictions stay float32, because half precision cannot represent fractions of a pixel above
    1024.
    """
    with _dtype_policy(HALF):
        model = subject.fresh()
    whole = [
        weight.path
        for weight in model.weights
        if weight.dtype not in ("float32", "uint32", "int32")
    ]
    require(not whole, f"weights must stay float32, got another dtype for {join_names(whole, 3)}")
    expected = "float32" if isinstance(subject, HeadSubject) else "float16"
    kinds = {
        name: tensor.dtype for name, tensor in model.output.items() if tensor.dtype != expected
    }
    which = ", ".join(f"{kind} for {name}" for name, kind in list(kinds.items())[:3])
    require(not kinds, f"built under {HALF}, outputs must be {expected}, got {which}")
    model.set_weights(arrays_of(subject.steady.weights))
    inputs = random_inputs(subject.steady)
    outputs = {name: array.astype(np.float32) for name, array in run(model, inputs).items()}
    wild = [name for name, array in outputs.items() if not np.isfinite(array).all()]
    require(
        not wild,
        f"built under {HALF}, outputs must be finite, got NaN or infinity in {join_names(wild, 3)}",
    )
    changed = difference(run(subject.steady, inputs), outputs, HALF_TOLERANCE)
    require(not changed, f"built under {HALF}, {changed}")


def _kinds_of_layers(model: Any) -> set[tuple[str, ...]]:
    """Classes of layers, with the settings that decide which operations they use."""
    names = ("activation", "interpolation", "padding", "data_format", "groups")
    return {
        (type(layer).__name__, *(str(layer.get_config().get(name)) for name in names))
        for layer in graph_layers(model)
    }


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="compute only with keras.ops; use no values of tensors in Python and no shapes that depend "
    "on them, and leave supports_jit as it is",
    after=(*MODEL, REPEATS, "a_weights_file_gives_the_same_outputs"),
)
def compiled_it_gives_the_same_outputs(subject: Subject) -> None:
    """Keras compiles models by default where it can; on most GPUs this halves the time."""
    import keras

    if keras.backend.backend() not in ("tensorflow", "jax"):
        raise NotApplicable(f"Keras compiles nothing by default on {keras.backend.backend()}")
    refusing = [layer.name for layer in graph_layers(subject.model) if not layer.supports_jit]
    require(not refusing, f"supports_jit must be True, got False for {join_names(refusing, 3)}")
    # Compiling is slow, and another size of the same kinds of layers adds nothing.
    kinds, before = _kinds_of_layers(subject.model), subject.whole.compiled
    if kinds <= before:
        raise NotApplicable("layers of these kinds were compiled in another example")
    model = subject.again
    model.set_weights(arrays_of(subject.steady.weights))
    model.compile(jit_compile=True)
    inputs = random_inputs(model)
    predictions = model.predict_on_batch(only(inputs))
    outputs = {
        name: np.asarray(predictions[name]) for name in subject.model.output
    }  # JAX sorts the names
    changed = difference(run(subject.steady, inputs), outputs, COMPILED_TOLERANCE)
    require(not changed, f"compiled, {changed}")
    before |= kinds


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="store no tensor, layer or model in a global, a default argument or a cache",
    after=MODEL,
)
def nothing_of_a_model_stays_in_memory(subject: Subject) -> None:
    """Searches over configurations build hundreds of models in one process."""
    model = subject.fresh()
    kept = {layer.name: weakref.ref(layer) for layer in graph_layers(model)}
    gone = weakref.ref(model)
    del model
    gc.collect()
    left = [name for name, layer in kept.items() if layer() is not None]
    require(
        not left, f"after the model was deleted, layers stayed in memory: {join_names(left, 4)}"
    )
    require(gone() is None, "the model stayed in memory after it was deleted")

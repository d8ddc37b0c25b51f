"""Checks of models of a backbone, a head or an encoder."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from poise.building.exactness import described, what_is_right
from poise.messages import first_line, join_names
from poise.testing.check import NotApplicable, check, require
from poise.testing.running_models import (
    arrays_of,
    difference,
    graph_layers,
    only,
    random_inputs,
    run,
    weights_by_layer,
)
from poise.testing.subjects import Subject, snapshot

BUILT = (
    "it_is_found_by_its_key",
    "it_builds_one_mapping_of_strides_for_each_stack",
    "it_offers_every_stride_up_to_max_stride",
    "its_outputs_can_be_told_apart",
)
MODEL = (*BUILT, "layer_names_are_unique")
SAVED = (*MODEL, "every_layer_can_be_saved", "the_same_images_give_the_same_outputs")

BATCH_TOLERANCE = 1e-4
"""Another batch size sums products in another order: 2e-5 apart after fifty blocks."""

BATCHES = 3
"""How many random batches may leave a weight unchanged before it counts as stuck."""


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="give every layer a unique name, such as f'stack{stack}_enc{block}_conv{index}'",
    after=BUILT,
)
def layer_names_are_unique(subject: Subject) -> None:
    """Weights are found by the names of their layers."""
    try:
        names = [layer.name for layer in graph_layers(subject.model)]
    except ValueError as error:  # Keras rejects duplicates at the top of a model
        reason = next((line for line in str(error).splitlines() if "name" in line), str(error))
        require(False, f"Keras rejects the model: {reason}")
    twice = sorted({name for name in names if names.count(name) > 1})
    require(not twice, f"layers of a nested model share the names {join_names(twice)}")


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="install the Keras that the line above names, and require it in the plugin's metadata; the "
    "fault is Keras', unless the layer is a class of the plugin's",
    after=MODEL,
)
def its_transposed_convolutions_are_those_of_their_definition(subject: Subject) -> None:
    """A backend that computes other numbers moves every keypoint, with all weights in place.

    NumPy computes what they are compared with.
    """
    from poise.blocks.transposed_convolution import inexact_layers

    inexact = list(inexact_layers(subject.model))
    if inexact:
        layers = [layer for layer, _ in inexact]
        most = max(difference for _, difference in inexact)
        require(False, f"{what_is_right()}: {described(layers)}, by up to {most:.2g}")


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="name every layer that has weights; Keras' automatic names contain a counter",
    after=MODEL,
)
def layers_with_weights_have_the_same_names_each_time(subject: Subject) -> None:
    """Loading builds the model again; weights are matched to layers by name."""
    first, second = weights_by_layer(subject.model), weights_by_layer(subject.again)
    gone, new = sorted(set(first) - set(second)), sorted(set(second) - set(first))
    require(not gone, f"built again, {join_names(gone, 3)} became {join_names(new, 3)}")
    reshaped = [name for name in first if first[name] != second.get(name)]
    require(not reshaped, f"built again, {join_names(reshaped, 3)} had weights of other shapes")


@check(
    "backbone",
    "head",
    scope="example",
    fix="keep derived values in local variables; never change config or the objects in it",
    after=MODEL,
)
def building_leaves_the_configuration_as_it_was(subject: Subject) -> None:
    """The configuration is saved with the weights, to build the model again."""
    _ = subject.model
    before, after = subject.initial[0], snapshot(subject.config)[0]
    require(before == after, f"{before} became {after}")
    same = subject.initial == snapshot(subject.config)
    require(same, "its plain data changed, though it looks the same")


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="use Keras' layers, or your own classes with get_config, decorated with "
    "@keras.saving.register_keras_serializable(package='your_package'); never Lambda",
    after=MODEL,
)
def every_layer_can_be_saved(subject: Subject) -> None:
    """A Lambda is code in a file, which is unsafe to run.

    Another program cannot load a layer that is not registered.
    """
    import keras

    for layer in graph_layers(subject.model):
        cls = type(layer)
        named = f"layer {layer.name!r} ({cls.__name__})"
        require(not isinstance(layer, keras.layers.Lambda), f"layer {layer.name!r} is a Lambda")
        if cls.__module__.partition(".")[0] != "keras":
            registered = keras.saving.get_registered_name(cls)
            is_registered = (
                keras.saving.get_registered_object(registered) is cls and ">" in registered
            )
            require(is_registered, f"{named} is not registered with Keras")
        try:
            cls.from_config(layer.get_config())
        except Exception as error:  # noqa: BLE001  # each layer fails in its own way
            require(False, f"{named} cannot be created from its get_config(): {first_line(error)}")


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="return every argument of a layer's __init__ from its get_config",
    after=SAVED,
)
def a_keras_file_gives_the_same_outputs(subject: Subject) -> None:
    """Other programs get models as `.keras` files."""
    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.keras")
        subject.model.save(path)
        try:
            loaded = keras.models.load_model(path, compile=False)
        except Exception as error:  # noqa: BLE001  # Keras raises many types
            require(False, f"the file cannot be loaded: {first_line(error)}")
    inputs = random_inputs(subject.model)
    changed = difference(run(subject.model, inputs), run(loaded, inputs))
    require(not changed, f"loaded from the file, {changed}")


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="build the same graph in the same order each time, without sets or counters that persist "
    "between builds; and create all weights in the layers' build",
    after=SAVED,
)
def a_weights_file_gives_the_same_outputs(subject: Subject) -> None:
    """A model folder holds only weights; the network is built from the configuration."""
    other = subject.again
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.weights.h5")
        subject.model.save_weights(path)
        try:
            other.load_weights(path)
        except Exception as error:  # noqa: BLE001  # Keras raises many types
            require(False, f"built again, the model cannot load the weights: {first_line(error)}")
    inputs = random_inputs(subject.model)
    changed = difference(run(subject.model, inputs), run(other, inputs))
    require(not changed, f"built again and loaded from the file, {changed}")


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="remove weights that no output depends on, and operations without a gradient; set "
    "layer.trainable = False for layers that are not to be trained",
    after=(*MODEL, "its_losses_are_known_to_keras"),
)
def every_trainable_weight_learns(subject: Subject) -> None:
    """A weight without a gradient keeps its random initial value.

    A gradient that is not finite ends the training.
    """
    stuck: set[str] = set()
    for batch in range(BATCHES):
        without = _without_gradient(subject, seed=batch)
        stuck = without if batch == 0 else stuck & without
        if not stuck:
            return
    require(False, f"no output depends on {join_names(sorted(stuck), 4)}")


def _without_gradient(subject: Subject, seed: int) -> set[str]:
    """Paths of the trainable weights that have no gradient in a step of training, or only 0."""
    model: Any = subject.fresh()
    weights = model.trainable_weights
    if not weights:
        raise NotApplicable("it has no trainable weights")
    before = arrays_of(weights)
    model.compile(optimizer=_keeping(), loss=subject.losses(model), run_eagerly=True)
    inputs = random_inputs(model, 4, seed)
    generator = np.random.default_rng(seed)
    targets = {
        name: generator.random((4, *tensor.shape[1:]), dtype=np.float32)
        for name, tensor in model.output.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the check reports what Keras warns of
        model.train_on_batch(only(inputs), targets)
    gradients = arrays_of(weights)
    paths = [weight.path for weight in weights]
    both = list(zip(paths, gradients, strict=True))
    wild = [path for path, gradient in both if not np.isfinite(gradient).all()]
    require(
        not wild,
        f"gradients must be finite, got NaN or infinity in those of {join_names(wild, 4)}",
    )
    # Without a gradient, Keras leaves the weight as it is.
    return {
        path
        for (path, gradient), old in zip(both, before, strict=True)
        if not gradient.any() or np.array_equal(old, gradient)
    }


def _keeping() -> Any:
    """An optimizer that makes each weight its gradient.

    A step of descent would lose gradients that are far below their weight: behind a layer scale
    of 1e-6, as ConvNeXt has it, they change no digit of a float32.
    """
    import keras

    class Keeping(keras.optimizers.Optimizer):
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            self.assign(variable, keras.ops.cast(gradient, variable.dtype))

    return Keeping(learning_rate=1.0)


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="leave seeds to Keras: give initializers no seed, or a fixed number",
    after=(*MODEL, "layers_with_weights_have_the_same_names_each_time"),
)
def the_same_seed_gives_the_same_weights(subject: Subject) -> None:
    """A training run that cannot be repeated cannot be compared with another."""
    import keras

    paths, values = [], []
    for _ in range(2):
        keras.utils.set_random_seed(1)
        weights = subject.fresh().weights
        paths.append([weight.path for weight in weights])
        values.append(arrays_of(weights))
    first, second = (
        dict(zip(names, each, strict=True)) for names, each in zip(paths, values, strict=True)
    )
    if set(first) != set(second):
        # By position: Keras numbers variables without a name, in all models of the process.
        second = dict(zip(paths[0], values[1], strict=True))
    differ = [path for path in first if not np.array_equal(first[path], second[path])]
    require(not differ, f"built twice after set_random_seed(1), {join_names(differ, 4)} differ")


@check(
    "backbone",
    "head",
    "encoder",
    scope="example",
    fix="compute over the batch axis only in layers that distinguish training from inference, as "
    "BatchNormalization does",
    after=(*MODEL, "the_same_images_give_the_same_outputs"),
)
def images_of_one_batch_do_not_influence_each_other(subject: Subject) -> None:
    """A prediction must not depend on how many frames are computed together."""
    model = subject.steady
    both = random_inputs(model, 2)
    together = run(model, both)
    alone = run(model, [array[:1] for array in both])
    first = {name: array[:1] for name, array in together.items()}
    changed = difference(alone, first, BATCH_TOLERANCE)
    require(not changed, f"in a batch of two instead of one, {changed}")

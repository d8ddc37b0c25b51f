"""What a head promises of its outputs."""

from __future__ import annotations

import math
from typing import Any

import attrs

import poise
from poise.config import BackboneConfig, HeadsConfig, ModelConfig
from poise.errors import BuildError, ConfigError
from poise.fields import is_number, is_power_of_two
from poise.messages import described, listed
from poise.specs import Output
from poise.testing.check import check, require
from poise.testing.running_models import graph_layers
from poise.testing.standins import CLASSES, POOLS, SKELETON, PoolsConfig, registry_of
from poise.testing.subjects import HeadSubject, using

DEFAULT = ("it_is_found_by_its_key", "the_default_configuration_needs_no_arguments")
OUTPUTS = ("it_is_found_by_its_key", "its_outputs_can_be_told_apart")
ATTACHED = (*OUTPUTS, "each_prediction_comes_from_the_layer_of_its_name")

STRIDES = (1, 2, 4, 8, 16)
"""Strides that every head is tried at."""


@check(
    "head",
    scope="example",
    fix="return a tuple of poise.Output from outputs(config, skeleton, classes), with different "
    "names and layer names, strides that are powers of two, and at least one channel each",
    after=("it_is_found_by_its_key",),
)
def its_outputs_can_be_told_apart(subject: HeadSubject) -> None:
    """A model is a dict of outputs by name, and weights are found by layer name.

    Of two that are called the same, one would be lost.
    """
    outputs: Any = subject.outputs
    require(outputs, "no outputs")
    for output in outputs:
        require(isinstance(output, Output), f"an output is a {type(output).__name__}")
        named = f"output {output.name!r}"
        require(is_power_of_two(output.stride), f"{named} has the stride {output.stride!r}")
        counted = type(output.channels) is int and output.channels > 0
        require(counted, f"{named} has {output.channels!r} channels")
    for what in ("name", "layer_name"):
        names = [getattr(output, what) for output in outputs]
        require(len(set(names)) == len(names), f"outputs with the {what}s {listed(names)}")


@check(
    "head",
    scope="plugin",
    fix="take missing part names and edges from the skeleton, and missing classes from classes",
    after=DEFAULT,
)
def names_can_come_from_skeleton_and_classes(subject: HeadSubject) -> None:
    """Most files do not repeat the skeleton in the head's section; it stands beside it."""
    subject.spec.outputs(subject.spec.config(), SKELETON, CLASSES)


@check(
    "head",
    scope="plugin",
    fix="raise poise.BuildError with one poise.Fault for every field that misses its names, its "
    "path being that of the field inside of the head's section",
    after=(*DEFAULT, "names_can_come_from_skeleton_and_classes"),
)
def missing_names_are_refused_by_the_fields_that_miss_them(subject: HeadSubject) -> None:
    """Without names the number of channels is unknown.

    Whoever forgot the skeleton must learn where names can go, of all places at once.
    """
    config = subject.spec.config()
    try:
        subject.spec.outputs(config, None, None)
    except BuildError as error:
        for fault in error.faults:
            missing = _value_at(config, fault.path)
            reason = f"the message {str(fault)!r}"
            require(missing is not _NOWHERE, f"{reason} names no field of {type(config).__name__}")
            require(missing is None, f"{reason} is about a field that is set, to {missing!r}")
    except Exception as error:  # noqa: BLE001  # anything else is what this is about
        what = described(error)
        require(False, f"without skeleton and classes it raised {what}, not a BuildError")


@check(
    "head",
    scope="plugin",
    fix="give the spec resolve(config, skeleton, classes), which returns the configuration with "
    "the names filled in that outputs() takes for missing ones",
    after=(*DEFAULT, "names_can_come_from_skeleton_and_classes"),
)
def a_resolved_configuration_needs_no_skeleton(subject: HeadSubject) -> None:
    """A saved model holds the resolved configuration alone, and must come back from it."""
    spec, config = subject.spec, subject.spec.config()
    resolved = config if spec.resolve is None else spec.resolve(config, SKELETON, CLASSES)
    how = "without resolve" if spec.resolve is None else "after resolve"
    cls = type(resolved).__name__
    require(isinstance(resolved, spec.config), f"resolve returned a {cls}")
    try:
        alone = _described(spec.outputs(resolved, None, None))
    except BuildError as error:
        first = str(error).splitlines()[-1].strip()
        require(False, f"{how}, the outputs still need a skeleton or classes: {first}")
    before = _described(spec.outputs(config, SKELETON, CLASSES))
    require(alone == before, f"{how}, outputs {alone} instead of {before}")


def _described(outputs: tuple[Output, ...]) -> list[tuple[Any, ...]]:
    return [(output.name, output.layer_name, output.stride, output.channels) for output in outputs]


_NOWHERE = object()


def _value_at(config: Any, path: str) -> Any:
    for name in path.split("."):
        fields = attrs.fields_dict(type(config)) if attrs.has(type(config)) else {}
        if name not in fields:
            return _NOWHERE
        config = getattr(config, name)
    return config


@check(
    "head",
    scope="example",
    fix="set the output's `where` to the dotted path of the field that sets its stride",
    after=OUTPUTS,
)
def every_output_says_where_its_stride_is_set(subject: HeadSubject) -> None:
    """When a stride does not fit the backbone, the message sends the user to this field."""
    for output in subject.outputs:
        value = _value_at(subject.config, output.where)
        which = f"output {output.name!r} says {output.where!r}"
        require(value is not _NOWHERE, f"{which}, which {type(subject.config).__name__} has not")
        require(value == output.stride, f"{which}, which is {value!r}, not {output.stride}")


@check(
    "head",
    scope="example",
    fix="name a loss that keras.losses.get knows, and give a finite loss_weight, zero or above",
    after=OUTPUTS,
)
def its_losses_are_known_to_keras(subject: HeadSubject) -> None:
    """A model that cannot be compiled with its own losses cannot be trained.

    A negative weight would train it to be wrong.
    """
    import keras

    for output in subject.outputs:
        named = f"output {output.name!r}"
        require(isinstance(output.loss, str), f"{named} has the loss {output.loss!r}, no name")
        try:
            keras.losses.get(output.loss)
        except ValueError:
            require(False, f"{named} has the loss {output.loss!r}, which Keras does not know")
        weight = output.loss_weight
        finite = is_number(weight) and math.isfinite(weight) and weight >= 0
        require(finite, f"{named} has the loss weight {weight!r}")


@check(
    "head",
    scope="example",
    fix="name the layer that makes the prediction layer_name + suffix",
    after=OUTPUTS,
)
def each_prediction_comes_from_the_layer_of_its_name(subject: HeadSubject) -> None:
    """Weights are found by this name, also those of a file that another program wrote."""
    import keras

    for output in subject.outputs:
        features, predictions = subject.attach((output,))
        layer_names = [layer.name for layer in graph_layers(keras.Model(features, predictions))]
        problem = (
            f"{output.name!r} has no layer {output.layer_name!r}; it makes {listed(layer_names)}"
        )
        require(output.layer_name in layer_names, problem)


@check(
    "head",
    scope="example",
    fix="take the number of channels of the last layer from the same names as Output.channels",
    after=ATTACHED,
)
def predictions_have_as_many_channels_as_their_output_says(subject: HeadSubject) -> None:
    """One channel is one part, one coordinate of an edge, or one class.

    Counted otherwise, names would stand for other names' channels.
    """
    spec = subject.spec
    try:
        named = spec.outputs(spec.config(), SKELETON, CLASSES)
    except Exception:  # noqa: BLE001  # said by a check of its own
        named = ()
    for outputs in filter(None, (subject.outputs, named)):
        predictions = subject.attach(outputs)[1]
        for output in outputs:
            shape = tuple(predictions[output.name].shape)
            problem = f"{output.name!r} has the shape {shape}, {output.channels} channels are due"
            require(shape[-1] == output.channels, problem)


@check(
    "head",
    scope="example",
    fix="keep height and width of the features: stride 1 and padding='same' in every layer; or, "
    "where the prediction is no map, say spatial=False and return (N, channels)",
    after=ATTACHED,
)
def maps_have_a_cell_for_each_cell_of_their_features(subject: HeadSubject) -> None:
    """A cell's place in the image is its index times the stride, for maps as for features."""
    for stride in (None, *STRIDES):
        try:
            config = subject.config if stride is None else with_stride(subject.config, stride)
        except ConfigError:
            continue  # the configuration rules it out, by name
        outputs = subject.outputs_of(config)
        coarsest = max(output.stride for output in outputs)
        predictions = subject.attach(outputs, rows=2, columns=3)[1]
        for output in outputs:
            cells = tuple(predictions[output.name].shape[1:-1])
            expected = (
                tuple(n * coarsest // output.stride for n in (2, 3)) if output.spatial else ()
            )
            problem = (
                f"{output.name!r} has {cells} cells at stride {output.stride}, {expected} are due"
            )
            require(cells == expected, problem)


def with_stride(config: Any, stride: int) -> Any:
    """The configuration with every ``output_stride`` in it, at any depth, set to ``stride``."""
    changes = {}
    for field in attrs.fields(type(config)):
        value = getattr(config, field.name)
        if field.name == "output_stride":
            changes[field.alias] = stride
        elif attrs.has(type(value)):
            changes[field.alias] = with_stride(value, stride)
    return attrs.evolve(config, **changes)


@check(
    "head",
    scope="example",
    fix="append suffix to the name of every layer that Output.build makes",
    after=ATTACHED,
)
def every_layer_carries_the_suffix_of_its_stack(subject: HeadSubject) -> None:
    """A head sits on each stack of the backbone.

    Without the suffix its layers would clash, or be mixed up when weights are loaded.
    """
    import keras

    model = keras.Model(*subject.attach(subject.outputs, "_0"))
    bare = [layer.name for layer in graph_layers(model) if not layer.name.endswith("_0")]
    require(not bare, f"with the suffix '_0', layers are called {listed(bare)}")


@check(
    "head",
    scope="example",
    fix="let Output.build be called once for each stack, with any suffix, and make new layers",
    after=(
        *ATTACHED,
        "predictions_have_as_many_channels_as_their_output_says",
        "maps_have_a_cell_for_each_cell_of_their_features",
        "every_layer_carries_the_suffix_of_its_stack",
    ),
)
def each_stack_gets_outputs_of_its_own(subject: HeadSubject) -> None:
    """Stacked backbones are trained on the predictions of every stack."""
    spec = subject.spec
    coarsest = max(output.stride for output in subject.outputs)
    backbone = PoolsConfig(stacks=3, max_stride=coarsest)
    with using(registry_of(POOLS, spec)):
        config = ModelConfig(
            backbone=BackboneConfig(**{POOLS.key: backbone}),
            heads=HeadsConfig(**{spec.key: subject.config}),
        )
        try:
            model = poise.build(config, (2 * coarsest, 4 * coarsest, 1))
        except BuildError:
            model = poise.build(config, (2 * coarsest, 4 * coarsest, 1), SKELETON, CLASSES)
    expected = {f"{output.name}_{stack}" for output in subject.outputs for stack in range(3)}
    require(set(model.output) == expected, f"three stacks have the outputs {listed(model.output)}")

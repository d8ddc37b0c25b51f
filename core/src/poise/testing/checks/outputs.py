"""Checks of a head's outputs."""

from __future__ import annotations

import math
from typing import Any

import attrs

import poise
from poise.config import BackboneConfig, HeadsConfig, ModelConfig
from poise.errors import BuildError, ConfigError
from poise.fields import is_power_of_two
from poise.messages import described, join_names
from poise.scalars import is_integer, is_number
from poise.specs import Output
from poise.testing.check import check, require
from poise.testing.running_models import graph_layers
from poise.testing.standins import CLASSES, POOLS, SKELETON, PoolsConfig, registry_of
from poise.testing.subjects import HeadSubject, using

DEFAULT = ("it_is_found_by_its_key", "the_default_configuration_needs_no_arguments")
OUTPUTS = ("it_is_found_by_its_key", "its_outputs_can_be_told_apart")
ATTACHED = (*OUTPUTS, "each_prediction_comes_from_the_layer_of_its_name")

STRIDES = (1, 2, 4, 8, 16)
"""Strides at which every head is tested."""


@check(
    "head",
    scope="example",
    fix="return a tuple of poise.Output from outputs(config, skeleton, classes), with unique "
    "names and layer names, strides that are powers of two, and at least one channel each",
    after=("it_is_found_by_its_key",),
)
def its_outputs_can_be_told_apart(subject: HeadSubject) -> None:
    """A model is a dict of outputs by name, and weights are found by layer name.

    Of two outputs with the same name, one would be lost.
    """
    outputs: Any = subject.outputs
    require(outputs, "no outputs")
    for output in outputs:
        require(
            isinstance(output, Output),
            f"each output must be a poise.Output, got a {type(output).__name__}",
        )
        named = f"output {output.name!r}"
        require(
            is_power_of_two(output.stride),
            f"the stride of {named} must be a power of two, got {output.stride!r}",
        )
        counted = is_integer(output.channels) and output.channels > 0
        problem = f"the channels of {named} must be an integer ≥ 1, got {output.channels!r}"
        require(counted, problem)
    for what in ("name", "layer_name"):
        names = [getattr(output, what) for output in outputs]
        require(
            len(set(names)) == len(names),
            f"the {what}s of outputs must be unique, got {join_names(names)}",
        )


@check(
    "head",
    scope="plugin",
    fix="take missing part names and edges from the skeleton, and missing classes from classes",
    after=DEFAULT,
)
def names_can_come_from_skeleton_and_classes(subject: HeadSubject) -> None:
    """Most files hold the skeleton once, outside the head's section."""
    subject.spec.outputs(subject.spec.config(), SKELETON, CLASSES)


@check(
    "head",
    scope="plugin",
    fix="raise poise.BuildError with one poise.Fault for each field without names; its path is the "
    "path of the field inside the head's section",
    after=(*DEFAULT, "names_can_come_from_skeleton_and_classes"),
)
def missing_names_are_refused_by_the_fields_that_miss_them(subject: HeadSubject) -> None:
    """Without names the number of channels is unknown.

    A user who forgot the skeleton must learn all places where names can go at once.
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
    except Exception as error:  # noqa: BLE001  # any other error is what this check reports
        what = described(error)
        require(False, f"without skeleton and classes it must raise a BuildError, got {what}")


@check(
    "head",
    scope="plugin",
    fix="give the spec resolve(config, skeleton, classes), which fills in the names that outputs() "
    "takes from the skeleton and the classes",
    after=(*DEFAULT, "names_can_come_from_skeleton_and_classes"),
)
def a_resolved_configuration_needs_no_skeleton(subject: HeadSubject) -> None:
    """A saved model holds only the resolved configuration, and is built again from it."""
    spec, config = subject.spec, subject.spec.config()
    resolved = config if spec.resolve is None else spec.resolve(config, SKELETON, CLASSES)
    how = "without resolve" if spec.resolve is None else "after resolve"
    cls = type(resolved).__name__
    require(
        isinstance(resolved, spec.config),
        f"resolve must return a {spec.config.__name__}, got a {cls}",
    )
    try:
        alone = _described(spec.outputs(resolved, None, None))
    except BuildError as error:
        first = str(error).splitlines()[-1].strip()
        require(False, f"{how}, the outputs still need a skeleton or classes: {first}")
    before = _described(spec.outputs(config, SKELETON, CLASSES))
    require(alone == before, f"{how}, outputs must be {before}, got {alone}")


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
    """When the backbone does not offer a stride, the message points the user to this field."""
    for output in subject.outputs:
        value = _value_at(subject.config, output.where)
        which = f"where of output {output.name!r}"
        cls = type(subject.config).__name__
        problem = f"{which} must name a field of {cls}, got {output.where!r}"
        require(value is not _NOWHERE, problem)
        problem = (
            f"{which} must name a field that is {output.stride}, got {output.where!r}: {value!r}"
        )
        require(value == output.stride, problem)


@check(
    "head",
    scope="example",
    fix="name a loss that keras.losses.get knows, and set a finite loss_weight ≥ 0",
    after=OUTPUTS,
)
def its_losses_are_known_to_keras(subject: HeadSubject) -> None:
    """A model that cannot be compiled with its own losses cannot be trained.

    A negative weight would train it to be wrong.
    """
    import keras

    for output in subject.outputs:
        named = f"output {output.name!r}"
        require(
            isinstance(output.loss, str), f"the loss of {named} must be a name, got {output.loss!r}"
        )
        try:
            keras.losses.get(output.loss)
        except ValueError:
            require(False, f"the loss of {named} must be known to Keras, got {output.loss!r}")
        weight = output.loss_weight
        finite = is_number(weight) and math.isfinite(weight) and weight >= 0
        require(finite, f"the loss weight of {named} must be finite and ≥ 0, got {weight!r}")


@check(
    "head",
    scope="example",
    fix="name the layer of the prediction layer_name + suffix",
    after=OUTPUTS,
)
def each_prediction_comes_from_the_layer_of_its_name(subject: HeadSubject) -> None:
    """Weights are found by this name, also in files that other programs wrote."""
    import keras

    for output in subject.outputs:
        features, predictions = subject.attach((output,))
        names = [layer.name for layer in graph_layers(keras.Model(features, predictions))]
        problem = (
            f"{output.name!r} must have a layer {output.layer_name!r}, got {join_names(names)}"
        )
        require(output.layer_name in names, problem)


@check(
    "head",
    scope="example",
    fix="take the number of channels of the last layer from the same names as Output.channels",
    after=ATTACHED,
)
def predictions_have_as_many_channels_as_their_output_says(subject: HeadSubject) -> None:
    """One channel is one part, one coordinate of an edge, or one class.

    With another number, names and channels would not match.
    """
    spec = subject.spec
    try:
        named = spec.outputs(spec.config(), SKELETON, CLASSES)
    except Exception:  # noqa: BLE001  # another check reports it
        named = ()
    for outputs in filter(None, (subject.outputs, named)):
        predictions = subject.attach(outputs)[1]
        for output in outputs:
            shape = tuple(predictions[output.name].shape)
            problem = f"{output.name!r} must have {output.channels} channels, got the shape {shape}"
            require(shape[-1] == output.channels, problem)


@check(
    "head",
    scope="example",
    fix="keep height and width of the features, by stride 1 and padding='same' in every layer; or, "
    "if the prediction is not a map, set spatial=False and return (N, channels)",
    after=ATTACHED,
)
def maps_have_a_cell_for_each_cell_of_their_features(subject: HeadSubject) -> None:
    """A cell's position in the image is its index times the stride, for maps and features."""
    for stride in (None, *STRIDES):
        try:
            config = subject.config if stride is None else with_stride(subject.config, stride)
        except ConfigError:
            continue  # the configuration rejects the stride
        outputs = subject.outputs_of(config)
        coarsest = max(output.stride for output in outputs)
        predictions = subject.attach(outputs, rows=2, columns=3)[1]
        for output in outputs:
            cells = tuple(predictions[output.name].shape[1:-1])
            size = tuple(n * coarsest // output.stride for n in (2, 3))
            expected = size if output.spatial else ()
            which = f"{output.name!r} at stride {output.stride}"
            require(cells == expected, f"{which} must have {expected} cells, got {cells}")


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
    fix="append suffix to the name of every layer that Output.build creates",
    after=ATTACHED,
)
def every_layer_carries_the_suffix_of_its_stack(subject: HeadSubject) -> None:
    """Poise attaches a head to each stack of the backbone.

    Without the suffix, layer names would clash, or weights would be loaded into other stacks.
    """
    import keras

    model = keras.Model(*subject.attach(subject.outputs, "_0"))
    bare = [layer.name for layer in graph_layers(model) if not layer.name.endswith("_0")]
    require(not bare, f"layer names must end in the suffix '_0', got {join_names(bare)}")


@check(
    "head",
    scope="example",
    fix="let Output.build accept any suffix and create new layers in each call; Poise calls it "
    "once for each stack",
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
    problem = f"outputs must be {join_names(sorted(expected))}, got {join_names(model.output)}"
    require(set(model.output) == expected, problem)

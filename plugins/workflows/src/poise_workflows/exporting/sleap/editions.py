"""The network that SLEAP has for a model's configuration, with the model's weights."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import attrs

from poise import ModelConfig, build
from poise.building.record import BuildRecord, record_of
from poise.editions import SLEAP
from poise.errors import Fault
from poise.messages import join_names
from poise.sleap.edition_change import to_edition_with_report
from poise.weights.slots import slots_of
from poise_workflows.exporting.errors import ExportError
from poise_workflows.exporting.sleap.encoders import nested
from poise_workflows.exporting.sleap.graphs import Network
from poise_workflows.exporting.sleap.layers import kind_of
from poise_workflows.exporting.sleap.networks import network_of
from poise_workflows.exporting.sleap.refusals import faults_of

HEADING = "SLEAP cannot have this model"


@attrs.frozen(kw_only=True, eq=False)
class Written:
    """What is written of a model.

    Attributes:
        network: the network.
        config: its configuration in edition sleap-1.4, with every name filled in.
        record: how the model was built.
        notes: what means something else in SLEAP, a sentence each.
    """

    network: Network
    config: ModelConfig
    record: BuildRecord
    notes: tuple[str, ...] = ()


def written_of(model: Any) -> Written:
    """What a run folder of SLEAP says of a model.

    Args:
        model: a model of ``poise.build``, in either edition.

    Raises:
        ExportError: Poise did not build it, or SLEAP 1.4 cannot have it; says why.
    """
    record = record_of(model)
    if record is None:
        what = f"must be a model of poise.build, got {type(model).__name__} {model.name!r}"
        raise ExportError([Fault(what, "model")])
    faults = list(faults_of(record.config))
    if faults:
        raise ExportError(faults, HEADING)
    bare = _of_fixed_size(model, record)
    config = record.resolution.config
    notes: tuple[str, ...] = ()
    if record.config.edition != SLEAP:
        config, notes = _in_sleaps_edition(bare, record)
    return Written(network=_network(bare, record), config=config, record=record, notes=notes)


def _in_sleaps_edition(model: Any, record: BuildRecord) -> tuple[ModelConfig, tuple[str, ...]]:
    """A configuration that means in edition sleap-1.4 what the model's meant, and notes on it."""
    moved = to_edition_with_report(record.config, SLEAP, job=record.job)
    theirs = _built(moved.config, record)
    where = _first_difference(model, theirs)
    if where:
        raise ExportError([Fault(_other_network(where, record), "model.edition")], HEADING)
    of_theirs = record_of(theirs)
    assert of_theirs is not None
    notes = tuple(f"{note.path}: {note.what}" for note in moved.report)
    return of_theirs.resolution.config, notes


def _other_network(layer: str, record: BuildRecord) -> str:
    section = record.config.backbone.which_oneof()
    backbone = record.resolution.backbone
    names = [entry.name for entry in backbone.differences if entry.touches(section)]
    because = f" ({join_names(names)})" if names else ""
    return (
        f"must be sleap-1.4, got {record.config.edition}: SLEAP has another network for this "
        f"configuration, from layer {layer} on{because}; train the model in edition sleap-1.4"
    )


def _network(model: Any, record: BuildRecord) -> Network:
    outputs = [output.name for output in record.resolution.outputs]
    network = network_of(model, outputs, _image(record, any_size=None))
    for encoder in record.resolution.encoders:
        network = nested(network, encoder)
    return network


def _image(record: BuildRecord, any_size: int | None) -> tuple[Any, Any, int]:
    """The size of the images that the network gets, which SLEAP pads outside of it."""
    multiple = record.resolution.max_stride
    height, width, channels = record.image
    sizes = [
        any_size if size is None else -(-size // multiple) * multiple for size in (height, width)
    ]
    return sizes[0], sizes[1], channels


def _of_fixed_size(model: Any, record: BuildRecord) -> Any:
    """The same model without layers that pad and crop: SLEAP does that outside of the network."""
    if not record.auto_pad and None not in record.image:
        return model
    bare = _built(record.config, record)
    values = {slot.name: slot.variable for slot in slots_of(model)}
    for slot in slots_of(bare):
        slot.variable.assign(values[slot.name])
    return bare


def _built(config: ModelConfig, record: BuildRecord) -> Any:
    smallest = record.resolution.backbone.minimum_size
    least = smallest(record.resolution.config.backbone.which_oneof()) if smallest else 1
    multiple = record.resolution.max_stride
    image = _image(record, any_size=-(-least // multiple) * multiple)
    return build(config, image, record.skeleton, record.classes, seed=0, job=record.job)


def _first_difference(model: Any, theirs: Any) -> str:
    """The first layer that is not the same in two models; empty if they are one network."""
    for own, other in zip_longest(_facts(model), _facts(theirs)):
        if own != other:
            return str((own or other)[0])
    return ""


def _facts(model: Any) -> Iterator[tuple[Any, ...]]:
    """Name, class, settings and inputs of each layer."""
    for operation in model.operations:
        (node,) = operation._inbound_nodes
        inputs = [tensor._keras_history.operation.name for tensor in node.input_tensors]
        yield operation.name, kind_of(operation), operation.get_config(), inputs

"""Which fields of a job may change, and to what: by the domains that plugins declare.

No field is known by its name. Of a backbone, every field may change whose values can be stepped
through; of a head type, those that decide the strides of its outputs; of the job, how much images
are resized.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from poise.building.resolving import Resolution
from poise.fields import Domain, domains_of
from poise.processes.interrupts import let_signals_pass
from poise.reading import Reading
from poise.wire.structure import unstructure
from poise_workflows.recommending.steps import values_near

SCALING = "data.preprocessing.input_scaling"

SCALES = (0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0)
"""Factors by which images may be resized. Above 1 there is nothing more to see."""

Resolve = Callable[[Reading, Mapping[str, Any]], Resolution | None]
"""Gets a job and values of it; returns ``None`` for what cannot be built."""


@attrs.frozen
class Field:
    """A field that may change.

    Attributes:
        path: its dotted path in a job.
        value: its value, as plain data.
        near: the values next to it.
    """

    path: str
    value: Any
    near: tuple[Any, ...]


def fields_of(reading: Reading, resolve: Resolve) -> Iterator[Field]:
    """The fields of a job that may change, with the values next to their own.

    Args:
        reading: the job.
        resolve: tells what values of a head type decide.
    """
    config = reading.config
    backbone, head = config.backbone, config.heads
    yield from _of_section(
        backbone.which_oneof(), f"model.backbone.{backbone.which_oneof_attrib_name()}"
    )
    before = _strides(resolve(reading, {}))
    for field in _of_section(head.which_oneof(), f"model.heads.{head.which_oneof_attrib_name()}"):
        near = [
            value
            for value in field.near
            if _differ(before, _strides(resolve(reading, {field.path: value})))
        ]
        if near:
            yield attrs.evolve(field, near=tuple(near))
    scaling = reading.preprocessing.input_scaling
    yield Field(SCALING, scaling, tuple(scale for scale in SCALES if scale != scaling))


def _strides(resolution: Resolution | None) -> dict[str, int]:
    outputs = () if resolution is None else resolution.outputs
    return {output.name: output.stride for output in outputs}


def _differ(before: Mapping[str, int], now: Mapping[str, int]) -> bool:
    """Whether the same outputs have other strides."""
    return before.keys() == now.keys() and before != now


def _of_section(section: Any, path: str) -> Iterator[Field]:
    for attribute in attrs.fields(type(section)):
        value, inner = getattr(section, attribute.name), f"{path}.{attribute.name}"
        schema = _schema_of(attribute)
        if attrs.has(type(value)):
            yield from _of_section(value, inner)
            may_be_none = schema.get("anyOf", [])[-1:] == [{"type": "null"}]
            yield Field(inner, unstructure(value), (None,) if may_be_none else ())
        else:
            plain = unstructure(value)
            yield Field(inner, plain, tuple(values_near(plain, schema)))


def _schema_of(attribute: Any) -> Mapping[str, Any]:
    domain = next((each for each in domains_of(attribute) if isinstance(each, Domain)), None)
    try:
        return {} if domain is None else domain.as_schema()
    except BaseException as error:  # noqa: BLE001  # a plugin's function may raise anything
        let_signals_pass(error)
        return {}

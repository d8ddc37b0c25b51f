"""Convert plain data to configuration classes and back: strictly, with all faults at once.

Built on cattrs. Its hooks for numbers and strings coerce (``"8"`` becomes 8, ``"no"`` true),
and its hooks for classes stop at the first validator that raises; this module replaces both.
The only conversion left is int → float.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import attrs
from cattrs import Converter

from poise.errors import ConfigError, Fault
from poise.messages import message_of, nearest, short_repr, suggestion
from poise.processes.interrupts import let_signals_pass
from poise.scalars import is_scalar_class, plain
from poise.wire.digits import decimal
from poise.wire.plain import Refused
from poise.wire.validating import faults_of_validators

T = TypeVar("T")

_JSON_NAMES = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "true or false",
    int: "an integer",
    float: "a number",
    type(None): "null",
}


def structure(data: Any, cls: type[T]) -> T:
    """Make an instance of a configuration class from plain data.

    Absent fields take the class's defaults.

    Args:
        data: parsed JSON.
        cls: a class made with attrs, with annotated fields.

    Raises:
        ConfigError: the data is invalid. The error has every unknown field (and the nearest
            valid name), wrong type and refused value, each with its dotted path.
    """
    return converter.structure(data, cls)


def unstructure(config: Any) -> Any:
    """Plain data of a configuration: every field in declared order, ``None`` if unset."""
    return converter.unstructure(config)


def json_repr(value: Any) -> str:
    """A short form of a JSON value for messages."""
    if isinstance(value, dict | list):
        return f"{_JSON_NAMES[type(value)]} of {len(value)}"
    if value is None or type(value) is bool:
        return {None: "null", True: "true", False: "false"}[value]
    return short_repr(value)


def _is_config_class(cls: Any) -> bool:
    return isinstance(cls, type) and attrs.has(cls)


def _structure_class(data: Any, cls: Any) -> Any:
    attrs.resolve_types(cls)
    if not isinstance(data, dict):
        raise ConfigError(
            [Fault(f"must be an object with fields of {cls.__name__}, got {json_repr(data)}")]
        )
    fields = {field.name: field for field in attrs.fields(cls) if field.init}
    faults = [
        Fault(
            f"{cls.__name__} has no field {short_repr(name)}; "
            f"{suggestion(name, fields, noun='fields')}",
            str(name),
        )
        for name in data
        if name not in fields
    ]
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in data:
            try:
                values[name] = _converted(field, _structured(data[name], field.type))
            except ConfigError as error:
                faults += error.under(name).faults
        elif field.default is attrs.NOTHING:
            faults.append(Fault(f"{cls.__name__} needs the field {name!r}", name))
    faults += faults_of_validators(cls, values, absent=fields.keys() - data.keys())
    if faults:
        raise ConfigError(faults)
    try:
        return cls(**{fields[name].alias: value for name, value in values.items()})
    except ConfigError:
        raise
    except BaseException as error:  # the final check of the class, which may raise anything
        let_signals_pass(error)
        raise ConfigError([Fault(message_of(error))]) from error


def _structured(value: Any, cls: Any) -> Any:
    try:
        return converter.structure(value, cls)
    except ConfigError:
        raise
    except BaseException as error:  # cattrs' hooks, for types that JSON lacks
        let_signals_pass(error)
        what = f"must be {_type_name(cls)}, got {json_repr(value)} ({type(error).__name__})"
        raise ConfigError([Fault(what)]) from error


def _converted(field: Any, value: Any) -> Any:
    """Convert a value as the class does, since validators see the converted value."""
    if field.converter is None or isinstance(field.converter, attrs.Converter):
        return value  # such converters may need the instance, which does not exist yet
    try:
        return field.converter(value)
    except ConfigError:
        raise
    except BaseException as error:  # a plugin's converter may raise anything
        let_signals_pass(error)
        raise ConfigError([Fault(message_of(error))]) from error


def _type_name(cls: Any) -> str:
    if cls in _JSON_NAMES:
        return _JSON_NAMES[cls]
    return cls.__name__ if isinstance(cls, type) else str(cls).replace("typing.", "")


def _structure_scalar(value: Any, cls: type) -> Any:
    value = plain(value)
    if cls is float and type(value) is int:
        value = decimal(value)
        if isinstance(value, Refused):
            raise ConfigError([Fault(value.what)])
    if issubclass(cls, Enum):  # of numbers or texts
        return cls(value)
    if type(value) is not cls:
        raise ConfigError([Fault(f"must be {_JSON_NAMES[cls]}, got {json_repr(value)}")])
    return value


def _structure_none(value: Any, cls: Any) -> None:
    if value is not None:
        raise ConfigError([Fault(f"must be null, got {json_repr(value)}")])


def _structure_union(value: Any, cls: Any) -> Any:
    members = [member for member in get_args(cls) if member is not type(None)]
    if value is None:
        if len(members) == len(get_args(cls)):
            raise ConfigError([Fault("must not be null")])
        return None
    if len(members) == 1:
        return _structured(value, members[0])
    value = plain(value)
    for member in members:
        if type(value) is member:
            return value
    for member in members:
        with suppress(ConfigError):
            return _structured(value, member)
    kinds = " or ".join(map(_type_name, members))
    raise ConfigError([Fault(f"must be {kinds}, got {json_repr(value)}")])


def _structure_literal(value: Any, cls: Any) -> Any:
    choices, value = get_args(cls), plain(value)
    for choice in choices:
        if type(value) is type(choice) and value == choice:
            return value
    close = nearest(value, [choice for choice in choices if isinstance(choice, str)])
    hint = f"; did you mean {close!r}?" if close else ""
    what = f"must be {' or '.join(map(json_repr, choices))}, got {json_repr(value)}{hint}"
    raise ConfigError([Fault(what)])


def _structure_sequence(value: Any, cls: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ConfigError([Fault(f"must be a list, got {json_repr(value)}")])
    inner = get_args(cls) or (Any, ...)
    if get_origin(cls) is tuple and inner[1:] != (...,):
        return _structure_fixed(value, inner)
    return _collected((item, inner[0]) for item in value)


def _structure_fixed(value: Sequence[Any], inner: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(value) != len(inner):
        raise ConfigError([Fault(f"must be a list of {len(inner)}, got {json_repr(list(value))}")])
    return _collected(zip(value, inner, strict=True))


def _structure_mapping(value: Any, cls: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError([Fault(f"must be an object, got {json_repr(value)}")])
    kind = (get_args(cls) or (str, Any))[1]
    read: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, member in value.items():
        try:
            read[_structure_scalar(name, str)] = _structured(member, kind)
        except ConfigError as error:
            faults += error.under(str(name)).faults
    if faults:
        raise ConfigError(faults)
    return read


def _collected(pairs: Any) -> tuple[Any, ...]:
    values: list[Any] = []
    faults: list[Fault] = []
    for index, (item, cls) in enumerate(pairs):
        try:
            values.append(_structured(item, cls))
        except ConfigError as error:
            faults += error.under(f"[{index}]").faults
    if faults:
        raise ConfigError(faults)
    return tuple(values)


def _is_literal(cls: Any) -> bool:
    return get_origin(cls) is Literal


def _is_union(cls: Any) -> bool:
    return get_origin(cls) in (Union, types.UnionType)


def _is_sequence(cls: Any) -> bool:
    return get_origin(cls) in (tuple, list, Sequence) or cls in (tuple, list)


def _is_mapping(cls: Any) -> bool:
    # JSON has no keys of other types than str; cattrs handles mappings with such keys.
    return cls is dict or (get_origin(cls) in (dict, Mapping) and get_args(cls)[0] in (str, Any))


def _make_converter() -> Converter:
    cattrs_converter = Converter(unstruct_collection_overrides={tuple: list})
    cattrs_converter.register_structure_hook_func(_is_config_class, _structure_class)
    cattrs_converter.register_structure_hook_func(_is_union, _structure_union)
    cattrs_converter.register_structure_hook_func(_is_literal, _structure_literal)
    cattrs_converter.register_structure_hook_func(_is_sequence, _structure_sequence)
    cattrs_converter.register_structure_hook_func(_is_mapping, _structure_mapping)
    for scalar in (bool, int, float, str):
        cattrs_converter.register_structure_hook(scalar, _structure_scalar)
    cattrs_converter.register_structure_hook(type(None), _structure_none)
    cattrs_converter.register_unstructure_hook_func(is_scalar_class, plain)
    return cattrs_converter


converter: Converter = _make_converter()
"""The cattrs converter behind ``structure``; register hooks for your own types here."""

"""Checks of configuration classes. Nothing is built."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

import attrs

from poise.config import BackboneConfig, HeadsConfig, ModelConfig
from poise.errors import ConfigError, Fault
from poise.fields import is_power_of_two
from poise.fields.descriptions import meanings_of
from poise.json_schema.schema import schema
from poise.messages import join_names
from poise.registry.discovery import BACKBONE
from poise.testing.check import CONFIGURED, NotApplicable, check, require
from poise.testing.strange_values import JSON_VALUES, STRANGE, NoValue
from poise.testing.subjects import BackboneSubject, Subject, using
from poise.wire.structure import structure, unstructure

FOUND = ("it_is_found_by_its_key",)
DEFAULT = (*FOUND, "the_default_configuration_needs_no_arguments")


def config_classes(cls: type) -> Iterator[type]:
    """A configuration class, and the classes of its fields, to any depth, each once."""
    seen: list[type] = []
    pending = [cls]
    while pending:
        config_class = pending.pop(0)
        if config_class in seen:
            continue
        seen.append(config_class)
        yield config_class
        attrs.resolve_types(config_class)
        for field in attrs.fields(config_class):
            members = (field.type, *typing.get_args(field.type))
            pending += [
                member for member in members if isinstance(member, type) and attrs.has(member)
            ]


def sections(config: Any) -> Iterator[Any]:
    """A configuration, and the configurations that its fields hold, to any depth."""
    yield config
    for field in attrs.fields(type(config)):
        value = getattr(config, field.name)
        if attrs.has(type(value)):
            yield from sections(value)


def model_config(subject: Subject) -> ModelConfig:
    """A model configuration with the subject's section only."""
    section = {subject.key: subject.config}
    if subject.kind is BACKBONE:
        return ModelConfig(backbone=BackboneConfig(**section))
    return ModelConfig(heads=HeadsConfig(**section))


@check(
    "backbone",
    "head",
    CONFIGURED,
    scope="plugin",
    fix="give every field a default; use None if there is no sensible value",
    after=FOUND,
)
def the_default_configuration_needs_no_arguments(subject: Subject) -> None:
    """Users begin with `{"backbone": {"key": {}}}`, as the documentation shows it."""
    cls = subject.spec.config
    needed = [
        field.name for field in attrs.fields(cls) if field.init and field.default is attrs.NOTHING
    ]
    require(not needed, f"{cls.__name__} cannot be created without {join_names(needed)}")
    cls()


@check(
    "backbone",
    "head",
    CONFIGURED,
    scope="plugin",
    fix="decorate every class that a field holds with @attrs.frozen(kw_only=True)",
    after=DEFAULT,
)
def no_part_of_its_configuration_can_change(subject: Subject) -> None:
    """A configuration is saved with the weights.

    If a part of it could change after building, the two would no longer agree.
    """
    for config in sections(subject.spec.config()):
        cls = type(config)
        positional = [field.name for field in attrs.fields(cls) if field.init and not field.kw_only]
        require(
            not positional, f"fields of {cls.__name__} are positional: {join_names(positional)}"
        )
        for field in attrs.fields(cls)[:1]:
            try:
                setattr(config, field.name, getattr(config, field.name))
            except attrs.exceptions.FrozenInstanceError:
                continue
            require(False, f"{cls.__name__}.{field.name} can be set on an instance")


@check(
    "backbone",
    "head",
    CONFIGURED,
    scope="plugin",
    fix="list exactly the fields of the class under `Attributes:` in its docstring, each as "
    "`name: meaning, unit, trade-off, what None means`, or in NumPy's style",
    after=FOUND,
)
def every_field_is_documented(subject: Subject) -> None:
    """`poise show`, the documentation and editors show these lines.

    Without them, users must read the source to set the field.
    """
    for cls in config_classes(subject.spec.config):
        described = meanings_of(cls)
        fields = [field.name for field in attrs.fields(cls) if not field.name.startswith("_")]
        missing = [name for name in fields if not described.get(name)]
        require(not missing, f"{cls.__name__} does not say what {join_names(missing)} means")
        gone = [name for name in described if name not in fields]
        require(not gone, f"{cls.__name__} describes {join_names(gone)}, but has no such field")


@check(
    "backbone",
    "head",
    CONFIGURED,
    scope="plugin",
    fix="give the field a validator: poise.fields has validators for strides, counts, rates, "
    "names, choices and lists of them, and attrs.validators has more",
    after=DEFAULT,
)
def every_field_refuses_what_it_cannot_be(subject: Subject) -> None:
    """A wrong value that is accepted fails much later, inside Keras.

    The error there does not say which field the value came from.
    """
    for config in sections(subject.spec.config()):
        for field in attrs.fields(type(config)):
            if not field.init:
                continue
            name = f"{type(config).__name__}.{field.name}"
            try:
                attrs.evolve(config, **{field.alias: NoValue()})
            except (ConfigError, TypeError, ValueError, AttributeError) as error:
                require(
                    field.name in str(error),
                    f"{name} rejects a value without naming the field: {error}",
                )
            else:
                require(False, f"{name} accepts any value, even {NoValue()!r}")


@check(
    "backbone",
    "head",
    CONFIGURED,
    scope="plugin",
    fix="raise ConfigError([Fault(what, attribute.name)]) from your validator, or use one of "
    "poise.fields; let converters return values that they do not handle unchanged",
    after=(*DEFAULT, "every_field_refuses_what_it_cannot_be"),
)
def what_is_refused_is_refused_by_its_path(subject: Subject) -> None:
    """A file may have hundreds of lines; the path tells its reader where to look."""
    cls = subject.spec.config
    names = {field.name for field in attrs.fields(cls)}
    for field in attrs.fields(cls):
        for value in STRANGE if field.init else ():
            try:
                structure({field.name: value}, cls)
            except ConfigError as error:
                lost = [fault for fault in error.faults if _first(fault.path) not in names]
                which = f"{field.name}={value!r} is rejected"
                require(not lost, f"{which} without the path of a field: {lost and lost[0]}")


def _first(path: str) -> str:
    return path.split(".")[0].split("[")[0]


@check(
    "backbone",
    "head",
    scope="configuration",
    fix="give each custom Domain a JSON Schema that accepts the same values; annotate fields with "
    "the types that they hold",
    after=(*DEFAULT, "what_is_refused_is_refused_by_its_path", "it_survives_json_and_yaml"),
)
def its_schema_agrees_with_the_reader(subject: Subject) -> None:
    """Editors and other programs know only the schema."""
    try:
        import jsonschema
    except ImportError:
        raise NotApplicable("jsonschema is not installed: pip install 'poise[testing]'") from None
    cls = subject.spec.config
    with using(subject.registry):
        json_schema = schema(subject.key, subject.kind.name)
    jsonschema.Draft202012Validator.check_schema(json_schema)
    validator = jsonschema.Draft202012Validator(json_schema)
    refusal = next(validator.iter_errors(unstructure(subject.config)), None)
    why = f"{_place(refusal)}: {refusal.message}" if refusal else ""
    require(refusal is None, f"the schema rejects this configuration, {why}")
    if subject.config != cls():
        return  # the fields of the default configuration are varied, once
    for field in attrs.fields(cls):
        for value in JSON_VALUES if field.init else ():
            data = {field.name: value}
            faults, valid = _faults(data, cls), validator.is_valid(data)
            which = f"{field.name}={value!r}"
            require(valid or faults, f"the reader accepts {which}, the schema does not")
            # A schema cannot always express rules over several fields.
            own = [
                fault
                for fault in faults
                if fault.path == field.name and fault.what[:8] == "must be "
            ]
            require(not valid or not own, f"the schema accepts {which}; {own and own[0].what}")


def _faults(data: Any, cls: type) -> tuple[Fault, ...]:
    try:
        structure(data, cls)
    except ConfigError as error:
        return error.faults
    return ()


def _place(refusal: Any) -> str:
    return ".".join(map(str, refusal.absolute_path)) or "as a whole"


@check(
    "backbone",
    "head",
    CONFIGURED,
    scope="plugin",
    fix="let poise.wire.structure read the class: register no structure hook for it",
    after=DEFAULT,
)
def a_misspelled_field_is_answered_with_the_closest_name(subject: Subject) -> None:
    """If a typo is ignored, the setting silently has no effect."""
    cls = subject.spec.config
    names = [field.name for field in attrs.fields(cls)]
    if not names:
        raise NotApplicable(f"{cls.__name__} has no fields")
    wrong = max(names, key=len) + "x"
    try:
        structure({wrong: None}, cls)
    except ConfigError as error:
        close = f"did you mean {wrong[:-1]!r}?"
        require(close in str(error), f"{wrong!r} is rejected, but the message does not ask {close}")
    else:
        require(False, f"the unknown field {wrong!r} was ignored")


@check(
    "backbone",
    "head",
    scope="configuration",
    fix="annotate fields with types that JSON has (numbers, strings, true or false, tuples, nested "
    "configuration classes), and use no converter that changes a value twice",
    after=FOUND,
)
def it_survives_json_and_yaml(subject: Subject) -> None:
    """A model folder holds its configuration as JSON.

    A configuration that comes back changed builds another network, which the weights do not fit.
    """
    config = model_config(subject)
    for name in ("JSON", "YAML"):
        try:
            if name == "JSON":
                back = ModelConfig.from_json(config.to_json())
            else:
                back = ModelConfig.from_yaml(config.to_yaml())
        except (ConfigError, TypeError, ValueError) as error:
            require(False, f"its {name} cannot be read back: {str(error).splitlines()[-1]}")
        section = getattr(back.backbone if subject.kind is BACKBONE else back.heads, subject.key)
        changed = _changed(subject.config, section)
        require(not changed, f"read back from {name}, {join_names(changed)}")
        require(back == config, f"read back from {name}, it is not equal to the original")


def _changed(before: Any, after: Any) -> list[str]:
    return [
        f"{field.name}={getattr(before, field.name)!r} became {getattr(after, field.name)!r}"
        for field in attrs.fields(type(before))
        if getattr(before, field.name) != getattr(after, field.name)
    ]


@check(
    "backbone",
    scope="configuration",
    fix="return powers of two from max_stride(config) and output_stride(config), the second at "
    "most the first; reject other configurations with a validator",
    after=FOUND,
)
def its_strides_are_powers_of_two_in_order(subject: BackboneSubject) -> None:
    """Heads ask for strides 1, 2, 4, …; a backbone with other strides cannot serve them."""
    spec, config = subject.spec, subject.config
    coarse, fine = spec.max_stride(config), spec.output_stride(config)
    for name, stride in (("max_stride", coarse), ("output_stride", fine)):
        require(is_power_of_two(stride), f"{name}(config) must be a power of two, got {stride!r}")
    problem = f"output_stride(config) must be at most max_stride(config), {coarse}, got {fine}"
    require(fine <= coarse, problem)

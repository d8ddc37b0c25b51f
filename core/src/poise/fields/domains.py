"""Validators for configuration fields that also describe what they accept.

Pass them to ``attrs.field(validator=…)``. Each has its domain in words, for ``poise show`` and
errors, and as JSON Schema. Validators never coerce: ``"8"`` is not 8 and ``True`` is not 1.
NumPy's numbers are numbers: a configuration keeps ``np.int64(8)`` as 8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from poise.errors import ConfigError, Fault
from poise.messages import repeated, short_repr, shortened, suggestion
from poise.scalars import is_integer, is_number, make_plain, plain

LARGEST_POWER = 2**30
"""The largest power of two that Poise accepts, so a schema can list them all."""


@attrs.frozen
class Domain:
    """A validator of one value.

    Attributes:
        text: the accepted values in words that follow "must be".
        accepts: ``accepts(value)``: whether a value is in the domain; never raises.
        schema: the domain as a JSON Schema fragment, or a function that returns it if it
            depends on installed plugins.
        hint: ``hint(value)``: the end of the message about a refused value; may be empty.
        floors_to_power_of_two: whether SLEAP 1.4 floored values of this field to the next
            power of two. Poise reads its files in the same way, with a report line.
    """

    text: str
    accepts: Callable[[Any], bool] = attrs.field(repr=False, eq=False)
    schema: Mapping[str, Any] | Callable[[], Mapping[str, Any]] = attrs.field(
        factory=dict, repr=False, eq=False
    )
    hint: Callable[[Any], str] = attrs.field(default=lambda value: "", repr=False, eq=False)
    floors_to_power_of_two: bool = False

    def as_schema(self) -> dict[str, Any]:
        """The JSON Schema fragment, for the plugins installed now."""
        return dict(self.schema() if callable(self.schema) else self.schema)

    def __call__(self, instance: Any, attribute: Any, value: Any) -> None:
        make_plain(instance)
        value = plain(value)
        if not self.accepts(value):
            hint = self.hint(value)
            what = f"must be {self.text}, got {short_repr(value)}" + (f"; {hint}" if hint else "")
            raise ConfigError([Fault(what, attribute.name)])


@attrs.frozen
class Rule:
    """A validator of one value against the other fields of its class.

    Attributes:
        text: the rule in words that begin with "must", without a full stop.
        holds: ``holds(config, value)``; it may read every field of the class.
        hint: ``hint(config, value)``: the end of the message about a refused value; may be
            empty.
        cases: pairs of a value and a JSON Schema fragment. The rule must treat all values of
            the fragment like that value: ``(1, {"const": 1}), (2, {"minimum": 2})``. To
            express a rule in JSON Schema, Poise evaluates it for every value of the fields
            that it reads. Without cases, that works only for fields with a list of values.
    """

    text: str
    holds: Callable[[Any, Any], bool] = attrs.field(repr=False, eq=False)
    hint: Callable[[Any, Any], str] = attrs.field(
        default=lambda config, value: "", repr=False, eq=False
    )
    cases: Sequence[tuple[Any, Mapping[str, Any]]] = attrs.field(default=(), repr=False, eq=False)

    def __call__(self, instance: Any, attribute: Any, value: Any) -> None:
        make_plain(instance)
        value = plain(value)
        if not self.holds(instance, value):
            hint = self.hint(instance, value)
            what = f"{self.text}, got {short_repr(value)}" + (f"; {hint}" if hint else "")
            raise ConfigError([Fault(what, attribute.name)])


def is_power_of_two(value: Any) -> bool:
    """Whether ``value`` is one of 1, 2, 4, 8 and so on."""
    return is_integer(value) and value > 0 and value & (value - 1) == 0


def power_of_two(*, at_least: int = 1, floored: bool = True) -> Domain:
    """1, 2, 4, 8, …, not below ``at_least``: the domain of strides.

    Args:
        at_least: the smallest power that is accepted.
        floored: whether SLEAP 1.4 floored values of this field (24 to 16) instead of
            refusing them.
    """
    powers = [2**n for n in range(LARGEST_POWER.bit_length()) if 2**n >= at_least]

    def closest(value: Any) -> str:
        if not is_number(value) or value < 1:
            return ""
        near = [max((p for p in powers if p <= value), default=None)]
        near.append(min((p for p in powers if p > value), default=None))
        return f"did you mean {' or '.join(str(power) for power in near if power)}?"

    return Domain(
        f"a power of two ≥ {at_least}",
        lambda value: is_integer(value) and value in powers,
        {"enum": powers},
        closest,
        floors_to_power_of_two=floored,
    )


def integer(*, at_least: int | None = None) -> Domain:
    """A whole number, not below ``at_least``."""
    text = "an integer" if at_least is None else f"an integer ≥ {at_least}"
    schema: dict[str, Any] = {"type": "integer"}
    if at_least is not None:
        schema["minimum"] = at_least
    return Domain(
        text,
        lambda value: is_integer(value) and (at_least is None or value >= at_least),
        schema,
    )


def positive() -> Domain:
    """A finite number above zero."""
    return Domain(
        "a number > 0",
        lambda value: is_number(value) and value > 0,
        {"type": "number", "exclusiveMinimum": 0},
    )


def not_negative() -> Domain:
    """A finite number, zero or above."""
    return Domain(
        "a number ≥ 0",
        lambda value: is_number(value) and value >= 0,
        {"type": "number", "minimum": 0},
    )


def boolean() -> Domain:
    """``True`` or ``False``; neither 1 nor "yes"."""
    return Domain("true or false", lambda value: type(value) is bool, {"type": "boolean"})


def string() -> Domain:
    """A string that is not empty."""
    return Domain(
        "a non-empty string",
        lambda value: isinstance(value, str) and bool(value),
        {"type": "string", "minLength": 1},
    )


def one_of(names: Iterable[str]) -> Domain:
    """One of some names; the message about a refused name suggests the nearest one."""
    choices = tuple(names)
    listed = ", ".join(map(repr, choices))
    return Domain(
        f"one of {listed}" if len(choices) <= 8 else "one of the known names",
        lambda value: isinstance(value, str) and value in choices,
        {"enum": list(choices)},
        lambda value: suggestion(value, choices),
    )


def names() -> Domain:
    """A non-empty sequence of unique names."""
    return Domain(
        "a non-empty list of different names",
        lambda value: (
            isinstance(value, tuple)
            and len(value) > 0
            # There may be hundreds of thousands, and they are checked again and again.
            and all(issubclass(kind, str) for kind in set(map(type, value)))
            and len(set(value)) == len(value)
        ),
        {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
        _repeated,
    )


def edges() -> Domain:
    """A non-empty sequence of pairs of different part names."""
    return Domain(
        "a non-empty list of pairs [source, destination] of two different parts",
        lambda value: isinstance(value, tuple) and len(value) > 0 and all(map(_is_edge, value)),
        {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "array",
                "items": {"type": "string"},
                "minItems": 2,
                "maxItems": 2,
                "uniqueItems": True,
            },
        },
    )


def instance_of(cls: type) -> Domain:
    """An instance of a configuration class: the domain of a nested section."""
    article = "an" if cls.__name__[0] in "AEIOU" else "a"
    return Domain(
        f"{article} {cls.__name__}", lambda value: isinstance(value, cls), {"type": "object"}
    )


def optional(domain: Domain) -> Domain:
    """The same domain, or ``None``."""
    return Domain(
        f"{domain.text}, or null",
        lambda value: value is None or domain.accepts(value),
        lambda: {"anyOf": [domain.as_schema(), {"type": "null"}]},
        domain.hint,
        domain.floors_to_power_of_two,
    )


def at_most(other: str) -> Rule:
    """Not above the field ``other`` of the same class (``None`` is never above)."""

    def holds(config: Any, value: Any) -> bool:
        limit = getattr(config, other)
        # The domains of the fields report values that are not numbers.
        return not (is_number(value) and is_number(limit)) or value <= limit

    return Rule(f"must be at most {other}", holds, _shows(other))


def below(other: str) -> Rule:
    """Less than the field ``other`` of the same class (``None`` is always less)."""

    def holds(config: Any, value: Any) -> bool:
        limit = getattr(config, other)
        return not (is_number(value) and is_number(limit)) or value < limit

    return Rule(f"must be below {other}", holds, _shows(other))


def rule(
    text: str,
    holds: Callable[[Any, Any], bool],
    hint: Callable[[Any, Any], str] = lambda config, value: "",
    cases: Sequence[tuple[Any, Mapping[str, Any]]] = (),
) -> Rule:
    """A rule over several fields, as ``rule("must be 1", lambda config, value: …)``."""
    return Rule(text, holds, hint, cases)


def to_tuple(value: Any) -> Any:
    """attrs converter: a list becomes a tuple; a string stays a string and is refused later."""
    if not isinstance(value, list | tuple):
        return value
    # Names are plain already, and there may be hundreds of thousands.
    return tuple(value) if set(map(type, value)) == {str} else tuple(map(plain, value))


def to_edges(value: Any) -> Any:
    """attrs converter: lists of pairs become tuples of tuples."""
    if not isinstance(value, list | tuple):
        return value
    return tuple(to_tuple(pair) for pair in value)


def domains_of(attribute: Any) -> list[Domain | Rule]:
    """The domains and rules among an attrs attribute's validators, in order."""
    validator = attribute.validator
    inner: Sequence[Any] = getattr(validator, "_validators", (validator,))
    return [item for item in inner if isinstance(item, Domain | Rule)]


def _shows(other: str) -> Callable[[Any, Any], str]:
    return lambda config, value: f"{other} is {getattr(config, other)!r}"


def _is_edge(pair: Any) -> bool:
    return (
        isinstance(pair, tuple)
        and len(pair) == 2
        and all(isinstance(part, str) for part in pair)
        and pair[0] != pair[1]
    )


def _repeated(value: Any) -> str:
    if not isinstance(value, list | tuple):
        return ""
    twice = repeated(name for name in value if isinstance(name, str))
    return f"{shortened(repr(twice[0][1]))} appears twice" if twice else ""


def aliases_of(attribute: Any) -> tuple[str, ...]:
    """Other names by which SLEAP's files or documentation know an attrs attribute.

    A class declares them as ``attrs.field(metadata={"aliases": ("filters_increase",)})``.
    Only ``poise.read_sleap`` accepts them; it reports each use.
    """
    return tuple(attribute.metadata.get("aliases", ()))


def inverted_aliases_of(attribute: Any) -> tuple[str, ...]:
    """Other names that mean the opposite of a true-or-false attrs attribute.

    A class declares them as ``metadata={"inverted_aliases": ("delete_viz_images",)}``.
    """
    return tuple(attribute.metadata.get("inverted_aliases", ()))

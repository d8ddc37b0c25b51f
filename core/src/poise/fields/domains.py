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
from poise.messages import short_repr, suggestion
from poise.scalars import is_integer, is_number, make_plain, plain

LARGEST_POWER = 2**30
"""The largest power of two that Poise accepts."""
LARGEST_LISTED = 2**10
"""The largest that a schema lists. No network has a larger stride; an editor shows the list."""


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
        {"enum": [power for power in powers if power <= max(LARGEST_LISTED, at_least)]},
        closest,
        floors_to_power_of_two=floored,
    )


def integer(*, at_least: int | None = None, at_most: int | None = None) -> Domain:
    """A whole number, not below ``at_least`` and not above ``at_most``."""
    limits = {"minimum": at_least, "maximum": at_most}
    return Domain(
        f"an integer{_limits(at_least, at_most)}",
        lambda value: is_integer(value) and _is_between(value, at_least, at_most),
        {"type": "integer", **{key: limit for key, limit in limits.items() if limit is not None}},
    )


def between(low: float, high: float) -> Domain:
    """A finite number from ``low`` to ``high``, both included."""
    return Domain(
        f"a number{_limits(low, high)}",
        lambda value: is_number(value) and low <= value <= high,
        {"type": "number", "minimum": low, "maximum": high},
    )


def _limits(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    return f" ≥ {low:g}" if low is not None else f" ≤ {high:g}" if high is not None else ""


def _is_between(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


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


def one_of(values: Iterable[str | float]) -> Domain:
    """One of some names or numbers; the message about a refused name suggests the nearest one."""
    choices = tuple(values)
    listed = ", ".join(map(repr, choices))
    names = [each for each in choices if isinstance(each, str)]
    what = "names" if len(names) == len(choices) else "values"
    return Domain(
        f"one of {listed}" if len(choices) <= 8 else f"one of the known {what}",
        # True is not 1, and 4.0 is not 4.
        lambda value: any(type(value) is type(each) and value == each for each in choices),
        {"enum": list(choices)},
        lambda value: suggestion(value, names) if what == "names" else _nearest(value, choices),
    )


def _nearest(value: Any, choices: Sequence[Any]) -> str:
    numbers = [each for each in choices if is_number(each)]
    if not is_number(value) or not numbers:
        return ""
    return f"did you mean {min(numbers, key=lambda each: abs(each - value))!r}?"


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


def domains_of(attribute: Any) -> list[Domain | Rule]:
    """The domains and rules among an attrs attribute's validators, in order."""
    validator = attribute.validator
    inner: Sequence[Any] = getattr(validator, "_validators", (validator,))
    return [item for item in inner if isinstance(item, Domain | Rule)]


def _shows(other: str) -> Callable[[Any, Any], str]:
    return lambda config, value: f"{other} is {getattr(config, other)!r}"


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

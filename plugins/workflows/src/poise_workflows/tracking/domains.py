"""Domains of the trackers' options that the core does not have."""

from __future__ import annotations

from poise.fields import Domain, is_integer, is_number


def positive_numbers() -> Domain:
    """A sequence of numbers above zero."""
    return Domain(
        "a non-empty list of numbers > 0",
        lambda value: (
            isinstance(value, tuple)
            and len(value) > 0
            and all(is_number(item) and item > 0 for item in value)
        ),
        {"type": "array", "items": {"type": "number", "exclusiveMinimum": 0}, "minItems": 1},
    )


def indices() -> Domain:
    """A sequence of different indices."""
    return Domain(
        "a list of different integers ≥ 0",
        lambda value: (
            isinstance(value, tuple)
            and all(is_integer(item) and item >= 0 for item in value)
            and len(set(value)) == len(value)
        ),
        {"type": "array", "items": {"type": "integer", "minimum": 0}, "uniqueItems": True},
    )


def fraction() -> Domain:
    """A number from 0 to 1."""
    return Domain(
        "a number from 0 to 1",
        lambda value: is_number(value) and 0 <= value <= 1,
        {"type": "number", "minimum": 0, "maximum": 1},
    )


def number() -> Domain:
    """A finite number."""
    return Domain("a number", is_number, {"type": "number"})

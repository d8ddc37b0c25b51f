"""Domains of lists, and the converters that make tuples of them.

A configuration keeps tuples: use ``converter=fields.to_tuple`` beside such a domain.
"""

from __future__ import annotations

from typing import Any

from poise.fields.domains import Domain
from poise.messages import repeated, short_repr, shortened
from poise.scalars import plain


def list_of(domain: Domain, *, length: int | None = None) -> Domain:
    """A list of values that each are in a domain, as ``list_of(integer(at_least=1))``.

    The field needs ``converter=fields.to_tuple``, and a type as ``tuple[int, ...]``.

    Args:
        domain: the domain of each item.
        length: how many items there must be; by default one or more.
    """
    number = "one or more items" if length is None else f"{length} items"
    sizes = {"minItems": 1} if length is None else {"minItems": length, "maxItems": length}
    return Domain(
        f"a list of {number}, each {domain.text}",
        lambda value: (
            isinstance(value, tuple)
            and (len(value) == length if length is not None else len(value) > 0)
            and all(map(domain.accepts, value))
        ),
        lambda: {"type": "array", "items": domain.as_schema(), **sizes},
        lambda value: _first_refused(value, domain),
    )


def _first_refused(value: Any, domain: Domain) -> str:
    if not isinstance(value, tuple):
        return ""
    for index, item in enumerate(value):
        if not domain.accepts(item):
            hint = domain.hint(item)
            return f"item {index} is {short_repr(item)}" + (f"; {hint}" if hint else "")
    return ""


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

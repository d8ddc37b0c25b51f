"""The fields of a configuration class, described from the class itself."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import attrs

from poise.fields.domains import Rule, aliases_of, domains_of
from poise.wire.structure import unstructure

_NAMES = {bool: "true or false", int: "integer", float: "number", str: "string", dict: "object"}


class FieldPage(NamedTuple):
    """What there is to know of one field.

    Attributes:
        name: its name, inside of its section.
        type: what it holds, in words.
        default: its default as plain data; ``REQUIRED`` if it has none.
        domain: what is accepted, each a sentence without a full stop.
        meaning: its paragraph of the class's docstring, or an empty string.
        aliases: other names that SLEAP's files have for it.
    """

    name: str
    type: str
    default: Any
    domain: tuple[str, ...]
    meaning: str
    aliases: tuple[str, ...]


REQUIRED = "required"


class SectionPage(NamedTuple):
    """A configuration class: its fields, and the sections nested in it.

    Attributes:
        path: dotted path below the key; empty for the outermost.
        name: of the class.
        summary: the first paragraph of its docstring.
        fields: those that are no sections, in order.
    """

    path: str
    name: str
    summary: str
    fields: tuple[FieldPage, ...]


def sections_of(cls: type, path: str = "", *, marked: bool = False) -> list[SectionPage]:
    """A configuration class and every class nested in it, outermost first.

    Args:
        cls: the class.
        path: where it is nested itself.
        marked: leave code in the docstrings between double backticks.
    """
    hints = hints_of(cls)
    meanings = meanings_of(cls, marked=marked)
    pages: list[FieldPage] = []
    inner: list[SectionPage] = []
    for field in attrs.fields(cls):
        hint = hints.get(field.name, field.type)
        nested = section_class(hint)
        if nested is not None:
            inner += sections_of(
                nested, f"{path}.{field.name}" if path else field.name, marked=marked
            )
        pages.append(
            FieldPage(
                field.name,
                type_in_words(hint),
                default_of(field),
                tuple(
                    one.text if isinstance(one, Rule) else f"must be {one.text}"
                    for one in domains_of(field)
                    if nested is None or isinstance(one, Rule)
                ),
                meanings.get(field.name, ""),
                aliases_of(field),
            )
        )
    summary = next(iter(paragraphs_of(cls, marked=marked)), "")
    return [SectionPage(path, cls.__name__, summary, tuple(pages)), *inner]


def paragraphs_of(cls: type, *, marked: bool = False) -> list[str]:
    """What the docstring of a class says before its first section, in paragraphs."""
    doc = inspect.cleandoc(cls.__doc__ or "") if "__doc__" in vars(cls) else ""
    prose = re.split(
        r"(?:^|\n)(?:Args|Attributes|Examples?|Note|Raises|Warns):\n", doc, maxsplit=1
    )[0]
    texts = [_in_one_line(text, marked) for text in prose.split("\n\n")]
    return [text for text in texts if text]


def _in_one_line(text: str, marked: bool) -> str:
    return " ".join((text if marked else text.replace("``", "")).split())


def meanings_of(cls: type, *, marked: bool = False) -> dict[str, str]:
    """Field → its paragraph under ``Attributes:`` in the docstring of a class or its bases."""
    found: dict[str, str] = {}
    for one in reversed(cls.__mro__):
        doc = inspect.cleandoc(one.__doc__ or "") if "__doc__" in vars(one) else ""
        _, _, rest = f"\n{doc}\n".partition("\nAttributes:\n")
        block = re.split(r"\n(?=\S)", rest, maxsplit=1)[0]
        for entry in re.split(r"\n(?= {4}\w)", f"\n{block}"):
            name, colon, text = entry.strip().partition(":")
            if colon and name.isidentifier():
                found[name] = _in_one_line(text, marked)
    return found


def type_in_words(hint: Any) -> str:
    """A type as users of JSON and YAML would call it."""
    if hint is None or hint is type(None):
        return "null"
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(map(type_in_words, inner))
    if origin is Literal:
        return " or ".join(map(repr, inner))
    if origin in (tuple, list) or origin is Sequence:
        kinds = {type_in_words(one) for one in inner if one is not ...}
        if len(kinds) != 1:
            return "list"
        only = kinds.pop()
        if origin is tuple and ... not in inner:
            return f"list of {len(inner)} {_plural(only)}"
        return f"list of {_plural(only)}"
    if isinstance(hint, type):
        return _NAMES.get(hint, hint.__name__)
    return str(hint).replace("typing.", "")


def _plural(words: str) -> str:
    first, space, rest = words.partition(" ")
    return f"{first}s{space}{rest}" if words in _NAMES.values() or first == "list" else words


def hints_of(cls: type) -> dict[str, Any]:
    """Field → its type, of a configuration class; empty if an annotation names nothing."""
    try:
        return typing.get_type_hints(cls)
    except (NameError, TypeError, AttributeError):
        return {}  # a plugin's annotations may name what only type checkers import


def section_class(hint: Any) -> type | None:
    """The configuration class that a field of this type holds, if it holds one."""
    members = [one for one in typing.get_args(hint) if isinstance(one, type)] or [hint]
    for one in members:
        if isinstance(one, type) and attrs.has(one):
            return one
    return None


def default_of(field: Any) -> Any:
    """The default of a field as plain data; ``REQUIRED`` if it has none."""
    default = field.default
    if default is attrs.NOTHING:
        return REQUIRED
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        if default.takes_self:
            return "depends on other fields"
        default = default.factory()
    return unstructure(default)

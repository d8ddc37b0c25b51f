"""Describe the fields of a configuration class, from the class itself."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import attrs

from poise.fields.domains import Rule, aliases_of, domains_of
from poise.wire.structure import unstructure

_NAMES = {bool: "true or false", int: "integer", float: "number", str: "string", dict: "object"}

_GOOGLE = "(?:Args|Attributes|Examples?|Note|Raises|Warns):"
_NUMPY = r"[A-Z][A-Za-z ]+\n-{3,}"
"""Headings of sections in docstrings; what they have in common is not in the first paragraphs."""


class FieldPage(NamedTuple):
    """The description of one field.

    Attributes:
        name: its name in its section.
        type: its type in words.
        default: its default as plain data; ``REQUIRED`` if it has none.
        domain: what it accepts, each a sentence without a full stop.
        meaning: its paragraph in the class's docstring, or an empty string.
        aliases: its other names in SLEAP's files.
    """

    name: str
    type: str
    default: Any
    domain: tuple[str, ...]
    meaning: str
    aliases: tuple[str, ...]


REQUIRED = "required"


class SectionPage(NamedTuple):
    """The description of a configuration class.

    Attributes:
        path: dotted path below the key; empty for the outermost.
        name: the name of the class.
        summary: the first paragraph of its docstring.
        fields: its fields, in order.
    """

    path: str
    name: str
    summary: str
    fields: tuple[FieldPage, ...]


def sections_of(cls: type, path: str = "", *, marked: bool = False) -> list[SectionPage]:
    """A configuration class and every class nested in it, outermost first.

    Args:
        cls: the class.
        path: the path of the class, if it is nested.
        marked: keep double backticks around code in docstrings.
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
                    item.text if isinstance(item, Rule) else f"must be {item.text}"
                    for item in domains_of(field)
                    if nested is None or isinstance(item, Rule)
                ),
                meanings.get(field.name, ""),
                aliases_of(field),
            )
        )
    summary = next(iter(paragraphs_of(cls, marked=marked)), "")
    return [SectionPage(path, cls.__name__, summary, tuple(pages)), *inner]


def paragraphs_of(cls: type, *, marked: bool = False) -> list[str]:
    """The paragraphs of a class's docstring before its first section."""
    doc = inspect.cleandoc(cls.__doc__ or "") if "__doc__" in vars(cls) else ""
    prose = re.split(rf"(?:^|\n)(?:{_GOOGLE}|{_NUMPY})\n", doc, maxsplit=1)[0]
    texts = [_in_one_line(text, marked) for text in prose.split("\n\n")]
    return [text for text in texts if text]


def _in_one_line(text: str, marked: bool) -> str:
    return " ".join((text if marked else text.replace("``", "")).split())


def meanings_of(cls: type, *, marked: bool = False) -> dict[str, str]:
    """Field → its paragraph in the docstring of a class or a base.

    Google's style has fields under ``Attributes:``, NumPy's under ``Attributes`` or
    ``Parameters``, underlined, with the type of each on a line of its own.
    """
    meanings: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        doc = inspect.cleandoc(base.__doc__ or "") if "__doc__" in vars(base) else ""
        for name, text in (*_entries_of_google(doc), *_entries_of_numpy(doc)):
            meanings[name] = _in_one_line(text, marked)
    return meanings


def _entries_of_google(doc: str) -> Iterator[tuple[str, str]]:
    _, _, rest = f"\n{doc}\n".partition("\nAttributes:\n")
    block = re.split(r"\n(?=\S)", rest, maxsplit=1)[0]
    for entry in re.split(r"\n(?= {4}\w)", f"\n{block}"):
        name, colon, text = entry.strip().partition(":")
        if colon and name.isidentifier():
            yield name, text


def _entries_of_numpy(doc: str) -> Iterator[tuple[str, str]]:
    _, *sections = re.split(rf"(?:^|\n)({_NUMPY})\n", f"\n{doc}")
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        if title.partition("\n")[0] not in ("Attributes", "Parameters"):
            continue
        for entry in re.split(r"\n(?=\S)", body.strip("\n")):
            names, _, text = entry.partition("\n")
            for name in names.partition(":")[0].split(","):
                if name.strip().isidentifier():
                    yield name.strip(), text


def type_in_words(hint: Any) -> str:
    """A type in words that users of JSON and YAML know."""
    if hint is None or hint is type(None):
        return "null"
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(map(type_in_words, inner))
    if origin is Literal:
        return " or ".join(map(repr, inner))
    if origin in (tuple, list) or origin is Sequence:
        kinds = {type_in_words(item) for item in inner if item is not ...}
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
    """Field → type of a configuration class; empty if an annotation cannot be resolved."""
    try:
        return typing.get_type_hints(cls)
    except (NameError, TypeError, AttributeError):
        return {}  # a plugin may import a type only for type checkers


def section_class(hint: Any) -> type | None:
    """The configuration class that a field of this type holds, or ``None``."""
    members = [item for item in typing.get_args(hint) if isinstance(item, type)] or [hint]
    for member in members:
        if isinstance(member, type) and attrs.has(member):
            return member
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

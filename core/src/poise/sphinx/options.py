"""The options of a decoder, from its signature and its docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, NamedTuple


class Option(NamedTuple):
    """An option of a function.

    Attributes:
        name: as callers write it.
        default: what it is if callers leave it out; ``REQUIRED`` if they cannot.
        meaning: its paragraph under ``Args:``, with double backticks around code, or an empty
            string.
    """

    name: str
    default: Any
    meaning: str


REQUIRED = inspect.Parameter.empty


def options_of(function: Callable[..., Any]) -> list[Option]:
    """The keyword-only arguments of a function, in order."""
    function = inspect.unwrap(function)
    meanings = arguments_of(inspect.getdoc(function) or "")
    return [
        Option(name, parameter.default, meanings.get(name, ""))
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    ]


def arguments_of(doc: str) -> dict[str, str]:
    """Argument → its paragraph, in one line, of a docstring in Google's style."""
    _, _, rest = f"\n{doc}\n".partition("\nArgs:\n")
    block = re.split(r"\n(?=\S)", rest, maxsplit=1)[0]
    meanings = {}
    for entry in re.split(r"\n(?= {4}\w)", f"\n{block}"):
        name, colon, text = entry.strip().partition(":")
        if colon and name.isidentifier():
            meanings[name] = " ".join(text.split())
    return meanings

"""Limits of a document, and everything in parsed data that is not plain.

Where a parser would lose something without a word, the data holds a ``Refused`` until its path
is known.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from poise.errors import ConfigError, Fault
from poise.messages import shown

MAX_DEPTH = 100
"""Levels of nesting that a document may have; real ones have about ten."""

MAX_DIGITS = 300
"""Digits that an integer may have; beyond, it would be no floating-point number, either."""

MAX_VALUES = 1_000_000
"""Values that a document may come to; of YAML, once its aliases are followed."""

MAX_KEYS = 1_000
"""Keys that one object may have; each unknown one is compared with every known one."""

TOO_DEEP = f"nested too deep; at most {MAX_DEPTH} levels are read"
TOO_MANY = f"has more than {MAX_VALUES} values"

# What is never closed matches to the end: otherwise each of its quotes would be tried anew.
STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'
_STRING_OR_PUNCTUATION = re.compile(STRING + r"|[\[{\]},]", re.DOTALL)


def refuse_abundance(text: str, source: str) -> None:
    """Refuse JSON that is nested too deep, or has too many values, before it is parsed.

    Raises:
        ConfigError: says which limit it goes beyond.
    """
    depth, values = 0, 1
    for match in _STRING_OR_PUNCTUATION.finditer(text):
        mark = match.group()[0]
        if mark in "[{":
            depth += 1
            values += 1
            if depth > MAX_DEPTH:
                raise ConfigError([Fault(TOO_DEEP, source)])
        elif mark in "]}":
            depth -= 1
        elif mark == ",":
            values += 1
        if values > MAX_VALUES:
            raise ConfigError([Fault(TOO_MANY, source)])


class Refused:
    """Stands in parsed data where something would be lost, until its path is known."""

    def __init__(self, what: str) -> None:
        self.what = what


def too_many_keys(count: int) -> str:
    """What is wrong with an object of so many keys."""
    return f"has {count} keys; objects with at most {MAX_KEYS} are read"


def faults_of(data: Any, path: str) -> Iterator[Fault]:
    """Everything in parsed data that is not plain, each with its path."""
    values = 0
    waiting = [(data, path, 0)]
    while waiting:
        value, where, depth = waiting.pop()
        values += 1
        if depth > MAX_DEPTH:
            yield Fault(TOO_DEEP, path)
            return
        if values > MAX_VALUES:
            yield Fault(f"{TOO_MANY}, once its aliases are followed", path)
            return
        if type(value) is dict and len(value) > MAX_KEYS:
            yield Fault(too_many_keys(len(value)), where)
        elif type(value) is dict:
            inner = []
            for key, member in value.items():
                below = f"{where}.{key}" if where else str(key)
                if type(key) is not str:
                    yield Fault(f"keys must be strings, got {shown(key)}", where)
                elif _is_half(key):
                    yield Fault(f"the key {shown(key)} has half of a character", where)
                inner.append((member, below, depth + 1))
            waiting += reversed(inner)
        elif type(value) is list:
            inner = [(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(value)]
            waiting += reversed(inner)
        else:
            what = _refused_scalar(value)
            if what:
                yield Fault(what, where)


def _refused_scalar(value: Any) -> str:
    if value is None or type(value) is bool:
        return ""
    if type(value) is str:
        return f"{shown(value)} has half of a character" if _is_half(value) else ""
    if type(value) is int:
        return "" if abs(value) < 10**MAX_DIGITS else "the number is too large"
    if type(value) is float:
        return "" if math.isfinite(value) else f"{value} is not a number that a configuration knows"
    if isinstance(value, Refused):
        return value.what
    return f"must be a JSON value, got a {type(value).__name__}; quote it to make it a string"


def _is_half(text: str) -> bool:
    """Whether text has a surrogate alone, which can be written to no file and no terminal."""
    return not text.isascii() and any("\ud800" <= one <= "\udfff" for one in text)

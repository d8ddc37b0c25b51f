"""Limits of a document, and checks that parsed data is plain.

Where a parser would silently lose something, the data holds a ``Refused`` until the path is
known.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from poise.errors import ConfigError, Fault
from poise.messages import short_repr

MAX_DEPTH = 100
"""Most levels of nesting in a document; real documents have about ten."""

MAX_DIGITS = 300
"""Most digits of an integer; a longer one is too large even for a float."""

MAX_VALUES = 1_000_000
"""Most values in a document; in YAML, after its aliases are expanded."""

MAX_KEYS = 1_000
"""Most keys of one object; each unknown key is compared with every known one."""

UNIQUE = "keys must be unique"
TOO_DEEP = f"must have at most {MAX_DEPTH} levels of nesting, got more"
TOO_MANY = f"must have at most {MAX_VALUES} values, got more"

# An unclosed string matches to the end; otherwise every later quote would be tried again.
STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'
_STRING_OR_PUNCTUATION = re.compile(STRING + r"|[\[{\]},]", re.DOTALL)


def refuse_abundance(text: str, source: str) -> None:
    """Refuse JSON that is nested too deeply or has too many values, before parsing it.

    Raises:
        ConfigError: the text exceeds a limit; the message says which.
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
    """Marks refused content in parsed data until its path is known."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __repr__(self) -> str:
        return "a number that Poise refuses"  # where it is a key


class Repeated(Refused):
    """Marks a key that is there more than once, with its last value."""

    def __init__(self, what: str, value: Any) -> None:
        super().__init__(what)
        self.value = value


def settle_repeated(data: Any, may_repeat: Callable[[str], bool]) -> list[str]:
    """Give repeated keys their last value where they may repeat; the others stay refused.

    Args:
        data: parsed data, whose objects are changed.
        may_repeat: whether a key may repeat, by its dotted path.

    Returns:
        The paths of the settled keys, in the order of the text.
    """
    settled: list[str] = []
    waiting = [(data, "")]
    while waiting:
        value, path = waiting.pop()
        inner: list[tuple[Any, str]] = []
        if type(value) is dict:
            for key, member in value.items():
                where = f"{path}.{key}" if path else key
                if isinstance(member, Repeated) and may_repeat(where):
                    settled.append(where)
                    member = value[key] = member.value
                inner.append((member, where))
        elif type(value) is list:
            inner = [(item, f"{path}[{index}]") for index, item in enumerate(value)]
        waiting += reversed(inner)
    return settled


def too_large(number: str) -> str:
    """What is wrong with a number that no float can hold."""
    return f"must be a number between -1.8e308 and 1.8e308, got {number}"


def too_many_keys(count: int) -> str:
    """The message for an object with too many keys."""
    return f"must have at most {MAX_KEYS} keys, got {count}"


def faults_of(data: Any, path: str) -> Iterator[Fault]:
    """A fault for everything in parsed data that is not plain, each with its path."""
    values = 0
    waiting = [(data, path, 0)]
    while waiting:
        value, where, depth = waiting.pop()
        values += 1
        if depth > MAX_DEPTH:
            yield Fault(TOO_DEEP, path)
            return
        if values > MAX_VALUES:
            yield Fault(f"{TOO_MANY} after its aliases are expanded", path)
            return
        if type(value) is dict and len(value) > MAX_KEYS:
            yield Fault(too_many_keys(len(value)), where)
        elif type(value) is dict:
            inner = []
            for key, member in value.items():
                below = f"{where}.{key}" if where else str(key)
                if type(key) is not str:
                    yield Fault(f"keys must be strings, got {short_repr(key)}", where)
                elif _has_surrogate(key):
                    yield Fault(
                        f"keys must not contain an unpaired surrogate, got {short_repr(key)}", where
                    )
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
        if _has_surrogate(value):
            return f"must not contain an unpaired surrogate, got {short_repr(value)}"
        return ""
    if type(value) is int:
        return (
            ""
            if abs(value) < 10**MAX_DIGITS
            else f"must have at most {MAX_DIGITS} digits, got more"
        )
    if type(value) is float:
        return "" if math.isfinite(value) else f"must be a finite number, got {value}"
    if isinstance(value, Refused):
        return value.what
    return f"must be a JSON value, got a {type(value).__name__}; quote it to make it a string"


def _has_surrogate(text: str) -> bool:
    """Whether text contains an unpaired surrogate, which no file or terminal accepts."""
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)

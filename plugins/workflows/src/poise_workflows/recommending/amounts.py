"""Memory in words and in bytes."""

from __future__ import annotations

import re
from typing import Any

from poise.messages import figure
from poise.scalars import is_number

_UNITS = {
    **{f"{letter}B": 1000**power for power, letter in enumerate("KMGT", 1)},
    **{f"{letter}iB": 1024**power for power, letter in enumerate("KMGT", 1)},
}
_BY_LETTERS = {name.lower(): size for name, size in _UNITS.items()}

_FORM = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*([A-Za-z]*)\s*", re.ASCII)

FORM = "a number and a unit, as 4GiB or 500MB"


def bytes_of(amount: Any) -> int:
    """The bytes of an amount of memory.

    Args:
        amount: bytes, or text such as ``"4GiB"``.

    Raises:
        ValueError: it is no such amount; the message says what it must be and ends before the
            path.
    """
    if is_number(amount):
        if not 1 <= amount < 2**63:
            raise ValueError(f"must be a number of bytes above 0, got {amount!r}")
        return int(amount)
    match = _FORM.fullmatch(amount) if isinstance(amount, str) else None
    if match is None:
        raise ValueError(f"must be {FORM}, got {amount!r}")
    number, unit = match.groups()
    if not unit:
        raise ValueError(f"must be {FORM}, got {amount!r}; did you mean {number}GiB?")
    if unit.lower() not in _BY_LETTERS:
        raise ValueError(f"must be {FORM}, got {amount!r}; units: {_near(unit)}")
    size = float(number) * _BY_LETTERS[unit.lower()]
    if not 1 <= size < 2**63:
        raise ValueError(f"must be more than nothing, and less than 8,388,608TiB, got {amount!r}")
    return int(size)


def _near(unit: str) -> str:
    """The units that begin as this one; all of them if none does."""
    near = [name for name in _UNITS if name[0].lower() == unit[0].lower()]
    return ", ".join(near or _UNITS)


def in_words(count: float) -> str:
    """Bytes as people read them, with three figures at most."""
    size, unit = (count / 2**30, "GiB") if count >= 2**30 else (count / 2**20, "MiB")
    return f"{figure(size)} {unit}"

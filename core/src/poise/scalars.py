"""Which values are numbers: those of Python and of NumPy, but no bool.

All of Poise asks here. NumPy registers its numbers with ``numbers``, so this module does not
import it.
"""

from __future__ import annotations

import math
from contextlib import suppress
from enum import Enum
from numbers import Integral, Real
from typing import Any, TypeGuard, get_args

import attrs


def plain(value: Any) -> Any:
    """The Python int, float or str of a number or text; any other value as it is.

    ``np.int64(8)`` gives ``8``, ``np.float32(0.5)`` gives ``0.5``, ``np.str_("a")`` gives ``"a"``.
    A member of an enum of numbers or texts gives its value. A bool stays one, and so does
    ``np.bool_``.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, str):
        return str.__str__(value)  # str() of an enum's member may give its name
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    return value


def is_scalar_class(cls: Any) -> bool:
    """Whether ``plain`` has something to do for instances of ``cls``."""
    return isinstance(cls, type) and issubclass(cls, Real | str)


def is_integer(value: Any) -> TypeGuard[int]:
    """Whether ``value`` is a whole number of Python or NumPy; a bool is not, nor is 4.0."""
    return type(plain(value)) is int


def is_number(value: Any) -> bool:
    """Whether ``value`` is a finite number of Python or NumPy; a bool is not."""
    number = plain(value)
    # math.isfinite would fail on an int that is too large for a float.
    return type(number) is int or (type(number) is float and math.isfinite(number))


def make_plain(instance: Any) -> None:
    """Give a configuration Python's numbers instead of NumPy's, before anything reads them.

    A member of an enum stays one in a field that is declared to hold it.
    """
    if not attrs.has(type(instance)):
        return  # stands in for a configuration whose numbers are plain already
    for field in attrs.fields(type(instance)):
        value = getattr(instance, field.name)
        number = plain(value)
        if number is not value and not _is_declared(type(instance), field.name, value):
            object.__setattr__(instance, field.name, number)


def _is_declared(cls: Any, name: str, value: Any) -> bool:
    """Whether a field is declared to hold members of an enum, and ``value`` is one of them."""
    if not isinstance(value, Enum):
        return False
    with suppress(Exception):  # annotations may name what only type checkers import
        attrs.resolve_types(cls)
    declared = getattr(attrs.fields(cls), name).type
    return type(value) in (declared, *get_args(declared))

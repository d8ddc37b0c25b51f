"""Which values are numbers: those of Python and of NumPy, but no bool.

All of Poise asks here. NumPy registers its numbers with ``numbers``, so this module does not
import it.
"""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any, TypeGuard

import attrs


def plain(value: Any) -> Any:
    """The Python int, float or str of a number or text; any other value as it is.

    ``np.int64(8)`` gives ``8``, ``np.float32(0.5)`` gives ``0.5``, ``np.str_("a")`` gives ``"a"``.
    A bool stays one, and so does ``np.bool_``.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Integral) and not isinstance(value, int):
        return int(value)
    if isinstance(value, Real) and not isinstance(value, int):
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
    """Give a configuration Python's numbers instead of NumPy's, before anything reads them."""
    if not attrs.has(type(instance)):
        return  # stands in for a configuration whose numbers are plain already
    for field in attrs.fields(type(instance)):
        value = getattr(instance, field.name)
        number = plain(value)
        if number is not value:
            object.__setattr__(instance, field.name, number)

"""Numbers from their digits, where they mean what is written.

Integers are exact. A number with a point or an exponent becomes a float64, which holds some 16
significant digits between 5e-324 and 1.8e308. What it cannot hold as written is refused:
otherwise a file would say one thing, and Poise do another.
"""

from __future__ import annotations

import math
from decimal import Context, Decimal, InvalidOperation

from poise.messages import short_repr
from poise.wire.plain import MAX_DIGITS, Refused, too_large

SURE = 15
"""Every number of so many significant digits is a float64 as written, unless it is tiny."""

LEAST = 1e-300
"""Below this a float64 may hold fewer digits."""


def integer(digits: str, base: int = 10) -> int | Refused:
    """The integer that the digits state, or what is wrong with them."""
    # Python refuses to read very long integers, with a different error.
    if len(digits) > MAX_DIGITS and base == 10:
        count = len(digits)
        return Refused(f"must have at most {MAX_DIGITS} digits, got {count}: {digits[:20]}…")
    return int(digits, base)


def decimal(digits: str | int) -> float | Refused:
    """The float64 that the digits state, or what is wrong with them.

    Args:
        digits: such as ``-1.5e-3``, or an integer.
    """
    if not isinstance(digits, str):
        if abs(digits) >= 10**309:  # too large, and Python may refuse to write it
            return Refused(too_large(short_repr(digits)))
        digits = str(digits)
    number = float(digits)
    if math.isinf(number):
        return Refused(too_large(_short(digits)))
    if is_held(digits, number):
        return number
    return Refused(
        f"must be a number that float64 holds as written, got {_short(digits)}; "
        f"the nearest is {number!r}"
    )


def is_held(digits: str, number: float) -> bool:
    """Whether a float64 shows these digits again, when it is written with as many of them.

    ``0.10000000000000001`` is held, though no float64 is exactly that;
    ``0.100000000000000000001`` and ``1e-400`` are not.
    """
    if len(digits) <= SURE and abs(number) > LEAST:
        return True
    mantissa = digits.lower().partition("e")[0]
    if number == 0:
        return not any(digit in "123456789" for digit in mantissa)
    try:
        written = Decimal(digits).normalize(Context(prec=max(1, len(mantissa))))
        count = len(written.as_tuple().digits)
        # The shortest digits of a float64 may differ from its rounded ones in the last place.
        shortest = Decimal(repr(number)) == written
        return shortest or Decimal(number).normalize(Context(prec=count)) == written
    except InvalidOperation:  # an exponent that Decimal has no room for
        return False


def _short(digits: str) -> str:
    return digits if len(digits) <= 30 else f"{digits[:20]}…"

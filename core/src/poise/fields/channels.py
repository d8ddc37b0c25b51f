"""Channel counts of levels that grow by a rate: ``int(filters · rate^level)``.

Level 0 is the first block of a backbone; each halving of the resolution adds a level. Counts
are truncated, never rounded, as in SLEAP: 5 filters at rate 1.5 give 5, 7, 11, 16.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from poise.fields.domains import Rule, rule
from poise.scalars import is_integer, is_number


def channels_at(filters: int, rate: float, level: int) -> int:
    """Channels of one level.

    Args:
        filters: channels of level 0.
        rate: factor from one level to the next.
        level: the level, from 0.

    Raises:
        OverflowError: the count is not finite.
    """
    return int(filters * rate**level)


def keeps_channels(levels: Callable[[Any], int]) -> Rule:
    """A rule for a rate: every level must keep at least one channel.

    The class must have a field ``filters``.

    Args:
        levels: ``levels(config)``: the number of levels of the configuration.
    """

    def first_bad(config: Any, rate: Any) -> tuple[int, str] | None:
        filters = config.filters
        # The domains of the fields report values outside of them.
        if not (is_integer(filters) and filters >= 1 and is_number(rate) and rate > 0):
            return None
        for level in range(levels(config)):
            count = _count(filters, rate, level)
            if count is None or count < 1:
                return level, "too many channels" if count is None else "no channel"
        return None

    def hint(config: Any, rate: Any) -> str:
        bad = first_bad(config, rate)
        if bad is None:
            return ""
        level, what = bad
        return f"{what} at level {level}, int({config.filters} · {rate!r}^{level})"

    return rule(
        "must leave at least one channel at every level",
        lambda config, rate: first_bad(config, rate) is None,
        hint,
    )


def _count(filters: int, rate: float, level: int) -> int | None:
    try:
        value = filters * rate**level
        return int(value) if math.isfinite(value) else None
    except OverflowError:
        return None

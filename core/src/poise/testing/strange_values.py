"""Values that few fields of configurations accept."""

from __future__ import annotations

from typing import Any


class NoValue:
    """A value that no field of any configuration accepts."""

    def __repr__(self) -> str:
        return "<no value of any domain>"


JSON_VALUES: tuple[Any, ...] = (None, True, -1, 0, 0.5, 3, "", "x", [], [-1], {})
"""Values that JSON can hold and few fields accept."""
STRANGE = (*JSON_VALUES, 1e300, float("nan"))
"""Also values that JSON should not hold."""

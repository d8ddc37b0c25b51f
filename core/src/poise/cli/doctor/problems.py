"""Something that is broken."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """Something that is broken.

    Attributes:
        cause: what, in one line.
        fix: how to fix it, in one line.
    """

    cause: str
    fix: str

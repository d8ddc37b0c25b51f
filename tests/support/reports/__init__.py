"""What the folders of ``shared/reports`` expect: inputs that failed, one check for each.

A module of this package checks the reports of one kind. ``@report(number)`` enters a check: a
function of the report's folder and of an empty one, which fails if the expectation does not hold.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Check = Callable[[Path, Path], None]
CHECKS: dict[str, Check] = {}
"""Number of a report, for example ``03`` or ``wild-01`` → its check."""


def report(number: str) -> Callable[[Check], Check]:
    """Enter the decorated function as the check of a report."""

    def enter(check: Check) -> Check:
        assert number not in CHECKS, f"report {number} has two checks"
        CHECKS[number] = check
        return check

    return enter

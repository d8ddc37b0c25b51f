"""Checks of values that have another unit in each edition."""

from __future__ import annotations

import math
from typing import Any

from poise.editions import DOCUMENTED, SLEAP, Edition, edition
from poise.testing.check import NotApplicable, check, require
from poise.testing.checks.configuration import DEFAULT
from poise.testing.subjects import Subject
from poise.wire.structure import unstructure


@check(
    "backbone",
    "head",
    scope="configuration",
    fix="let convert(config, edition, job) of a Difference return the configuration with the "
    "value in the unit of that edition, or None where no value can even the difference out",
    after=DEFAULT,
)
def values_are_converted_between_the_editions_and_back(subject: Subject) -> None:
    """`poise migrate` promises that a configuration means the same in the other edition."""
    compared = False
    for difference in subject.spec.differences:
        if difference.convert is None:
            continue

        def converted(config: Any, name: Edition, difference: Any = difference) -> Any:
            with edition(SLEAP):
                after = difference.convert(config, name, None)
            cls, what = type(config), f"convert of {difference.name!r}"
            good = after is None or type(after) is cls
            require(good, f"{what} must return a {cls.__name__} or None, got {after!r}")
            return after

        there = converted(subject.config, SLEAP)
        back = there if there is None else converted(there, DOCUMENTED)
        if back is not None:
            same = _alike(unstructure(subject.config), unstructure(back))
            what = f"{difference.name!r} makes {subject.config} {there}, and then {back}"
            require(same, what)
            compared = True
    if not compared:
        raise NotApplicable("no value of this configuration has another unit in an edition")


def _alike(value: Any, other: Any) -> bool:
    if isinstance(value, dict):
        return all(_alike(value[key], other[key]) for key in value)
    if isinstance(value, list) and len(value) == len(other):
        return all(map(_alike, value, other))
    if isinstance(value, float):
        return math.isclose(value, other, rel_tol=1e-4)
    return bool(value == other)

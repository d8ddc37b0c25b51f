"""The values next to a value."""

from __future__ import annotations

from typing import Any

import pytest

from poise.fields import (
    Domain,
    between,
    boolean,
    integer,
    list_of,
    one_of,
    optional,
    positive,
    power_of_two,
    string,
)
from poise_workflows.recommending.steps import values_near

DOMAINS: dict[str, tuple[Domain, Any, list[Any]]] = {
    "a count": (integer(at_least=1), 16, [8, 12, 24, 32]),
    "a count off the scale": (integer(at_least=1), 20, [12, 16, 24, 32]),
    "a small count": (integer(at_least=1), 2, [1, 3, 4]),
    "the least count": (integer(at_least=1), 1, [2, 3]),
    "a count with an end": (integer(at_least=1, at_most=24), 16, [8, 12, 24]),
    "nothing": (integer(at_least=0), 0, [1, 2]),
    "a negative number": (integer(), -4, [-2, -3, -6, -8]),
    "a factor": (positive(), 2.0, [1.5, 1.75, 2.5, 3.0]),
    "a factor written as a count": (positive(), 2, [1.5, 1.75, 2.5, 3.0]),
    "a part": (between(0, 1), 0.5, [0.25, 0.75]),
    "no part": (between(0, 1), 0, [0.25]),
    "a stride": (power_of_two(at_least=2), 16, [4, 8, 32, 64]),
    "the least stride": (power_of_two(at_least=2), 2, [4, 8]),
    "no stride": (optional(power_of_two()), None, [1, 2]),
    "a stride that may be missing": (optional(power_of_two()), 4, [1, 2, 8, 16, None]),
    "a switch": (boolean(), True, [False]),
    "a name": (one_of(("small", "base", "large")), "base", ["small", "large"]),
    "no name": (optional(one_of(("add", "join"))), None, ["add", "join"]),
    "no count": (optional(integer(at_least=3)), None, [3, 6]),
    "a text": (string(), "a path", []),
    "a list": (list_of(integer()), [1, 2], []),
}


@pytest.mark.parametrize("name", DOMAINS)
def test_values_are_next_to_one(name: str) -> None:
    domain, value, near = DOMAINS[name]

    values = values_near(value, domain.as_schema())

    assert values == near
    assert [type(each) for each in values] == [type(each) for each in near]
    assert all(domain.accepts(each) for each in values)


@pytest.mark.parametrize(
    ("value", "near"), [(True, [False]), (6, [3, 4, 8, 12]), (0.5, [0.375, 0.4375, 0.625, 0.75])]
)
def test_without_a_domain_the_value_tells_its_kind(value: Any, near: list[Any]) -> None:
    assert values_near(value, {}) == near


@pytest.mark.parametrize("value", ["a path", [1], {"a": 1}, None])
def test_without_a_domain_what_is_no_number_has_no_neighbors(value: Any) -> None:
    assert values_near(value, {}) == []


def test_every_count_is_reached_from_every_other() -> None:
    schema = integer(at_least=1).as_schema()
    reached, new = {16}, {16}

    while new:
        near = {n for value in new for n in values_near(value, schema) if n <= 64}
        new = near - reached
        reached |= near

    assert reached == {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64}

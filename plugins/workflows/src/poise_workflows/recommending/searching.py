"""From a profile to better and better configurations, one value at a time.

Poise builds the network of the profile, and those where one value is another one. From then on it
expects of a value what it did to other networks, and builds next what is expected to break the
least, and of that what loses the least. Expectations decide the order, and nothing else.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import count
from typing import Any

import attrs

from poise.reading import Reading
from poise.scalars import is_number
from poise_workflows.recommending.candidates import (
    Changes,
    candidate_of,
    cost_of,
)
from poise_workflows.recommending.ranking import Considered, Judge
from poise_workflows.recommending.spaces import Field, fields_of
from poise_workflows.recommending.traits import (
    NONE,
    Effect,
    Needing,
    chained,
    effect_of,
    expected,
    raised,
    traits_of,
    undone,
)
from poise_workflows.training.jobs import to_data
from poise_workflows.training.plans import Plan

NAMES = 8
"""How many values of a field are tried from one configuration, at most."""


@attrs.frozen(kw_only=True, eq=False)
class Search:
    """What was looked at.

    Attributes:
        considered: every configuration whose network was built.
        judge: compares them, with the profile.
        left: how many more were in reach and were not built.
        fields: paths of the fields that were changed.
        fixed: paths of the fields whose values cannot be stepped through, or that change nothing
            that a budget asks for.
        thinned: path of a field → how many of the values next to the profile's were not tried.
    """

    considered: tuple[Considered, ...]
    judge: Judge
    left: int
    fields: tuple[str, ...]
    fixed: tuple[str, ...]
    thinned: Mapping[str, int]


@attrs.define(eq=False)
class _Ground:
    """Where the search goes on.

    Attributes:
        plan: the labels.
        profile: the job that everything begins from.
        written: the same as plain data.
        needing: estimates what a network needs.
        judge: compares.
        random: draws among the values of long lists.
        kept: paths of fields that do not change.
        considered: the configurations whose networks were built.
        queue: promise, number, path of the value that changes last, the configuration that it
            changes, and all changes.
        seen: identities of networks.
        asked: changes that were in the queue.
        idle: paths of fields that change nothing that counts.
        effects: path and value → what it did, against the profile's value.
        numbers: path → the numbers among these values.
        thinned: path → how many values were left out.
        is_published: whether the profile begins with published weights.
        order: numbers the queue, so that equal promises keep their order.
    """

    plan: Plan
    profile: Reading
    written: Mapping[str, Any]
    needing: Needing
    judge: Judge
    random: random.Random
    kept: Collection[str]
    considered: list[Considered] = attrs.field(factory=list)
    queue: list[Any] = attrs.field(factory=list)
    seen: set[Any] = attrs.field(factory=set)
    asked: set[str] = attrs.field(factory=set)
    idle: set[str] = attrs.field(factory=set)
    effects: dict[tuple[str, str], Effect] = attrs.field(factory=dict)
    numbers: dict[str, list[float]] = attrs.field(factory=dict)
    thinned: dict[str, int] = attrs.field(factory=dict)
    is_published: bool = False
    order: Iterator[int] = attrs.field(factory=count)


def search(
    plan: Plan,
    profile: Reading,
    needing: Needing,
    judge: Judge,
    *,
    limit: int,
    seed: int,
    kept: Collection[str] = (),
    tell: Callable[[int], None] = lambda number: None,
) -> Search:
    """Look for configurations near a profile.

    Args:
        plan: the labels and their frames.
        profile: the job to begin from.
        needing: estimates what a network needs.
        judge: compares.
        limit: how many networks are built at most.
        seed: decides which values of long lists are tried.
        kept: paths of fields that do not change.
        tell: gets the number of networks that were built so far.
    """
    draw = random.Random(seed)  # noqa: S311  # no secret
    ground = _Ground(plan, profile, to_data(profile), needing, judge, draw, kept)
    first = _considered(ground, {})
    if first is not None:
        ground.judge = attrs.evolve(judge, profile=first.traits)
    fields = _fields(ground, profile)
    _go_on(ground, {}, first, fields)
    while ground.queue and len(ground.considered) < limit:
        _, _, path, parent, changes = heapq.heappop(ground.queue)
        each = None if path in ground.idle else _considered(ground, changes)
        if each is None:
            continue
        tell(len(ground.considered))
        if parent is not None:
            _learn(ground, path, parent, each)
        _go_on(ground, changes, each, _fields(ground, each.candidate.reading))
    return _result(ground, fields)


def _result(ground: _Ground, fields: list[Field]) -> Search:
    changed = {path for each in ground.considered for path in each.candidate.changes}
    return Search(
        considered=tuple(ground.considered),
        judge=ground.judge,
        left=sum(path not in ground.idle for _, _, path, _, _ in ground.queue),
        fields=tuple(field.path for field in fields if field.path in changed),
        fixed=tuple(field.path for field in fields if field.path not in changed),
        thinned=ground.thinned,
    )


def _fields(ground: _Ground, reading: Reading) -> list[Field]:
    """The fields of a job that may change, without those that the user has set."""

    def resolve(reading: Reading, changes: Changes) -> Any:
        candidate = candidate_of(ground.plan, reading, changes)
        return None if candidate is None else candidate.resolution

    kept = {*ground.kept, *(f"model.{path}" for path in ground.kept)}
    return [field for field in fields_of(reading, resolve) if field.path not in kept]


def _considered(ground: _Ground, changes: Changes) -> Considered | None:
    """Build a network; ``None`` for what cannot be built, or was built before."""
    candidate = candidate_of(ground.plan, ground.profile, changes)
    if candidate is None or candidate.identity in ground.seen:
        return None
    if changes and candidate.is_published != ground.is_published:
        return None  # published weights are worth more than any value
    ground.is_published = candidate.is_published
    ground.seen.add(candidate.identity)
    cost = cost_of(ground.plan, candidate)
    if cost is None:
        return None
    each = Considered(candidate=candidate, traits=traits_of(candidate, cost, ground.needing(cost)))
    ground.considered.append(each)
    return each


def _learn(ground: _Ground, path: str, parent: Considered, each: Considered) -> None:
    """What a value did, and whether it did anything."""
    before, value = parent.candidate.changes.get(path, ...), each.candidate.changes.get(path, ...)
    effect = effect_of(parent.traits, each.traits)
    ground.effects[path, repr(value)] = chained(_effect(ground, path, before), effect)
    if _is_above_zero(value):
        ground.numbers.setdefault(path, []).append(value)
    if all(factor == 1 for factor in effect.values()):
        ground.considered.remove(each)
        ground.idle.add(path)


def _effect(ground: _Ground, path: str, value: Any) -> Effect:
    """What a value did elsewhere, or what is expected of it; an ellipsis is that of the profile."""
    if value is ...:
        return NONE
    if (path, repr(value)) in ground.effects:
        return ground.effects[path, repr(value)]
    return _extrapolated(ground, path, value)


def _extrapolated(ground: _Ground, path: str, value: Any) -> Effect:
    """Costs grow with powers of numbers: by the power of the nearest number that was tried."""
    own = _value_at(ground.written, path)
    tried = ground.numbers.get(path, ())
    if not tried or not _is_above_zero(own) or not _is_above_zero(value):
        return NONE
    near = min(tried, key=lambda number: abs(math.log(number / value)))
    effect = ground.effects[path, repr(near)]
    return raised(effect, math.log(value / own) / math.log(near / own))


def _is_above_zero(value: Any) -> bool:
    return is_number(value) and value > 0


def _go_on(ground: _Ground, changes: Changes, each: Considered | None, fields: list[Field]) -> None:
    """Remember the configurations next to one, with what is expected of them."""
    for field in fields:
        for value in _tried(ground, field, is_first=not changes):
            more = _changed(ground, changes, field.path, value)
            name = repr(sorted(more.items(), key=lambda item: item[0]))
            if more and name not in ground.asked:
                ground.asked.add(name)
                promise = _promise(ground, each, field.path, more)
                heapq.heappush(ground.queue, (promise, next(ground.order), field.path, each, more))


def _tried(ground: _Ground, field: Field, *, is_first: bool) -> list[Any]:
    if len(field.near) <= NAMES:
        return list(field.near)
    drawn = set(ground.random.sample(range(len(field.near)), NAMES))
    if is_first:
        ground.thinned[field.path] = len(field.near) - NAMES
    return [value for index, value in enumerate(field.near) if index in drawn]


def _changed(ground: _Ground, changes: Changes, path: str, value: Any) -> dict[str, Any]:
    """The changes with one more, and without those within a section that it replaces."""
    kept = {
        name: each
        for name, each in changes.items()
        if name != path and not name.startswith(f"{path}.")
    }
    return kept if _value_at(ground.written, path) == value else {**kept, path: value}


def _value_at(data: Any, path: str) -> Any:
    """The value of a job at a path; an ellipsis, which no job has, where there is none."""
    for name in path.split("."):
        if not isinstance(data, Mapping) or name not in data:
            return ...
        data = data[name]
    return data


def _promise(
    ground: _Ground, each: Considered | None, path: str, changes: Changes
) -> tuple[float, float]:
    """What is expected of a configuration; less is better. Single changes tell, and come first."""
    if each is None or not each.candidate.changes:
        return -1.0, 0.0
    before = _effect(ground, path, each.candidate.changes.get(path, ...))
    effect = chained(undone(before), _effect(ground, path, changes.get(path, ...)))
    traits = expected(each.traits, effect, ground.needing)
    return ground.judge.promise(traits, len(changes))

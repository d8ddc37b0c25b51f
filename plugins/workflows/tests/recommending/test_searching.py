"""The search: it takes fields from what plugins declare, and no field is known by its name."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from poise_workflows.recommending.candidates import candidate_of
from poise_workflows.recommending.ranking import Considered, Judge
from poise_workflows.recommending.searching import Search
from poise_workflows.recommending.traits import traits_of

from .conftest import Ladders, cost_of, needs

Write = Callable[..., Ladders]

LADDER = "model.backbone.ladder"
WIDTH, RUNGS, KIND = f"{LADDER}.width", f"{LADDER}.rungs", f"{LADDER}.kind"
REPEATS, STRIDE = f"{LADDER}.stage.repeats", "model.heads.dots.stride"
SCALING = "data.preprocessing.input_scaling"


def changes(result: Search) -> list[Any]:
    return [each.candidate.changes for each in result.considered]


def best(result: Search) -> Considered:
    judge = result.judge
    return min((each for each in result.considered if judge.fits(each.traits)), key=judge.key)


def test_it_begins_with_the_profile(ladders: Write) -> None:
    assert changes(ladders().look(fps=1))[0] == {}


def test_fields_of_a_third_party_change_by_their_domains(ladders: Write) -> None:
    result = ladders().look(fps=1, limit=100)

    single = [next(iter(each.items())) for each in changes(result) if len(each) == 1]
    assert {(WIDTH, 8), (WIDTH, 24), (RUNGS, 3), (RUNGS, 6), (KIND, "heavy")} <= set(single)
    assert {(REPEATS, 1), (REPEATS, 4), (STRIDE, 2), (STRIDE, 8), (SCALING, 0.5)} <= set(single)
    assert all(value <= 6 for path, value in single if path == RUNGS)


def test_fields_that_cost_nothing_or_have_no_neighbors_stay(ladders: Write) -> None:
    result = ladders().look(fps=1)

    assert result.fixed == tuple(f"{LADDER}.{n}" for n in ("name", "momentum", "start", "stage"))
    assert result.fields == (WIDTH, RUNGS, KIND, REPEATS, STRIDE, SCALING)
    assert not [each for each in changes(result) if f"{LADDER}.momentum" in each]


def test_fields_of_a_head_type_that_decide_no_stride_stay(ladders: Write) -> None:
    assert not [path for each in changes(ladders().look(fps=1)) for path in each if "sigma" in path]


def test_values_that_the_user_has_set_stay(ladders: Write) -> None:
    result = ladders().look(fps=1, kept=("backbone.ladder.width", SCALING))

    assert not {WIDTH, SCALING} & {path for each in changes(result) for path in each}
    assert RUNGS in result.fields


@pytest.mark.parametrize("start", ["random", "published"])
def test_published_weights_are_neither_given_up_nor_asked_for(ladders: Write, start: str) -> None:
    result = ladders(start=start).look(fps=1, limit=100)

    assert len(result.considered) == 100
    assert not [each for each in changes(result) if f"{LADDER}.start" in each]


def test_no_network_is_built_twice(ladders: Write) -> None:
    identities = [each.candidate.identity for each in ladders().look(fps=100).considered]

    assert len(set(identities)) == len(identities)


def test_the_limit_is_kept_and_the_rest_is_counted(ladders: Write) -> None:
    result = ladders().look(fps=1, limit=10)

    assert len(result.considered) == 10
    assert result.left > 10


def test_the_same_seed_looks_at_the_same_configurations(ladders: Write) -> None:
    wide = ladders()

    assert changes(wide.look(fps=100)) == changes(wide.look(fps=100))


def test_a_section_with_a_field_of_its_own_is_changed_within(ladders: Write) -> None:
    result = ladders(stage={"repeats": 4}).look(fps=1)

    assert {REPEATS: 3} in changes(result)


@pytest.mark.parametrize(
    ("width", "budget"),
    [
        (16, {"fps": 100}),
        (64, {"fps": 600}),
        (64, {"memory": 7.2e8}),
        (64, {"memory": 7.2e8, "fps": 300}),
    ],
    ids=str,
)
def test_it_is_near_the_best_of_all_combinations(
    ladders: Write, budget: dict[str, float], width: int
) -> None:
    ground = ladders(width=width)
    result = ground.look(**budget, limit=100)

    every = list(_everything(ground, result.judge, width))
    optimum = min(every, key=result.judge.key)

    assert len(every) > 30
    assert _loss(result, best(result)) <= _loss(result, optimum) + 0.5


def _loss(result: Search, each: Considered) -> float:
    first, second, loss, *_ = result.judge.key(each)
    return float(100 * (first + second) + loss)


def _everything(ground: Ladders, judge: Judge, width: int) -> Any:
    """All combinations of values, of the fields that count, that meet the budget."""
    values = {
        WIDTH: [each for each in (4, 8, 16, 32, 64) if each <= width],
        RUNGS: [2, 3, 4],
        REPEATS: [1, 2],
        STRIDE: [2, 4],
        SCALING: [0.25, 0.5, 0.75, 1.0],
    }
    for combination in product(*values.values()):
        candidate = candidate_of(
            ground.plan, ground.profile, dict(zip(values, combination, strict=True))
        )
        if candidate is not None:
            cost = cost_of(ground.plan, candidate)
            traits = traits_of(candidate, cost, needs(cost))
            if judge.fits(traits):
                yield Considered(candidate=candidate, traits=traits)

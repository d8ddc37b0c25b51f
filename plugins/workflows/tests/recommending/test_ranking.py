"""What is better, and what a bound leaves out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from poise_workflows.recommending.animals import Animals
from poise_workflows.recommending.asking import Budget
from poise_workflows.recommending.candidates import Cost
from poise_workflows.recommending.estimates import Needs
from poise_workflows.recommending.leaving_out import excluded_by, loosening, nearest_bounds
from poise_workflows.recommending.ranking import Considered, Judge
from poise_workflows.recommending.traits import Traits

GB = 10**9
FLIES = Animals(size=80, spacing=8, distance=None, each_frame=1)


def traits(
    *,
    training: float = 1 * GB,
    prediction: float = 0.5 * GB,
    fps: float = 50,
    sees: int | None = 100,
    cell: float = 4,
    scaling: float = 1,
    wider: float = 1,
) -> Traits:
    """A network; ``wider`` than that of the profile by a factor."""
    cost = Cost(
        parameters=1000,
        operations=round(1e9 * wider**2),
        weight_bytes=4000,
        training_bytes=round(1e8 * wider),
        inference_bytes=10**6,
        receptive_field=sees,
    )
    return Traits(
        cost=cost,
        needs=Needs(training=training, prediction=prediction, fps=fps),
        pixels=10**4,
        scaling=scaling,
        cells={"confmaps": cell},
    )


def judge(memory: float | None = 2 * GB, fps: float | None = 30, **more: Any) -> Judge:
    budget = Budget(memory=None if memory is None else int(memory), fps=fps)
    return Judge(
        **{"budget": budget, "animals": FLIES, "stage": "image", "profile": traits(), **more}
    )


def considered(of: Traits, **changes: Any) -> Considered:
    candidate: Any = SimpleNamespace(changes=changes)
    return Considered(candidate=candidate, traits=of)


def ranked(*every: Considered, by: Judge | None = None) -> list[Any]:
    return [each.candidate.changes for each in sorted(every, key=(by or judge()).key)]


def test_the_profile_itself_is_the_best_where_it_fits() -> None:
    others = [
        considered(traits(wider=2), filters=32),
        considered(traits(wider=0.5), filters=8),
        considered(traits(cell=2), stride=2),
        considered(traits(sees=200), depth=5),
    ]

    assert ranked(*others, considered(traits()))[0] == {}


def test_a_network_that_sees_the_animals_comes_before_all_else() -> None:
    blind = considered(traits(sees=40))
    seeing = considered(traits(sees=80, wider=0.25, cell=4), filters=4, depth=4)

    assert ranked(blind, seeing)[0] == {"filters": 4, "depth": 4}


def test_what_an_animal_needs_is_counted_in_pixels_of_the_frame() -> None:
    shrunk = traits(sees=40, scaling=0.5)

    assert "sight" not in judge().excesses(shrunk)
    assert judge().excesses(traits(sees=40)) == {"sight": 1}


def test_a_network_that_sees_the_whole_image_sees_every_animal() -> None:
    assert "sight" not in judge().excesses(traits(sees=None))


def test_the_nearest_parts_must_be_two_cells_apart() -> None:
    assert judge().excesses(traits(cell=4)) == {}
    assert judge().excesses(traits(cell=8)) == {"distance": 1}


@pytest.mark.parametrize(
    ("stage", "spacing"), [("image", 5), ("centroid", 20), ("crop", 5)], ids=lambda each: str(each)
)
def test_what_must_stay_apart_depends_on_what_the_head_type_sees(
    stage: str, spacing: float
) -> None:
    animals = attrs.evolve(FLIES, spacing=5, distance=20)

    assert judge(animals=animals, stage=stage).spacing == spacing


def test_a_little_of_each_is_better_than_much_of_one() -> None:
    narrow = considered(traits(wider=0.25), filters=4)
    shrunk = considered(traits(scaling=0.25, cell=16, sees=400), scaling=0.25)
    both = considered(traits(wider=0.5, scaling=0.5, cell=8, sees=400), filters=8, scaling=0.5)
    far = attrs.evolve(FLIES, spacing=100)

    assert ranked(narrow, shrunk, both, by=judge(animals=far)) == [
        {"filters": 8, "scaling": 0.5},
        {"filters": 4},
        {"scaling": 0.25},
    ]


def test_each_value_that_differs_counts() -> None:
    few, many = considered(traits(), one=1), considered(traits(), one=1, two=2)

    assert ranked(many, few) == [{"one": 1}, {"one": 1, "two": 2}]


@pytest.mark.parametrize(
    ("needs", "broken"),
    [
        ({"training": 4 * GB}, {"memory of training": 1}),
        ({"prediction": 8 * GB}, {"memory of prediction": 2}),
        ({"fps": 15}, {"speed": 1}),
        ({"training": 4 * GB, "fps": 7.5}, {"memory of training": 1, "speed": 2}),
    ],
)
def test_each_bound_is_broken_by_itself(needs: dict[str, float], broken: dict[str, float]) -> None:
    network = traits(**needs)  # type: ignore[arg-type]

    assert judge().excesses(network) == pytest.approx(broken)
    assert not judge().fits(network)


def test_a_bound_that_nobody_set_leaves_nothing_out() -> None:
    huge = traits(training=1e15, prediction=1e15, fps=1e-3)

    assert judge(memory=None, fps=None).fits(huge)


def test_a_network_that_sees_too_little_is_ranked_last_and_not_left_out() -> None:
    assert judge().fits(traits(sees=10))


def test_what_leaves_out_how_many_is_counted() -> None:
    every = [
        considered(traits()),
        considered(traits(training=3 * GB)),
        considered(traits(training=3 * GB, fps=5)),
        considered(traits(sees=10)),
    ]

    assert excluded_by(judge(), every) == {"memory of training": 2, "speed": 1, "sight": 1}


def test_the_least_loosening_of_each_bound_alone_is_named() -> None:
    every = [
        considered(traits(training=3 * GB)),
        considered(traits(training=2.5 * GB, prediction=2.25 * GB)),
        considered(traits(fps=20)),
        considered(traits(fps=24)),
        considered(traits(training=2.1 * GB, fps=29)),
    ]

    nearest = nearest_bounds(judge(), every)

    assert nearest == {"memory of training": 2.5 * GB, "speed": 24}
    assert loosening(nearest, judge().budget) == [
        "2.33 GiB for training, 25 % more",
        "24 frames a second, 20 % fewer",
    ]


def test_where_one_bound_is_not_enough_all_of_the_nearest_are_named() -> None:
    every = [
        considered(traits(training=4 * GB, fps=10)),
        considered(traits(training=2.5 * GB, fps=25)),
    ]

    assert nearest_bounds(judge(), every) == {"memory of training": 2.5 * GB, "speed": 25}


def test_nothing_is_to_be_loosened_where_something_fits() -> None:
    assert nearest_bounds(judge(), [considered(traits()), considered(traits(fps=1))]) == {}
    assert nearest_bounds(judge(), []) == {}

"""Which networks are measured, and what that says of all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from poise_workflows.recommending import choosing
from poise_workflows.recommending.choosing import Choice, choose
from poise_workflows.recommending.estimates import Needs, correction_of
from poise_workflows.recommending.ranking import Considered, Judge
from poise_workflows.recommending.trials import TrialError

from .conftest import WORK
from .test_ranking import GB, considered, judge, traits

Measured = Callable[[Needs], Needs]

BEST_FIRST = [
    considered(traits()),
    considered(traits(wider=0.75, training=0.9 * GB, fps=56), filters=12),
    considered(traits(wider=0.5, training=0.8 * GB, fps=80), filters=8),
    considered(traits(wider=0.25, training=0.6 * GB, fps=120), filters=4),
]


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Choice]:
    """``measuring(wanted, real)``: choose, where ``real`` says what a network really needs."""
    monkeypatch.setattr(choosing, "free_memory", lambda: 16 * GB)

    def run(
        wanted: int,
        real: Measured,
        every: list[Considered] = BEST_FIRST,
        by: Judge | None = None,
        tell: Callable[[str], None] = lambda text: None,
    ) -> Choice:
        by_candidate = {id(each.candidate): each.traits.needs for each in every}

        def measure(plan: Any, candidate: Any, work: Any) -> Needs:
            return real(by_candidate[id(candidate)])

        monkeypatch.setattr(choosing, "measure", measure)
        plan: Any = None
        return choose(plan, every, by or judge(), WORK, wanted, tell)

    return run


def as_estimated(needs: Needs) -> Needs:
    return needs


def slower(needs: Needs) -> Needs:
    return attrs.evolve(needs, fps=needs.fps / 2)


def changes(choice: Choice) -> list[Any]:
    return [dict(each.candidate.changes) for each in choice.fitting]


def test_the_best_are_measured_and_come_first(measuring: Any) -> None:
    choice = measuring(2, as_estimated)

    assert [each.is_measured for each in choice.fitting] == [True, True, False, False]
    assert changes(choice) == [{}, {"filters": 12}, {"filters": 8}, {"filters": 4}]


def test_with_none_wanted_all_figures_are_estimates(measuring: Any) -> None:
    choice = measuring(0, as_estimated)

    assert not any(each.is_measured for each in choice.fitting)
    assert [each.traits.needs for each in choice.considered] == [
        each.traits.needs for each in BEST_FIRST
    ]


def test_what_does_not_fit_once_it_is_measured_is_left_out(measuring: Any) -> None:
    """Networks are half as fast as estimated: the profile has 25 frames a second, and not 50."""
    choice = measuring(1, slower)

    assert changes(choice)[0] == {"filters": 8}
    assert choice.fitting[0].is_measured
    assert {} not in changes(choice)


def test_estimates_are_corrected_by_what_was_measured(measuring: Any) -> None:
    def heavier(needs: Needs) -> Needs:
        return Needs(
            training=needs.training + 1e8, prediction=needs.prediction + 2e8, fps=needs.fps * 2
        )

    choice = measuring(1, heavier)

    guessed = choice.considered[-1]
    assert not guessed.is_measured
    assert guessed.traits.needs.training == pytest.approx(0.7 * GB)
    assert guessed.traits.needs.prediction == pytest.approx(0.7 * GB)
    assert guessed.traits.needs.fps == pytest.approx(240)


def test_what_may_fit_is_measured_where_nothing_does_by_estimates(measuring: Any) -> None:
    every = [considered(traits(training=2.2 * GB)), considered(traits(training=4 * GB), filters=32)]

    def lighter(needs: Needs) -> Needs:
        return attrs.evolve(needs, training=needs.training - 0.4 * GB)

    choice = measuring(1, lighter, every)

    assert changes(choice) == [{}]
    assert choice.fitting[0].traits.needs.training == pytest.approx(1.8 * GB)


def test_what_is_far_too_large_is_never_run(measuring: Any) -> None:
    said: list[str] = []

    choice = measuring(3, as_estimated, [considered(traits(training=9 * GB))], tell=said.append)

    assert (choice.fitting, said) == ((), [])


def test_a_network_that_cannot_be_measured_is_named_and_the_next_one_is(measuring: Any) -> None:
    def fails(needs: Needs) -> Needs:
        if needs.fps == 50:
            raise TrialError("its training failed (exit status 1): poise: no memory")
        return needs

    choice = measuring(1, fails)

    assert choice.notes == (
        "not measured: the profile as it is; its training failed (exit status 1): poise: no memory",
    )
    assert changes(choice)[0] == {"filters": 12}
    assert choice.fitting[0].is_measured


def test_what_needs_more_than_is_free_here_is_not_run(
    measuring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "free_memory", lambda: 0.5 * GB)

    choice = measuring(1, as_estimated)

    assert choice.notes[0] == (
        "not measured: the profile as it is; it needs about 954 MiB, and 477 MiB are free here"
    )


def test_no_more_than_twice_as_many_are_tried_as_are_wanted(measuring: Any) -> None:
    said: list[str] = []

    def hopeless(needs: Needs) -> Needs:
        return attrs.evolve(needs, fps=29.9)

    every = [considered(traits(fps=50 + n), number=n) for n in range(9)]
    measuring(2, hopeless, every, tell=said.append)

    assert len(said) <= 4


def test_a_correction_adds_bytes_and_multiplies_speeds() -> None:
    guess = Needs(training=100, prediction=50, fps=10)
    pairs = [
        (guess, Needs(training=120, prediction=50, fps=20)),
        (guess, Needs(training=140, prediction=40, fps=5)),
    ]

    correction = correction_of(pairs)

    assert (correction.training, correction.prediction) == (30, -5)
    assert correction.fps == pytest.approx(1)


def test_nothing_is_corrected_before_anything_is_measured() -> None:
    needs = Needs(training=100, prediction=50, fps=10)

    assert correction_of([]).of(needs) == needs

"""Measure the best of what was looked at, and correct the estimates of all others by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from poise_workflows.recommending.amounts import in_words
from poise_workflows.recommending.estimates import Needs, Work, correction_of
from poise_workflows.recommending.ranking import Considered, Judge
from poise_workflows.recommending.results import changes_in_words
from poise_workflows.recommending.trials import TrialError, measure
from poise_workflows.training.memory_limits import free_memory
from poise_workflows.training.plans import Plan

TRIES = 2
"""How many networks are measured at most for each that is asked for: some turn out not to fit."""

MARGIN = 1.2
"""How far an estimate of memory may be off before something has been measured."""


@attrs.frozen(kw_only=True, eq=False)
class Choice:
    """What fits.

    Attributes:
        fitting: those that fit, the best first; measured ones before all others.
        considered: everything that was looked at, with measured and corrected figures.
        notes: what could not be measured, a sentence each.
    """

    fitting: tuple[Considered, ...]
    considered: tuple[Considered, ...]
    notes: tuple[str, ...]


def choose(
    plan: Plan,
    considered: Sequence[Considered],
    judge: Judge,
    work: Work,
    wanted: int,
    tell: Callable[[str], None],
) -> Choice:
    """Measure the best, until so many fit.

    Args:
        plan: the labels.
        considered: what was looked at, with estimates.
        judge: compares.
        work: what is done with a network.
        wanted: how many are measured that fit.
        tell: gets what is being done.
    """
    measured: dict[int, Needs] = {}
    failed: dict[int, str] = {}
    now = list(considered)
    while len(measured) + len(failed) < TRIES * wanted:
        fitting = _fitting(now, judge)
        if sum(each.is_measured for each in fitting) >= wanted:
            break
        best = next((each for each in fitting if not _is_tried(each, now, measured, failed)), None)
        best = best or _nearly(now, judge, measured, failed)
        if best is None:
            break
        place = now.index(best)
        name = changes_in_words(best.candidate.changes)
        tell(f"measuring {name}")
        try:
            measured[place] = _measured(plan, best, work)
        except TrialError as error:
            failed[place] = f"not measured: {name}; {error}"
        now = _corrected(considered, measured)
    fitting = sorted(_fitting(now, judge), key=lambda each: not each.is_measured)
    return Choice(fitting=tuple(fitting), considered=tuple(now), notes=tuple(failed.values()))


def _fitting(considered: Sequence[Considered], judge: Judge) -> list[Considered]:
    return sorted((each for each in considered if judge.fits(each.traits)), key=judge.key)


def _is_tried(
    each: Considered, now: list[Considered], measured: dict[int, Needs], failed: dict[int, str]
) -> bool:
    place = now.index(each)
    return place in measured or place in failed


def _nearly(
    now: list[Considered], judge: Judge, measured: dict[int, Needs], failed: dict[int, str]
) -> Considered | None:
    """Where nothing fits by estimates, what may fit yet: the nearest, within their margin."""
    near = [
        each
        for index, each in enumerate(now)
        if index not in measured and index not in failed and _may_fit(each, judge)
    ]
    return min(near, key=lambda each: judge.promise(each.traits, 0), default=None)


def _may_fit(each: Considered, judge: Judge) -> bool:
    needs = each.traits.needs
    hopeful = Needs(
        training=needs.training / MARGIN,
        prediction=needs.prediction / MARGIN,
        fps=needs.fps * MARGIN**2,
    )
    return judge.fits(attrs.evolve(each.traits, needs=hopeful))


def _measured(plan: Plan, each: Considered, work: Work) -> Needs:
    free = free_memory()
    needs = each.traits.needs.training
    if needs > free:
        need = f"it needs about {in_words(needs)}"
        raise TrialError(f"{need}, and {in_words(free)} are free here")
    return measure(plan, each.candidate, work)


def _corrected(considered: Sequence[Considered], measured: dict[int, Needs]) -> list[Considered]:
    """All figures: measured ones, and estimates that are corrected by them."""
    correction = correction_of(
        (considered[index].traits.needs, needs) for index, needs in measured.items()
    )
    return [
        _with_needs(each, measured[index], is_measured=True)
        if index in measured
        else _with_needs(each, correction.of(each.traits.needs), is_measured=False)
        for index, each in enumerate(considered)
    ]


def _with_needs(each: Considered, needs: Needs, *, is_measured: bool) -> Considered:
    traits = attrs.evolve(each.traits, needs=needs)
    return attrs.evolve(each, traits=traits, is_measured=is_measured)

"""Which bounds leave configurations out, and how much they must be loosened if all are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from poise.messages import figure
from poise_workflows.recommending.amounts import in_words
from poise_workflows.recommending.asking import Budget
from poise_workflows.recommending.ranking import (
    APART,
    HARD,
    PREDICTION,
    SIGHT,
    SPEED,
    TRAINING,
    Considered,
    Judge,
)
from poise_workflows.recommending.results import Recommendations

LAST = "ranked last"

_NEEDED = {
    TRAINING: lambda needs: needs.training,
    PREDICTION: lambda needs: needs.prediction,
    SPEED: lambda needs: needs.fps,
}


def excluded_by(judge: Judge, considered: Iterable[Considered]) -> dict[str, int]:
    """A bound → how many configurations break it."""
    counts = Counter(name for each in considered for name in judge.excesses(each.traits))
    return {name: counts[name] for name in (*HARD, SIGHT, APART) if counts[name]}


def nearest_bounds(judge: Judge, considered: Sequence[Considered]) -> dict[str, float]:
    """What must be loosened so that something fits; as little as possible.

    Returns:
        If loosening one bound is enough, each such bound with what it must be; or else all that
        the nearest configuration breaks.
    """
    broken = [(each, _hard(judge, each)) for each in considered]
    if not broken or any(not names for _, names in broken):
        return {}
    alone: dict[str, list[float]] = {}
    for each, names in broken:
        # One bound of memory holds for both.
        if len(names) == 1 or set(names) == {TRAINING, PREDICTION}:
            name = max(names, key=lambda name: names[name])
            alone.setdefault(name, []).append(_NEEDED[name](each.traits.needs))
    if alone:
        return {name: _least(name, values) for name, values in alone.items()}
    each, names = min(broken, key=lambda pair: sum(pair[1].values()))
    return {name: _NEEDED[name](each.traits.needs) for name in names}


def _hard(judge: Judge, each: Considered) -> dict[str, float]:
    return {name: size for name, size in judge.excesses(each.traits).items() if name in HARD}


def _least(name: str, values: Sequence[float]) -> float:
    return max(values) if name == SPEED else min(values)


def reasons(result: Recommendations, budget: Budget) -> list[str]:
    """What leaves out how many, in words.

    Args:
        result: what was looked at.
        budget: the bounds.
    """
    memory = "" if budget.memory is None else in_words(budget.memory)
    apart = f"{result.spacing or 0:.3g} pixels apart"
    words = {
        TRAINING: ("needs", "need", f"more than {memory} in training"),
        PREDICTION: ("needs", "need", f"more than {memory} in prediction"),
        SPEED: ("is", "are", f"slower than {budget.fps or 0:g} frames a second"),
        SIGHT: ("sees", "see", f"less than {result.animal_size or 0:.0f} pixels; {LAST}"),
        APART: (
            "has",
            "have",
            f"cells too coarse for what is {apart}; {LAST}",
        ),
    }
    return [
        f"{count:,} {words[name][count != 1]} {words[name][2]}"
        for name, count in result.excluded.items()
    ]


def loosening(nearest: Mapping[str, float], budget: Budget) -> list[str]:
    """What must be loosened, in words."""
    lines = []
    for name, value in nearest.items():
        if name == SPEED:
            less = 100 * (1 - value / (budget.fps or value))
            lines.append(f"{figure(value)} frames a second, {less:.0f} % fewer")
        else:
            more = 100 * (value / (budget.memory or value) - 1)
            lines.append(f"{in_words(value)} for {name.rpartition(' ')[2]}, {more:.0f} % more")
    return lines

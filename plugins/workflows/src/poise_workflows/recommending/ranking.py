"""What is better, and what a bound leaves out.

The order, the most important first:

1. every cell of the output sees a whole animal;
2. the nearest parts, or animals, are two cells of the output apart, and an animal of which only
   the center is found covers two cells;
3. the least is lost against the profile: cells of the output that cover more of the frame, images
   that are resized further, a network that computes less for each pixel, or fewer features. Each
   loss counts in powers of two, and squared: a little of each is better than much of one. Each
   value that differs from the profile counts a quarter;
4. of equal losses, the network whose computation is nearest to the profile's.

What the profile has is enough: it is known to work. So the profile itself is the best wherever it
fits and its network sees the animals.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import attrs

from poise_workflows.recommending.animals import Animals
from poise_workflows.recommending.asking import Budget
from poise_workflows.recommending.candidates import Candidate
from poise_workflows.recommending.traits import Traits

CELLS = 2.0
"""How many cells of the output the nearest peaks must be apart to stay two."""

OF_CHANGE = 0.25
"""What a value counts that differs from the profile."""

STEP = 16
"""Losses are told apart by this part of a power of two."""

TRAINING, PREDICTION, SPEED = "memory of training", "memory of prediction", "speed"
SIGHT, APART = "sight", "distance"

HARD = (TRAINING, PREDICTION, SPEED)
"""Bounds of the budget. What breaks the others is ranked last, and is not left out."""


@attrs.frozen(kw_only=True, eq=False)
class Considered:
    """A configuration whose network was built.

    Attributes:
        candidate: the job.
        traits: what is compared; needs are estimated, or measured.
        is_measured: whether they were measured.
    """

    candidate: Candidate
    traits: Traits
    is_measured: bool = False


@attrs.frozen(kw_only=True)
class Judge:
    """Compares configurations.

    Attributes:
        budget: the bounds.
        animals: what the labels say.
        stage: what the head type sees.
        profile: what all are compared with; ``None`` if its network cannot be built.
    """

    budget: Budget
    animals: Animals
    stage: str
    profile: Traits | None = None

    @property
    def spacing(self) -> float | None:
        """Pixels of the frame between the nearest peaks that must stay two."""
        animals = self.animals
        # A center is seen by the animal around it.
        of_parts = animals.size if self.stage == "centroid" else animals.spacing
        of_animals = None if self.stage == "crop" else animals.distance
        return min((size for size in (of_parts, of_animals) if size), default=None)

    def excesses(self, traits: Traits) -> dict[str, float]:
        """What a configuration breaks → by which factor, in powers of two."""
        return {name: size for name, size in self._excesses(traits) if size > 0}

    def _excesses(self, traits: Traits) -> Iterator[tuple[str, float]]:
        needs, budget = traits.needs, self.budget
        if budget.memory is not None:
            yield TRAINING, math.log2(needs.training / budget.memory)
            yield PREDICTION, math.log2(needs.prediction / budget.memory)
        if budget.fps is not None:
            yield SPEED, math.log2(budget.fps / needs.fps)
        if self.animals.size:
            yield SIGHT, math.log2(self.animals.size) - math.log2(traits.sight)
        cell = next(iter(traits.cells.values()), None)
        if self.spacing and cell:
            yield APART, math.log2(CELLS * cell / self.spacing)

    def fits(self, traits: Traits) -> bool:
        """Whether a configuration meets the budget."""
        return not any(name in HARD for name in self.excesses(traits))

    def key(self, each: Considered) -> tuple[Any, ...]:
        """The order: what is less is better."""
        traits, changes = each.traits, each.candidate.changes
        excesses = self.excesses(traits)
        profile = self.profile or traits
        return (
            _rounded(excesses.get(SIGHT, 0)),
            _rounded(excesses.get(APART, 0)),
            _rounded(self.loss(traits, len(changes))),
            abs(math.log2(traits.operations_per_pixel / profile.operations_per_pixel)),
            sorted((path, str(value)) for path, value in changes.items()),
        )

    def loss(self, traits: Traits, changes: int) -> float:
        """What is lost against the profile, in squares of powers of two.

        Args:
            traits: what is compared.
            changes: how many values differ from the profile.
        """
        profile = self.profile or traits
        coarser = (
            math.log2(cell / profile.cells[name])
            for name, cell in traits.cells.items()
            if name in profile.cells
        )
        smaller = math.log2(profile.scaling / traits.scaling)
        # Twice as many channels are twice as many features, and four times as much computation.
        narrower = math.log2(profile.operations_per_pixel / traits.operations_per_pixel) / 2
        fewer = math.log2(profile.bytes_per_pixel / traits.bytes_per_pixel)
        losses = (max(coarser, default=0.0), smaller, max(narrower, fewer))
        return sum(max(0.0, loss) ** 2 for loss in losses) + changes * OF_CHANGE

    def promise(self, traits: Traits, changes: int) -> tuple[float, float]:
        """The order in which the search goes on: first what breaks least.

        Args:
            traits: what is compared.
            changes: how many values differ from the profile.
        """
        broken = sum(self.excesses(traits).values())
        return _rounded(broken), _rounded(self.loss(traits, changes))


def _rounded(size: float) -> float:
    return round(STEP * size) / STEP if math.isfinite(size) else size

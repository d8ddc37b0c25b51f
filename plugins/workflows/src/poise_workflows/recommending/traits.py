"""What is compared of a configuration, whether its network was built or not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from poise_workflows.recommending.candidates import Candidate, Cost
from poise_workflows.recommending.estimates import Needs

Needing = Callable[[Cost], Needs]
"""Estimates what a network needs."""


@attrs.frozen(kw_only=True)
class Traits:
    """What is compared.

    Attributes:
        cost: of the network.
        needs: what it needs.
        pixels: of its input.
        scaling: the factor by which images are resized.
        cells: output → pixels of the frame that a cell of it covers, for outputs that are maps.
    """

    cost: Cost
    needs: Needs
    pixels: float
    scaling: float
    cells: Mapping[str, float]

    @property
    def operations_per_pixel(self) -> float:
        """FLOPs for each pixel of the network's input, at least 1."""
        return max(1.0, self.cost.operations / self.pixels)

    @property
    def bytes_per_pixel(self) -> float:
        """Memory of the outputs of all layers for each pixel of the input, at least 1."""
        return max(1.0, self.cost.training_bytes / self.pixels)

    @property
    def sight(self) -> float:
        """Pixels of the frame that a cell of an output sees, along the shorter side."""
        seen = self.cost.receptive_field
        return math.inf if seen is None else max(1, seen) / self.scaling


def traits_of(candidate: Candidate, cost: Cost, needs: Needs) -> Traits:
    """What is compared of a network that was built."""
    scaling = candidate.geometry.scaling
    return Traits(
        cost=cost,
        needs=needs,
        pixels=math.prod(candidate.geometry.image[:2]),
        scaling=scaling,
        cells={
            each.name: each.stride / scaling
            for each in candidate.resolution.outputs
            if each.spatial
        },
    )


Effect = Mapping[str, float]
"""What a value does: a trait → the factor by which it changes it."""

NONE: Effect = {}


def effect_of(before: Traits, after: Traits) -> Effect:
    """What a value did."""
    return {
        name: value / _numbers(before)[name]
        for name, value in _numbers(after).items()
        if _numbers(before).get(name)
    }


def chained(first: Effect, then: Effect) -> Effect:
    """Two effects, one after the other."""
    return {name: first.get(name, 1.0) * then.get(name, 1.0) for name in {**first, **then}}


def undone(effect: Effect) -> Effect:
    """What takes an effect back."""
    return {name: 1 / factor for name, factor in effect.items() if factor}


def raised(effect: Effect, power: float) -> Effect:
    """What an effect is where a value changes by this power of what it was seen to change by."""
    return {name: factor**power for name, factor in effect.items() if factor > 0}


def expected(traits: Traits, effect: Effect, needing: Needing) -> Traits:
    """The traits of a configuration with one more change, if it does what it did elsewhere."""
    numbers: dict[str, Any] = {
        name: value * effect.get(name, 1.0) for name, value in _numbers(traits).items()
    }
    cost = attrs.evolve(
        traits.cost,
        **{name: math.ceil(numbers[name]) for name in _COUNTS if name in numbers},
    )
    return Traits(
        cost=cost,
        needs=needing(cost),
        pixels=numbers["pixels"],
        scaling=numbers["scaling"],
        cells={name: numbers[f"cell of {name}"] for name in traits.cells},
    )


_COUNTS = (
    *("parameters", "operations", "weight_bytes", "training_bytes", "inference_bytes"),
    "receptive_field",
)


def _numbers(traits: Traits) -> dict[str, float]:
    counts = {name: getattr(traits.cost, name) for name in _COUNTS}
    return {
        **{name: count for name, count in counts.items() if count is not None},
        "pixels": traits.pixels,
        "scaling": traits.scaling,
        **{f"cell of {name}": cell for name, cell in traits.cells.items()},
    }

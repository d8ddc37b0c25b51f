"""A job with some values changed: whether it can be built, and what its network costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

import poise
from poise.building.resolving import Resolution
from poise.errors import PoiseError
from poise.reading import Reading
from poise_workflows.training.geometries import Geometry
from poise_workflows.training.jobs import with_values
from poise_workflows.training.plans import Plan, sized

Changes = Mapping[str, Any]
"""Dotted path in a job → value."""


@attrs.frozen(kw_only=True, eq=False)
class Candidate:
    """A job that can be built.

    Attributes:
        changes: what differs from the profile.
        reading: the job.
        resolution: its network.
        geometry: all sizes.
        is_published: whether the network begins with published weights.
    """

    changes: Changes
    reading: Reading
    resolution: Resolution
    geometry: Geometry
    is_published: bool

    @property
    def identity(self) -> tuple[Any, ...]:
        """Equal for jobs whose networks are the same, whatever their fields say."""
        return (
            self.resolution.backbone.key,
            repr(self.resolution.config.backbone.which_oneof()),
            tuple(output.stride for output in self.resolution.outputs),
            self.geometry.scaling,
        )


@attrs.frozen(kw_only=True)
class Cost:
    """What a network costs, and what it sees, for one image.

    Attributes:
        parameters: numbers in its weights.
        operations: FLOPs.
        weight_bytes: memory of its weights.
        training_bytes: memory of the outputs of all layers.
        inference_bytes: most memory of outputs that are needed at the same time.
        receptive_field: the shorter side of what a cell of an output sees, in pixels of the
            network's input, of the output that sees least; ``None`` for the whole image.
    """

    parameters: int
    operations: int
    weight_bytes: int
    training_bytes: int
    inference_bytes: int
    receptive_field: int | None


def candidate_of(plan: Plan, profile: Reading, changes: Changes) -> Candidate | None:
    """A job with some values changed; ``None`` if the values do not go together.

    Args:
        plan: the labels and their frames.
        profile: the job.
        changes: the values.
    """
    try:
        reading = with_values(profile, changes)
        resolution = poise.resolve(reading.config, plan.sets.skeleton, plan.classes)
        reading, geometry = sized(reading, resolution, plan.sets, plan.videos)
        section = resolution.config.backbone.which_oneof()
        published = resolution.backbone.pretrained and resolution.backbone.pretrained(section)
    except PoiseError:
        return None
    return Candidate(
        changes=changes,
        reading=reading,
        resolution=resolution,
        geometry=geometry,
        is_published=bool(published),
    )


def cost_of(plan: Plan, candidate: Candidate) -> Cost | None:
    """What a network costs. It is built, and nothing is computed; ``None`` if it cannot be built.

    Args:
        plan: the labels.
        candidate: the job.
    """
    image = candidate.geometry.image
    try:
        model = poise.build(candidate.reading.config, image, plan.sets.skeleton, plan.classes)
        inspection = poise.inspect(model, image[:2])
    except PoiseError:
        return None
    sides = [min(seen) for seen in inspection.receptive_fields.values() if seen is not None]
    return Cost(
        parameters=inspection.parameters,
        operations=inspection.operations,
        weight_bytes=inspection.weight_bytes,
        training_bytes=inspection.training_bytes,
        inference_bytes=inspection.inference_bytes,
        receptive_field=min(sides, default=None),
    )

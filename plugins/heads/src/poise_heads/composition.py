"""The outputs of each head type, in order.

The confidence maps come first: they are the main output. Offsets come last, if
``offset_refinement`` is set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from poise.skeleton import Skeleton
from poise.specs import Output
from poise_heads.class_maps import class_maps
from poise_heads.class_vectors import class_vectors
from poise_heads.confmaps import confmaps
from poise_heads.labeling import (
    Names,
    Points,
    of_all_instances,
    of_centroids,
    of_first_instance,
)
from poise_heads.naming import resolve
from poise_heads.offsets import offsets
from poise_heads.pafs import pafs

Outputs = Callable[[Any, Skeleton | None, Sequence[str] | None], tuple[Output, ...]]


def _of_resolved(compose: Callable[[Any, Skeleton | None], tuple[Output, ...]]) -> Outputs:
    """Fill in the names first; each composition below needs them."""

    def outputs(
        config: Any, skeleton: Skeleton | None, classes: Sequence[str] | None
    ) -> tuple[Output, ...]:
        return compose(resolve(config, skeleton, classes), skeleton)

    outputs.__name__ = outputs.__qualname__ = compose.__name__
    outputs.__doc__ = compose.__doc__
    return outputs


def _maps(
    config: Any, parts: Names, layer_name: str, points: Points, section: str = ""
) -> tuple[Output, tuple[Output, ...]]:
    """Confidence maps and, if refined, the offsets that go with them."""
    maps = confmaps(config, parts, layer_name, points=points, section=section)
    if not config.offset_refinement:
        return maps, ()
    return maps, (offsets(config, parts, points=points, section=section),)


@_of_resolved
def single_instance(config: Any, skeleton: Skeleton | None) -> tuple[Output, ...]:
    """``confmaps`` and, if refined, ``offsets``."""
    parts = config.part_names
    maps, refined = _maps(config, parts, "SingleInstanceConfmapsHead", of_first_instance(parts))
    return maps, *refined


@_of_resolved
def centroid(config: Any, skeleton: Skeleton | None) -> tuple[Output, ...]:
    """``confmaps`` of one channel and, if refined, ``offsets`` of two."""
    parts = None if skeleton is None else skeleton.parts
    points = of_centroids(config.anchor_part, parts, config.output_stride)
    maps, refined = _maps(config, (config.anchor_part,), "CentroidConfmapsHead", points)
    return maps, *refined


@_of_resolved
def centered_instance(config: Any, skeleton: Skeleton | None) -> tuple[Output, ...]:
    """``confmaps`` and, if refined, ``offsets``."""
    parts = config.part_names
    maps, refined = _maps(config, parts, "CenteredInstanceConfmapsHead", of_first_instance(parts))
    return attrs.evolve(maps, metrics=_error_of_each(parts)), *refined


def _error_of_each(parts: Sequence[str]) -> Callable[[], list[Any]]:
    def metrics() -> list[Any]:
        from poise_heads.metrics import ChannelError

        return [ChannelError(channel, name=part) for channel, part in enumerate(parts)]

    return metrics


@_of_resolved
def multi_instance(config: Any, skeleton: Skeleton | None) -> tuple[Output, ...]:
    """``confmaps``, ``pafs`` and, if refined, ``offsets``."""
    maps, refined = _maps_of_all(config.confmaps)
    parts = config.confmaps.part_names
    return maps, pafs(config.pafs, config.pafs.edges, parts=parts, section="pafs."), *refined


@_of_resolved
def multi_class_bottomup(config: Any, skeleton: Skeleton | None) -> tuple[Output, ...]:
    """``confmaps``, ``class_maps`` and, if refined, ``offsets``."""
    maps, refined = _maps_of_all(config.confmaps)
    section, parts = config.class_maps, config.confmaps.part_names
    classes = class_maps(section, section.classes, parts=parts, section="class_maps.")
    return maps, classes, *refined


@_of_resolved
def multi_class_topdown(config: Any, skeleton: Skeleton | None) -> tuple[Output, ...]:
    """``confmaps``, ``class_vectors`` and, if refined, ``offsets``."""
    parts = config.confmaps.part_names
    points = of_first_instance(parts)
    maps, refined = _maps(
        config.confmaps, parts, "CenteredInstanceConfmapsHead", points, "confmaps."
    )
    vectors = config.class_vectors
    return maps, class_vectors(vectors, vectors.classes, section="class_vectors."), *refined


def _maps_of_all(config: Any) -> tuple[Output, tuple[Output, ...]]:
    points = of_all_instances(config.part_names, config.output_stride)
    return _maps(config, config.part_names, "MultiInstanceConfmapsHead", points, "confmaps.")

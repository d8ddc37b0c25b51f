"""Which outputs each head type has, and in which order.

The confidence maps come first: they are the main output. Offsets come last, where the
confidence maps ask for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from poise.skeleton import Skeleton
from poise.specs import Output
from poise_heads.class_maps import class_maps
from poise_heads.class_vectors import class_vectors
from poise_heads.confmaps import confmaps
from poise_heads.naming import resolve
from poise_heads.offsets import offsets
from poise_heads.pafs import pafs

Outputs = Callable[[Any, Skeleton | None, Sequence[str] | None], tuple[Output, ...]]


def _of_resolved(compose: Callable[[Any], tuple[Output, ...]]) -> Outputs:
    """Fill in the names first, so that each composition below finds all that it needs."""

    def outputs(
        config: Any, skeleton: Skeleton | None, classes: Sequence[str] | None
    ) -> tuple[Output, ...]:
        return compose(resolve(config, skeleton, classes))

    outputs.__name__ = outputs.__qualname__ = compose.__name__
    outputs.__doc__ = compose.__doc__
    return outputs


def _refined(config: Any, parts: Sequence[str | None], section: str = "") -> tuple[Output, ...]:
    return (offsets(config, parts, section=section),) if config.offset_refinement else ()


@_of_resolved
def single_instance(config: Any) -> tuple[Output, ...]:
    """``confmaps`` and, if refined, ``offsets``."""
    parts = config.part_names
    return confmaps(config, parts, "SingleInstanceConfmapsHead"), *_refined(config, parts)


@_of_resolved
def centroid(config: Any) -> tuple[Output, ...]:
    """``confmaps`` of one channel and, if refined, ``offsets`` of two."""
    parts = (config.anchor_part,)
    return confmaps(config, parts, "CentroidConfmapsHead"), *_refined(config, parts)


@_of_resolved
def centered_instance(config: Any) -> tuple[Output, ...]:
    """``confmaps`` and, if refined, ``offsets``."""
    parts = config.part_names
    return confmaps(config, parts, "CenteredInstanceConfmapsHead"), *_refined(config, parts)


@_of_resolved
def multi_instance(config: Any) -> tuple[Output, ...]:
    """``confmaps``, ``pafs`` and, if refined, ``offsets``."""
    maps = config.confmaps
    return (
        confmaps(maps, maps.part_names, "MultiInstanceConfmapsHead", section="confmaps."),
        pafs(config.pafs, config.pafs.edges, section="pafs."),
        *_refined(maps, maps.part_names, section="confmaps."),
    )


@_of_resolved
def multi_class_bottomup(config: Any) -> tuple[Output, ...]:
    """``confmaps``, ``class_maps`` and, if refined, ``offsets``."""
    maps = config.confmaps
    return (
        confmaps(maps, maps.part_names, "MultiInstanceConfmapsHead", section="confmaps."),
        class_maps(config.class_maps, config.class_maps.classes, section="class_maps."),
        *_refined(maps, maps.part_names, section="confmaps."),
    )


@_of_resolved
def multi_class_topdown(config: Any) -> tuple[Output, ...]:
    """``confmaps``, ``class_vectors`` and, if refined, ``offsets``."""
    maps = config.confmaps
    return (
        confmaps(maps, maps.part_names, "CenteredInstanceConfmapsHead", section="confmaps."),
        class_vectors(config.class_vectors, config.class_vectors.classes, section="class_vectors."),
        *_refined(maps, maps.part_names, section="confmaps."),
    )

"""The configurations of the head types with several outputs, as SLEAP 1.4 documents them."""

from __future__ import annotations

from typing import Any

import attrs

from poise.editions import means_sleap
from poise.errors import ConfigError, Fault
from poise.fields import (
    Rule,
    instance_of,
)
from poise.messages import suggestions
from poise_heads.config import (
    CenteredInstanceConfmapsHeadConfig,
    ClassMapsHeadConfig,
    ClassVectorsHeadConfig,
    MultiInstanceConfmapsHeadConfig,
    PartAffinityFieldsHeadConfig,
)
from poise_heads.differences import UNKNOWN_NAMES_ACCEPTED


def _section(cls: type, *rules: Rule) -> Any:
    return attrs.field(factory=cls, validator=[instance_of(cls), *rules])


class _EdgesJoinParts(Rule):
    """The rule of ``MultiInstanceConfig``; its faults name the edge and its index."""

    def __call__(self, instance: Any, attribute: Any, value: Any) -> None:
        left_out = _parts_left_out(instance, value)
        if left_out:
            hint = suggestions(instance.confmaps.part_names, noun="parts")
            raise ConfigError(
                Fault(
                    f"no part {part!r} in confmaps.part_names{hint(part)}",
                    f"{attribute.name}.edges[{index}]",
                )
                for index, part in left_out
            )


def _parts_left_out(config: Any, pafs: Any) -> list[tuple[int, str]]:
    """Index of the edge and name of each part that the confidence maps do not have."""
    parts = getattr(config.confmaps, "part_names", None)
    if parts is None or pafs.edges is None or means_sleap(UNKNOWN_NAMES_ACCEPTED):
        return []
    mapped = frozenset(parts)
    return [
        (index, part)
        for index, edge in enumerate(pafs.edges)
        for part in edge
        if part not in mapped
    ]


@attrs.frozen(kw_only=True)
class MultiInstanceConfig:
    """Parts of all animals, and the fields that join them: bottom-up inference.

    Attributes:
        confmaps: the confidence maps of the parts. Their ``output_stride`` is the finest
            that the backbone makes in edition sleap-1.4.
        pafs: the part affinity fields. If both are named, their edges must join parts of
            ``confmaps.part_names`` (edition sleap-1.4 does not require this). In edition
            sleap-1.4 they cannot be finer than the maps.

    Raises:
        ConfigError: a value outside its domain, or an edge to a part without a map.
    """

    confmaps: MultiInstanceConfmapsHeadConfig = _section(MultiInstanceConfmapsHeadConfig)
    pafs: PartAffinityFieldsHeadConfig = _section(
        PartAffinityFieldsHeadConfig,
        _EdgesJoinParts(
            "edges join parts of confmaps.part_names",
            lambda config, pafs: not _parts_left_out(config, pafs),
        ),
    )


@attrs.frozen(kw_only=True)
class MultiClassBottomUpConfig:
    """Parts of all animals, and the class of each: bottom-up inference with identities.

    Attributes:
        confmaps: the confidence maps of the parts. Their ``output_stride`` is the finest
            that the backbone makes in edition sleap-1.4.
        class_maps: the maps of the classes, which also group the parts. In edition
            sleap-1.4 they cannot be finer than the confidence maps.

    Raises:
        ConfigError: a value outside its domain.
    """

    confmaps: MultiInstanceConfmapsHeadConfig = _section(MultiInstanceConfmapsHeadConfig)
    class_maps: ClassMapsHeadConfig = _section(ClassMapsHeadConfig)


@attrs.frozen(kw_only=True)
class MultiClassTopDownConfig:
    """Parts and class of the animal in the middle of a crop: top-down with identities.

    Attributes:
        confmaps: the confidence maps of the parts. Their ``output_stride`` is the finest
            that the backbone makes in edition sleap-1.4.
        class_vectors: the classification of the crop. In edition sleap-1.4 its
            ``output_stride`` cannot be finer than that of the maps, so change
            the default of 1 with them.

    Raises:
        ConfigError: a value outside its domain.
    """

    confmaps: CenteredInstanceConfmapsHeadConfig = _section(CenteredInstanceConfmapsHeadConfig)
    class_vectors: ClassVectorsHeadConfig = _section(ClassVectorsHeadConfig)

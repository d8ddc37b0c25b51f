"""Small configurations of each head type, which the conformance suite builds.

They name their parts, edges and classes: they build without a skeleton.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from poise_heads.config import (
    CenteredInstanceConfmapsHeadConfig,
    CentroidsHeadConfig,
    ClassMapsHeadConfig,
    ClassVectorsHeadConfig,
    MultiInstanceConfmapsHeadConfig,
    PartAffinityFieldsHeadConfig,
    SingleInstanceConfmapsHeadConfig,
)
from poise_heads.joint_config import (
    MultiClassBottomUpConfig,
    MultiClassTopDownConfig,
    MultiInstanceConfig,
)

_PARTS = ("head", "thorax", "abdomen")
_EDGES = (("head", "thorax"), ("thorax", "abdomen"))
_CLASSES = ("female", "male")


def _of_all(stride: int, *, refined: bool = False) -> MultiInstanceConfmapsHeadConfig:
    return MultiInstanceConfmapsHeadConfig(
        part_names=_PARTS, output_stride=stride, offset_refinement=refined
    )


def _of_one(stride: int, *, refined: bool = False) -> CenteredInstanceConfmapsHeadConfig:
    return CenteredInstanceConfmapsHeadConfig(
        part_names=_PARTS, output_stride=stride, offset_refinement=refined
    )


def _vectors(stride: int, **fields: Any) -> ClassVectorsHeadConfig:
    return ClassVectorsHeadConfig(classes=_CLASSES, output_stride=stride, num_fc_units=8, **fields)


SINGLE_INSTANCE: Mapping[str, Any] = {
    "stride 1": SingleInstanceConfmapsHeadConfig(part_names=_PARTS),
    "stride 2 with offsets": SingleInstanceConfmapsHeadConfig(
        part_names=_PARTS, output_stride=2, offset_refinement=True
    ),
}

CENTROID: Mapping[str, Any] = {
    "stride 2": CentroidsHeadConfig(output_stride=2),
    "stride 2 with offsets": CentroidsHeadConfig(
        anchor_part="thorax", output_stride=2, offset_refinement=True
    ),
}

CENTERED_INSTANCE: Mapping[str, Any] = {
    "stride 2": _of_one(2),
    "stride 2 with offsets": _of_one(2, refined=True),
}

MULTI_INSTANCE: Mapping[str, Any] = {
    "one stride": MultiInstanceConfig(
        confmaps=_of_all(2), pafs=PartAffinityFieldsHeadConfig(edges=_EDGES, output_stride=2)
    ),
    "coarser fields, with offsets": MultiInstanceConfig(
        confmaps=_of_all(2, refined=True),
        pafs=PartAffinityFieldsHeadConfig(edges=_EDGES, output_stride=4, loss_weight=0.5),
    ),
}

MULTI_CLASS_BOTTOMUP: Mapping[str, Any] = {
    "one stride": MultiClassBottomUpConfig(
        confmaps=_of_all(2), class_maps=ClassMapsHeadConfig(classes=_CLASSES, output_stride=2)
    ),
    "coarser classes, with offsets": MultiClassBottomUpConfig(
        confmaps=_of_all(2, refined=True),
        class_maps=ClassMapsHeadConfig(classes=_CLASSES, output_stride=4, loss_weight=0.5),
    ),
}

MULTI_CLASS_TOPDOWN: Mapping[str, Any] = {
    "one stride": MultiClassTopDownConfig(confmaps=_of_one(2), class_vectors=_vectors(2)),
    "deeper classes, with offsets": MultiClassTopDownConfig(
        confmaps=_of_one(2, refined=True), class_vectors=_vectors(4, num_fc_layers=2)
    ),
    "without pooling": MultiClassTopDownConfig(
        confmaps=_of_one(2), class_vectors=_vectors(4, num_fc_layers=0, global_pool=False)
    ),
}

"""Small models of every head type, backbone family and several encoders, for exports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import poise

SKELETON = poise.Skeleton(
    parts=("head", "thorax", "tail"), edges=(("head", "thorax"), ("thorax", "tail"))
)
CLASSES = ("female", "male")
PARTS, EDGES = list(SKELETON.parts), [list(edge) for edge in SKELETON.edges]

UNET = {"unet": {"filters": 4, "filters_rate": 1.5, "max_stride": 8, "output_stride": 2}}
CONFMAPS = {"output_stride": 2, "part_names": PARTS}
COARSE = {"output_stride": 4}

HEADS: Mapping[str, Any] = {
    "single_instance": {**CONFMAPS, "offset_refinement": True},
    "centroid": {"output_stride": 2},
    "centered_instance": CONFMAPS,
    "multi_instance": {"confmaps": CONFMAPS, "pafs": {**COARSE, "edges": EDGES}},
    "multi_class_bottomup": {
        "confmaps": CONFMAPS,
        "class_maps": {**COARSE, "classes": list(CLASSES)},
    },
    "multi_class_topdown": {
        "confmaps": CONFMAPS,
        "class_vectors": {**COARSE, "classes": list(CLASSES)},
    },
}
OF_CROPS = ("centered_instance", "multi_class_topdown")

BACKBONES: Mapping[str, Any] = {
    "leap": {"leap": {"filters": 4, "max_stride": 8, "output_stride": 2}},
    "unet": {"unet": {**UNET["unet"], "up_interpolate": True}},
    "hourglass": {
        "hourglass": {
            "stem_filters": 4,
            "filters": 4,
            "filter_increase": 2,
            "max_stride": 16,
            "output_stride": 4,
            "stacks": 2,
        }
    },
    "resnet": {
        "resnet": {
            "version": "ResNet50",
            "weights": "random",
            "max_stride": 16,
            "output_stride": 4,
            "upsampling": {"filters": 8, "method": "interpolation"},
        }
    },
}

ENCODERS = ("vgg16", "resnet18", "densenet121", "mobilenetv2", "efficientnetb0", "seresnet18")


def of_head(head: str) -> dict[str, Any]:
    """A U-Net with a head type."""
    return {"backbone": UNET, "heads": {head: HEADS[head]}}


def of_backbone(backbone: str) -> dict[str, Any]:
    """A backbone with a head of one map."""
    stride = next(iter(BACKBONES[backbone].values()))["output_stride"]
    heads = {"single_instance": {"output_stride": stride, "part_names": PARTS}}
    return {"backbone": BACKBONES[backbone], "heads": heads}


def of_encoder(encoder: str) -> dict[str, Any]:
    """A pretrained encoder, with initial weights instead of published ones."""
    section = {"encoder": encoder, "decoder_filters": 8, "pretrained": False}
    return {
        "backbone": {"pretrained_encoder": section},
        "heads": {"single_instance": {"output_stride": 4, "part_names": PARTS}},
    }


def save_model(folder: Path, sections: Mapping[str, Any], image: tuple[Any, Any, int]) -> Path:
    """Build a model with initial weights, and save it.

    Args:
        folder: where to.
        sections: of the configuration.
        image: what it is built for.
    """
    config = poise.ModelConfig.from_data(dict(sections))
    model = poise.build(config, image, SKELETON, CLASSES, seed=3)
    poise.save(model, folder)
    return folder

"""The networks of the zoo: every first-party backbone and six encoders, at two sizes.

The sizes are comparable in FLOPs for an image, as far as a backbone's fields allow: an encoder of
fixed layers is as large as it is, and only its decoder changes. Every encoder begins with random
weights, so that all networks have seen the same images.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SIZES = ("small", "large")

ENCODERS = (
    "mobilenet",
    "mobilenetv2",
    "efficientnetb0",
    "efficientnetb2",
    "resnet18",
    "densenet121",
)
"""Of ``pretrained_encoder``."""

STRIDE = 4
"""Of the maps, in pixels."""


def _unet(filters: int, rate: float) -> dict[str, Any]:
    return {
        "unet": {
            "filters": filters,
            "filters_rate": rate,
            "max_stride": 16,
            "output_stride": STRIDE,
        }
    }


def _hourglass(filters: int, stacks: int) -> dict[str, Any]:
    sizes = {"stem_filters": filters // 2, "filters": filters, "filter_increase": filters // 2}
    return {"hourglass": {**sizes, "stacks": stacks, "output_stride": STRIDE}}


def _resnet(version: str, filters: int) -> dict[str, Any]:
    decoder = {"method": "interpolation", "skip_connections": "concatenate"}
    decoder |= {"refine_convs": 1, "filters": filters}
    return {
        "resnet": {
            "version": version,
            "weights": "random",
            "upsampling": decoder,
            "output_stride": STRIDE,
        }
    }


def _encoder(name: str, filters: int) -> dict[str, Any]:
    fields = {"encoder": name, "pretrained": False, "decoder_filters": filters}
    return {"pretrained_encoder": {**fields, "output_stride": STRIDE}}


def _library(key: str, variant: str, filters: int) -> dict[str, Any]:
    return {key: {"variant": variant, "decoder_filters": filters, "output_stride": STRIDE}}


NETWORKS: Mapping[str, Mapping[str, dict[str, Any]]] = {
    "unet": {"small": _unet(16, 1.5), "large": _unet(32, 1.5)},
    "leap": {
        "small": {"leap": {"filters": 12, "output_stride": STRIDE}},
        "large": {"leap": {"filters": 24, "output_stride": STRIDE}},
    },
    "hourglass": {"small": _hourglass(64, 1), "large": _hourglass(112, 1)},
    "resnet": {"small": _resnet("ResNet50", 32), "large": _resnet("ResNet50", 128)},
    **{name: {"small": _encoder(name, 32), "large": _encoder(name, 128)} for name in ENCODERS},
    "keras_cv": {
        "small": _library("keras_cv", "mobilenet_v3_small", 80),
        "large": _library("keras_cv", "mobilenet_v3_small", 176),
    },
    "keras_hub": {
        "small": _library("keras_hub", "mit_b0", 32),
        "large": _library("keras_hub", "mit_b0", 128),
    },
}
"""Row of the table → size → the section ``backbone`` of a job."""

HEADS: Mapping[str, dict[str, Any]] = {
    "single": {"single_instance": {"sigma": 3.0, "output_stride": STRIDE}},
    "several": {
        "multi_instance": {
            "confmaps": {"sigma": 3.0, "output_stride": STRIDE},
            "pafs": {"sigma": 8.0, "output_stride": STRIDE},
        }
    },
}
HEADS = {**HEADS, "crossing": HEADS["several"]}
"""Scene → the section ``heads`` of a job."""


LEARNING_RATE = 1e-3

OTHER_LEARNING_RATES: Mapping[str, float] = {
    # With 1e-3 it goes on predicting zeros: it has neither skip connections nor batch
    # normalization.
    "leap": 3e-4,
}
"""Row of the table → its initial learning rate."""


def learning_rate_of(name: str) -> float:
    """The initial learning rate of a row."""
    return OTHER_LEARNING_RATES.get(name, LEARNING_RATE)


def job(backbone: Mapping[str, Any], scene: str, learning_rate: float) -> dict[str, Any]:
    """The job of a training; all but the backbone and the learning rate is the same for all."""
    return {
        "model": {"backbone": backbone, "heads": HEADS[scene], "edition": "2026"},
        "optimization": {
            "batch_size": 4,
            "epochs": 1000,
            "batches_per_epoch": 20,
            "initial_learning_rate": learning_rate,
            # A few hundred steps are too few for a plateau that is more than noise.
            "learning_rate_schedule": {"reduce_on_plateau": False},
            "augmentation_config": {"rotate": True},
            "early_stopping": {"stop_training_on_plateau": False},
        },
    }

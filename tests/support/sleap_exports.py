"""Models of every backbone and head that SLEAP 1.4 has, with random weights, to be exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import poise
from poise.testing import reference_weights

DATA = Path(__file__).parents[1] / "data"
SKELETON = poise.Skeleton(
    ("head", "thorax", "abdomen"), (("head", "thorax"), ("thorax", "abdomen"))
)
GOLDEN: dict[str, dict[str, Any]] = {
    f"{name}/{case}": facts
    for name in ("heads", "hourglass", "leap", "resnet", "unet")
    for case, facts in json.loads(
        (DATA / "golden" / f"{name}.json").read_text(encoding="utf-8")
    ).items()
    if facts["kind"] == "model"
}
"""Models that SLEAP built, and their outputs."""

SMALL = (
    *("unet/stem4_max32_rate1p5_os2", "unet/interp", "leap/default_f4", "leap/interp_os2_rate1p5"),
    *("hourglass/stem4_max16_os4", "hourglass/stem1_max16_os1"),
    *("resnet/r50_noup_ms32_os4_default_truncates", "heads/single_os4_offset"),
    *("heads/centroid_offset_anchor", "heads/centered_offset", "heads/multi_2_4_offset"),
    *("heads/bottomup_cls_2_2_offset", "heads/topdown_cls_2_8_fc3_offset"),
    "heads/topdown_cls_4_16_nopool_fc2",
)
LARGE = (
    *("resnet/r50_frozen_gray", "resnet/r50_tunable_rgb", "resnet/r50_ms16_trans_add_os2"),
    *("resnet/r50_interp_concat_os1", "resnet/r50_ms8_trans_os1", "resnet/r101_noup_ms32_os32"),
    *("resnet/r50_topdown_cls_4_32", "resnet/r50_multi_4_8"),
)
STEMS = {"frozen_gray": ("frozen", 1), "frozen_rgb": ("frozen", 3), "tunable_rgb": ("tunable", 3)}
"""ResNets cut off after the stem, with what prepares images for ImageNet's weights."""

ENCODERS = {
    "mobilenetv2": (3, False),
    "efficientnetb0": (1, True),
    "resnet18": (1, True),
}
LARGE_ENCODERS = {
    "vgg16": (3, True),
    "resnet50": (1, False),
    "resnext50": (3, False),
    "inceptionv3": (1, True),
    "inceptionresnetv2": (3, True),
    "densenet121": (1, True),
    "seresnet18": (3, True),
    "seresnet50": (1, True),
    "seresnext50": (1, True),
    "mobilenet": (1, True),
}
"""Encoder → channels of images, and whether it is one of those with published weights."""

GAIN = 1.0
"""Of random kernels: with larger ones, deep encoders amplify the rounding of their first layers."""


def of_sleap(name: str) -> Any:
    """A model that SLEAP built, too."""
    case = GOLDEN[name]
    skeleton = poise.Skeleton(case["parts"], case["edges"])
    config = poise.ModelConfig.from_data(case["config"])
    model = poise.build(config, tuple(case["image"]), skeleton, case["classes"], seed=0)
    reference_weights.fill(model, gain=case["gain"])
    return model


def with_a_stem(name: str) -> Any:
    """The stem of a ResNet, with a head."""
    weights, channels = STEMS[name]
    resnet = {"weights": weights, "max_stride": 32, "output_stride": 4}
    return _filled({"resnet": resnet}, {"single_instance": {"output_stride": 4}}, channels)


def with_an_encoder(name: str, channels: int, pretrained: bool) -> Any:
    """A pretrained encoder, here with random weights; heads on two stages of its decoder."""
    section = {
        "encoder": name,
        "pretrained": pretrained,
        "decoder_filters": 12,
        "decoder_filters_rate": 0.8,
        "output_stride": 2,
    }
    heads = {
        "confmaps": {"output_stride": 2, "offset_refinement": True},
        "pafs": {"output_stride": 8},
    }
    backbone = {"pretrained_encoder": section}
    return _filled(backbone, {"multi_instance": heads}, channels, 96, GAIN)


def _filled(
    backbone: Any, heads: Any, channels: int, size: int = 64, gain: float = reference_weights.GAIN
) -> Any:
    data = {"edition": "sleap-1.4", "backbone": backbone, "heads": heads}
    config = poise.ModelConfig.from_data(data)
    model = poise.build(config, (size, size, channels), SKELETON, seed=0)
    reference_weights.fill(model, gain=gain)
    return model


def images_for(model: Any, batch: int = 2) -> Any:
    """Noise of the size that a model takes."""
    height, width, channels = model.input.shape[1:]
    return reference_weights.images((height, width, channels), batch=batch)


def maps_of(model: Any, images: Any) -> dict[str, Any]:
    """The outputs of a model, as arrays."""
    import keras

    outputs = model(images, training=False)
    return {name: keras.ops.convert_to_numpy(output) for name, output in outputs.items()}


def largest_difference(one: dict[str, Any], other: dict[str, Any]) -> float:
    """The largest difference between outputs, as a part of the largest value of each."""
    assert set(one) == set(other)
    return max(
        float(np.abs(one[name] - other[name]).max() / np.abs(one[name]).max()) for name in one
    )

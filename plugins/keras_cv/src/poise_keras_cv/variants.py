"""KerasCV's networks: class, arguments, and parameters to expect, as data.

KerasCV 0.9 fetches the arguments of its presets before it builds one; here they are stored.
Parameters are counts of the classes of 0.9.0 for images of three channels. KerasCV's own
metadata has different counts for EfficientNetV1, EfficientNetLite, MobileNetV3 and MiT.

ViTDet is left out: it has features of one stride only, and one size for all images.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poise.libraries.variants import Variant, variants_of

STAGES = {"stackwise_filters": [64, 128, 256, 512], "stackwise_strides": [1, 2, 2, 2]}


def _residual(block: str, blocks: Sequence[int]) -> dict[str, Any]:
    return {"stackwise_blocks": list(blocks), "block_type": block}


def _scaled(width: float, depth: float, dropout: float) -> dict[str, Any]:
    return {"width_coefficient": width, "depth_coefficient": depth, "dropout_rate": dropout}


EFFICIENTNET = {
    "drop_connect_rate": 0.2,
    "depth_divisor": 8,
    "stackwise_kernel_sizes": [3, 3, 5, 3, 5, 5, 3],
    "stackwise_num_repeats": [1, 2, 2, 3, 3, 4, 1],
    "stackwise_input_filters": [32, 16, 24, 40, 80, 112, 192],
    "stackwise_output_filters": [16, 24, 40, 80, 112, 192, 320],
    "stackwise_expansion_ratios": [1, 6, 6, 6, 6, 6, 6],
    "stackwise_strides": [1, 2, 2, 2, 1, 2, 1],
}


def _v2(
    repeats: Sequence[int], filters: Sequence[int], width: float = 1.0, depth: float = 1.0
) -> dict[str, Any]:
    """EfficientNetV2 with these numbers of blocks per stage; ``filters`` begins with the stem's."""
    stages = len(repeats)
    return {
        "width_coefficient": width,
        "depth_coefficient": depth,
        "stackwise_kernel_sizes": [3] * stages,
        "stackwise_num_repeats": list(repeats),
        "stackwise_input_filters": list(filters[:-1]),
        "stackwise_output_filters": list(filters[1:]),
        "stackwise_expansion_ratios": [1, 4, 4, 4, 6, 6, 6][:stages],
        "stackwise_squeeze_and_excite_ratios": [0, 0, 0, 0.25, 0.25, 0.25, 0.25][:stages],
        "stackwise_strides": [1, 2, 2, 2, 1, 2, 1][:stages],
        "stackwise_conv_types": ["fused"] * 3 + ["unfused"] * (stages - 3),
    }


def _b(width: float, depth: float) -> dict[str, Any]:
    return _v2([1, 2, 2, 3, 5, 8], [32, 16, 32, 48, 96, 112, 192], width, depth)


def _staged(channels: Sequence[int], depth: Sequence[int]) -> dict[str, Any]:
    return {"stackwise_channels": list(channels), "stackwise_depth": list(depth)}


def _mit(dims: Sequence[int], depths: Sequence[int]) -> dict[str, Any]:
    return {"embedding_dims": list(dims), "depths": list(depths)}


MOBILENET_SMALL = {
    "stackwise_expansion": [1, 72 / 16, 88 / 24, 4, 6, 6, 3, 3, 6, 6, 6],
    "stackwise_filters": [16, 24, 24, 40, 40, 40, 48, 48, 96, 96, 96],
    "stackwise_kernel_size": [3] * 3 + [5] * 8,
    "stackwise_stride": [2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1],
    "stackwise_se_ratio": [0.25, None, None] + [0.25] * 8,
    "stackwise_activation": ["relu"] * 3 + ["hard_swish"] * 8,
}
MOBILENET_LARGE = {
    "stackwise_expansion": [1, 4, 3, 3, 3, 3, 6, 2.5, 2.3, 2.3, 6, 6, 6, 6, 6],
    "stackwise_filters": [16, 24, 24, 40, 40, 40, 80, 80, 80, 80, 112, 112, 160, 160, 160],
    "stackwise_kernel_size": [3] * 3 + [5] * 3 + [3] * 6 + [5] * 3,
    "stackwise_stride": [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1],
    "stackwise_se_ratio": [None] * 3 + [0.25] * 3 + [None] * 4 + [0.25] * 5,
    "stackwise_activation": ["relu"] * 6 + ["hard_swish"] * 9,
}

VARIANTS: dict[str, Variant] = {
    **variants_of(
        "ResNetBackbone",
        "conv1_conv",
        STAGES,
        {
            "resnet18": (11_186_112, _residual("basic_block", [2, 2, 2, 2])),
            "resnet34": (21_301_696, _residual("basic_block", [3, 4, 6, 3])),
            "resnet50": (23_561_152, _residual("block", [3, 4, 6, 3])),
            "resnet101": (42_605_504, _residual("block", [3, 4, 23, 3])),
            "resnet152": (58_295_232, _residual("block", [3, 8, 36, 3])),
        },
    ),
    **variants_of(
        "ResNetV2Backbone",
        "conv1_conv",
        {**STAGES, "stackwise_dilations": None},
        {
            "resnet18_v2": (11_183_488, _residual("basic_block", [2, 2, 2, 2])),
            "resnet34_v2": (21_299_072, _residual("basic_block", [3, 4, 6, 3])),
            "resnet50_v2": (23_564_800, _residual("block", [3, 4, 6, 3])),
            "resnet101_v2": (42_626_560, _residual("block", [3, 4, 23, 3])),
            "resnet152_v2": (58_331_648, _residual("block", [3, 8, 36, 3])),
        },
    ),
    **variants_of(
        "EfficientNetV1Backbone",
        "stem_conv",
        {
            **EFFICIENTNET,
            "stackwise_squeeze_and_excite_ratios": [0.25] * 7,
            "activation": "swish",
        },
        {
            "efficientnetv1_b0": (4_049_564, _scaled(1.0, 1.0, 0.2)),
            "efficientnetv1_b1": (6_575_232, _scaled(1.0, 1.1, 0.2)),
            "efficientnetv1_b2": (7_768_562, _scaled(1.1, 1.2, 0.3)),
            "efficientnetv1_b3": (10_783_528, _scaled(1.2, 1.4, 0.3)),
            "efficientnetv1_b4": (17_673_816, _scaled(1.4, 1.8, 0.4)),
            "efficientnetv1_b5": (28_513_520, _scaled(1.6, 2.2, 0.4)),
            "efficientnetv1_b6": (40_960_136, _scaled(1.8, 2.6, 0.5)),
            "efficientnetv1_b7": (64_097_680, _scaled(2.0, 3.1, 0.5)),
        },
    ),
    **variants_of(
        "EfficientNetV2Backbone",
        "stem_conv",
        {
            "skip_connection_dropout": 0.2,
            "depth_divisor": 8,
            "min_depth": 8,
            "activation": "swish",
        },
        {
            "efficientnetv2_s": (
                20_331_360,
                _v2([2, 4, 4, 6, 9, 15], [24, 24, 48, 64, 128, 160, 256]),
            ),
            "efficientnetv2_m": (
                53_150_388,
                _v2([3, 5, 5, 7, 14, 18, 5], [24, 24, 48, 80, 160, 176, 304, 512]),
            ),
            "efficientnetv2_l": (
                117_746_848,
                _v2([4, 7, 7, 10, 19, 25, 7], [32, 32, 64, 96, 192, 224, 384, 640]),
            ),
            "efficientnetv2_b0": (5_919_312, _b(1.0, 1.0)),
            "efficientnetv2_b1": (6_931_124, _b(1.0, 1.1)),
            "efficientnetv2_b2": (8_769_374, _b(1.1, 1.2)),
            "efficientnetv2_b3": (12_930_622, _b(1.2, 1.4)),
        },
    ),
    **variants_of(
        "EfficientNetLiteBackbone",
        "stem_conv",
        {**EFFICIENTNET, "activation": "relu6"},
        {
            "efficientnetlite_b0": (3_413_024, _scaled(1.0, 1.0, 0.2)),
            "efficientnetlite_b1": (4_189_344, _scaled(1.0, 1.1, 0.2)),
            "efficientnetlite_b2": (4_869_168, _scaled(1.1, 1.2, 0.3)),
            "efficientnetlite_b3": (6_992_768, _scaled(1.2, 1.4, 0.3)),
            "efficientnetlite_b4": (11_837_936, _scaled(1.4, 1.8, 0.3)),
        },
    ),
    **variants_of(
        "MobileNetV3Backbone",
        "Conv",
        {"alpha": 1.0},
        {
            "mobilenet_v3_small": (939_120, MOBILENET_SMALL),
            "mobilenet_v3_large": (2_996_352, MOBILENET_LARGE),
        },
    ),
    **variants_of(
        "DenseNetBackbone",
        "conv1_conv",
        {"compression_ratio": 0.5, "growth_rate": 32},
        {
            "densenet121": (7_037_504, {"stackwise_num_repeats": [6, 12, 24, 16]}),
            "densenet169": (12_642_880, {"stackwise_num_repeats": [6, 12, 32, 32]}),
            "densenet201": (18_321_984, {"stackwise_num_repeats": [6, 12, 48, 32]}),
        },
    ),
    **variants_of(
        "CSPDarkNetBackbone",
        "stem_conv_conv",
        {"use_depthwise": False},
        {
            "csp_darknet_tiny": (2_380_416, _staged([48, 96, 192, 384], [1, 3, 3, 1])),
            "csp_darknet_s": (4_223_488, _staged([64, 128, 256, 512], [1, 3, 3, 1])),
            "csp_darknet_m": (12_374_400, _staged([96, 192, 384, 768], [2, 6, 6, 2])),
            "csp_darknet_l": (27_111_424, _staged([128, 256, 512, 1024], [3, 9, 9, 3])),
            "csp_darknet_xl": (56_837_970, _staged([170, 340, 680, 1360], [4, 12, 12, 4])),
        },
    ),
    **variants_of(
        "YOLOV8Backbone",
        "stem_1_conv",
        {"activation": "swish"},
        {
            "yolo_v8_xs_backbone": (1_277_680, _staged([32, 64, 128, 256], [1, 2, 2, 1])),
            "yolo_v8_s_backbone": (5_089_760, _staged([64, 128, 256, 512], [1, 2, 2, 1])),
            "yolo_v8_m_backbone": (11_872_464, _staged([96, 192, 384, 576], [2, 4, 4, 2])),
            "yolo_v8_l_backbone": (19_831_744, _staged([128, 256, 512, 512], [3, 6, 6, 3])),
            "yolo_v8_xl_backbone": (30_972_080, _staged([160, 320, 640, 640], [3, 6, 6, 3])),
        },
    ),
    **variants_of(
        "MiTBackbone",
        "patch_and_embed_0_proj",
        {},
        {
            "mit_b0": (3_319_392, _mit([32, 64, 160, 256], [2, 2, 2, 2])),
            "mit_b1": (13_151_424, _mit([64, 128, 320, 512], [2, 2, 2, 2])),
            "mit_b2": (24_196_288, _mit([64, 128, 320, 512], [3, 4, 6, 3])),
            "mit_b3": (44_072_128, _mit([64, 128, 320, 512], [3, 4, 18, 3])),
            "mit_b4": (60_842_688, _mit([64, 128, 320, 512], [3, 8, 27, 3])),
            "mit_b5": (81_443_008, _mit([64, 128, 320, 512], [3, 6, 40, 3])),
        },
    ),
}
"""Name → network, in the order of KerasCV's documentation."""

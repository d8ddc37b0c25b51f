"""KerasHub's image networks: class, arguments, and parameters to expect, as data.

KerasHub fetches the arguments of its presets before it builds one; here they are stored.
Parameters are counts of the classes of 0.32.0 for images of three channels; the counts
in KerasHub's own metadata include a classifier in EfficientNet, CSPNet, MiT and ResNet-vd.

Networks without features of several strides (DINO, ViT) are left out, as are EfficientNets
made of other blocks (``es``, ``em``, ``el``, and ``efficientnet2_rw``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poise.libraries.variants import Variant, variants_of

RESNET = {
    "input_conv_filters": [64],
    "input_conv_kernel_sizes": [7],
    "stackwise_num_filters": [64, 128, 256, 512],
    "stackwise_num_strides": [1, 2, 2, 2],
}
RESNET_VD = {
    **RESNET,
    "input_conv_filters": [32, 32, 64],
    "input_conv_kernel_sizes": [3, 3, 3],
}


def _residual(block: str, blocks: Sequence[int]) -> dict[str, Any]:
    return {"block_type": block, "stackwise_num_blocks": list(blocks)}


EFFICIENTNET = {
    "stackwise_kernel_sizes": [3, 3, 5, 3, 5, 5, 3],
    "stackwise_num_repeats": [1, 2, 2, 3, 3, 4, 1],
    "stackwise_input_filters": [32, 16, 24, 40, 80, 112, 192],
    "stackwise_output_filters": [16, 24, 40, 80, 112, 192, 320],
    "stackwise_expansion_ratios": [1, 6, 6, 6, 6, 6, 6],
    "stackwise_strides": [1, 2, 2, 2, 1, 2, 1],
    "stackwise_block_types": ["v1"] * 7,
    "min_depth": None,
    "use_depth_divisor_as_min_depth": True,
    "cap_round_filter_decrease": True,
    "stem_conv_padding": "valid",
    "batch_norm_momentum": 0.9,
    "batch_norm_epsilon": 1e-5,
    "dropout": 0,
}


def _scaled(width: float, depth: float, squeeze: float = 0.25) -> dict[str, Any]:
    return {
        "stackwise_width_coefficients": [width] * 7,
        "stackwise_depth_coefficients": [depth] * 7,
        "stackwise_squeeze_and_excite_ratios": [squeeze] * 7,
    }


DARKNET = {
    "stem_filters": 32,
    "stem_kernel_size": 3,
    "stem_strides": 1,
    "stem_padding": "same",
    "stackwise_depth": [1, 2, 8, 8, 4],
    "stackwise_num_filters": [64, 128, 256, 512, 1024],
    "stackwise_strides": [2, 2, 2, 2, 2],
    "block_type": "dark_block",
}
CSP_RESNET = {
    "stem_filters": 64,
    "stem_kernel_size": 7,
    "stem_strides": 4,
    "stem_padding": "valid",
    "stem_pooling": "max",
    "stackwise_depth": [3, 3, 5, 2],
    "stackwise_strides": [1, 2, 2, 2],
    "stage_type": "csp",
    "block_type": "bottleneck_block",
    "cross_linear": True,
}

MIT = {
    "num_layers": 4,
    "layerwise_num_heads": [1, 2, 5, 8],
    "layerwise_sr_ratios": [8, 4, 2, 1],
    "layerwise_patch_sizes": [7, 3, 3, 3],
    "layerwise_strides": [4, 2, 2, 2],
    "max_drop_path_rate": 0.1,
}


def _mit(dims: Sequence[int], depths: Sequence[int]) -> dict[str, Any]:
    return {"hidden_dims": list(dims), "layerwise_depths": list(depths)}


VARIANTS: dict[str, Variant] = {
    **variants_of(
        "ResNetBackbone",
        "conv1_conv",
        RESNET,
        {
            "resnet_18": (11_186_112, _residual("basic_block", [2, 2, 2, 2])),
            "resnet_34": (21_301_696, _residual("basic_block", [3, 4, 6, 3])),
            "resnet_50": (23_561_152, _residual("bottleneck_block", [3, 4, 6, 3])),
            "resnet_101": (42_605_504, _residual("bottleneck_block", [3, 4, 23, 3])),
            "resnet_152": (58_295_232, _residual("bottleneck_block", [3, 8, 36, 3])),
        },
    ),
    **variants_of(
        "ResNetBackbone",
        "conv1_conv",
        {**RESNET, "use_pre_activation": True},
        {
            "resnet_v2_50": (23_545_792, _residual("bottleneck_block", [3, 4, 6, 3])),
            "resnet_v2_101": (42_590_144, _residual("bottleneck_block", [3, 4, 23, 3])),
        },
    ),
    **variants_of(
        "ResNetBackbone",
        "conv1_conv",
        RESNET_VD,
        {
            "resnet_vd_18": (11_209_824, _residual("basic_block_vd", [2, 2, 2, 2])),
            "resnet_vd_34": (21_325_408, _residual("basic_block_vd", [3, 4, 6, 3])),
            "resnet_vd_50": (23_580_512, _residual("bottleneck_block_vd", [3, 4, 6, 3])),
            "resnet_vd_101": (42_624_864, _residual("bottleneck_block_vd", [3, 4, 23, 3])),
            "resnet_vd_152": (58_314_592, _residual("bottleneck_block_vd", [3, 8, 36, 3])),
            "resnet_vd_200": (72_884_064, _residual("bottleneck_block_vd", [3, 12, 48, 3])),
        },
    ),
    **variants_of(
        "EfficientNetBackbone",
        "stem_conv",
        {**EFFICIENTNET, "activation": "swish"},
        {
            "efficientnet_b0": (4_049_564, _scaled(1.0, 1.0)),
            "efficientnet_b1": (6_575_232, _scaled(1.0, 1.1)),
            "efficientnet_b2": (7_768_562, _scaled(1.1, 1.2)),
            "efficientnet_b3": (10_783_528, _scaled(1.2, 1.4)),
            "efficientnet_b4": (17_673_816, _scaled(1.4, 1.8)),
            "efficientnet_b5": (28_513_520, _scaled(1.6, 2.2)),
        },
    ),
    **variants_of(
        "EfficientNetBackbone",
        "stem_conv",
        {**EFFICIENTNET, "activation": "relu6"},
        {"efficientnet_lite0": (3_413_024, _scaled(1.0, 1.0, 0))},
    ),
    **variants_of(
        "DenseNetBackbone",
        "conv1_conv",
        {"compression_ratio": 0.5, "growth_rate": 32},
        {
            "densenet_121": (7_037_504, {"stackwise_num_repeats": [6, 12, 24, 16]}),
            "densenet_169": (12_642_880, {"stackwise_num_repeats": [6, 12, 32, 32]}),
            "densenet_201": (18_321_984, {"stackwise_num_repeats": [6, 12, 48, 32]}),
        },
    ),
    **variants_of(
        "CSPNetBackbone",
        "csp_stem_conv_0",
        DARKNET,
        {
            "csp_darknet_53": (
                26_652_512,
                {
                    "bottle_ratio": (0.5, 1.0),
                    "block_ratio": (1.0, 0.5),
                    "expand_ratio": (2.0, 1.0),
                    "stage_type": "csp",
                    "down_growth": True,
                },
            ),
            "darknet_53": (
                40_620_640,
                {
                    "bottle_ratio": [0.5],
                    "block_ratio": [1.0],
                    "expand_ratio": [1.0],
                    "stage_type": "dark",
                },
            ),
        },
    ),
    **variants_of(
        "CSPNetBackbone",
        "csp_stem_conv_0",
        CSP_RESNET,
        {
            "csp_resnet_50": (
                20_631_488,
                {
                    "stackwise_num_filters": [128, 256, 512, 1024],
                    "bottle_ratio": [0.5],
                    "block_ratio": [1.0],
                    "expand_ratio": [2.0],
                },
            ),
            "csp_resnext_50": (
                18_578_368,
                {
                    "stackwise_num_filters": [256, 512, 1024, 2048],
                    "bottle_ratio": [1.0],
                    "block_ratio": [0.5],
                    "expand_ratio": [1.0],
                    "groups": 32,
                },
            ),
        },
    ),
    **variants_of(
        "MiTBackbone",
        "patch_and_embed_0_proj",
        MIT,
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
"""Name → network, in the order of KerasHub's documentation."""

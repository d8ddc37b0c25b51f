"""What a configuration may hold, and what is known without KerasHub."""

from __future__ import annotations

import libraries
from poise_keras_hub import KerasHubConfig
from poise_keras_hub.build import LIBRARY


class TestConfigurations(libraries.Configurations):
    library = LIBRARY
    config = KerasHubConfig
    defaults = {
        "variant": "resnet_18",
        "weights": None,
        "normalization": "imagenet",
        "decoder_filters": 256,
        "decoder_filters_rate": 1.0,
        "output_stride": 2,
        "decoder_batchnorm": True,
    }
    heavy = ("keras", "keras_hub", "tensorflow", "h5py")
    cases = {
        "fields,message": [
            ({"variant": "resnet_19"}, "got 'resnet_19'; did you mean 'resnet_18'? @ variant"),
            ({"variant": "dinov2"}, "must be one of the known names, got 'dinov2'"),
            ({"weights": "resnet_50_imagnet"}, "did you mean 'resnet_50_imagenet'?"),
            ({"weights": 3}, "must be null, the name of a preset, or the path of"),
            (
                {"weights": "mit_b0_ade20k_512"},
                "must be weights for this variant, got 'mit_b0_ade20k_512'; these are for 'mit_b0'",
            ),
            ({"normalization": "caffe"}, "must be one of 'imagenet', 'unit', 'signed', 'pixels'"),
            ({"output_stride": 32}, "must be at most 16, got 32"),
            ({"decoder_filters_rate": 0.1}, "stage 3 has int(256 · 0.1^3)"),
        ],
    }

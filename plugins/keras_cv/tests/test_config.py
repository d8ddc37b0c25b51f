"""What a configuration may hold, and what is known without KerasCV."""

from __future__ import annotations

import libraries
from poise_keras_cv import KerasCVConfig
from poise_keras_cv.build import LIBRARY


class TestConfigurations(libraries.Configurations):
    library = LIBRARY
    config = KerasCVConfig
    defaults = {
        "variant": "efficientnetv2_b0",
        "weights": None,
        "decoder_filters": 256,
        "decoder_filters_rate": 1.0,
        "output_stride": 2,
        "decoder_batchnorm": True,
    }
    heavy = ("keras", "keras_cv", "keras_core", "tensorflow", "h5py")
    cases = {
        "fields,message": [
            ({"variant": "resnet19"}, "got 'resnet19'; did you mean 'resnet18'? @ variant"),
            ({"variant": "vitdet_base"}, "must be one of the known names, got 'vitdet_base'"),
            ({"weights": "resnet50_imagnet"}, "did you mean 'resnet50_imagenet'?"),
            ({"weights": 3}, "must be null, the name of a preset, or the path of"),
            (
                {"weights": "mit_b0_imagenet"},
                "must be weights for this variant, got 'mit_b0_imagenet'; these are for 'mit_b0'",
            ),
            ({"output_stride": 32}, "must be at most 16, got 32"),
            ({"decoder_filters_rate": 0.1}, "stage 3 has int(256 · 0.1^3)"),
        ],
    }

"""KerasCV's networks, made of Keras' own layers: the same numbers, and any size."""

from __future__ import annotations

import libraries
from poise_keras_cv.build import LIBRARY


class TestBuilding(libraries.Building):
    library = LIBRARY
    # The others are more of the same.
    small = (
        "resnet18",
        "resnet18_v2",
        "efficientnetv1_b0",
        "efficientnetv2_b0",
        "efficientnetlite_b0",
        "mobilenet_v3_small",
        "densenet121",
        "csp_darknet_tiny",
        "yolo_v8_xs_backbone",
        "mit_b0",
    )
    with_stride_2 = ("efficientnet", "mobilenet")
    needed_to_load = "poise.libraries.mix_transformer"
    cases = {
        "name": libraries.slow_unless(LIBRARY.variants, small),
        "trained": libraries.slow_unless(["mobilenet_v3_small", "mit_b0"], ["mobilenet_v3_small"]),
    }

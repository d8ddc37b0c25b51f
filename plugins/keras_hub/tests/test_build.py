"""KerasHub's networks, made of Keras' own layers: the same numbers, and any size."""

from __future__ import annotations

import libraries
from poise_keras_hub.build import LIBRARY


class TestBuilding(libraries.Building):
    library = LIBRARY
    # The others are more of the same.
    small = (
        "resnet_18",
        "resnet_vd_18",
        "efficientnet_b0",
        "densenet_121",
        "csp_resnext_50",
        "mit_b0",
    )
    with_stride_2 = ("efficientnet", "csp_darknet", "darknet")
    needed_to_load = "poise.blocks.image_inputs, poise.libraries.mix_transformer"
    cases = {
        "name": libraries.slow_unless(LIBRARY.variants, small),
        "trained": libraries.slow_unless(["mit_b0", "csp_resnext_50"], ["mit_b0"]),
    }

"""Weights of KerasHub's: presets as it saves them, and what is wrong with others."""

from __future__ import annotations

import json

import pytest

import libraries
import poise
from poise.libraries.presets import conversion
from poise_keras_hub.build import LIBRARY
from poise_keras_hub.normalizations import NORMALIZATIONS

QUICK = ("resnet_18", "mit_b0")


class TestFiles(libraries.Files):
    library = LIBRARY
    as_they_are = {"normalization": "unit"}
    small = "resnet_18"
    larger = "resnet_34"
    blocks = "stackwise_num_blocks"
    of_another_class = "efficientnet_lite0"
    another = "resnet_vd_18"
    published = "resnet_18_imagenet"
    page = "https://www.kaggle.com/models/keras/resnetv1/keras/resnet_18_imagenet/3"
    cases = {
        "variant": libraries.slow_unless([*QUICK, "csp_resnext_50"], QUICK),
        "normalization": libraries.slow_unless(list(NORMALIZATIONS), ["imagenet", "pixels"]),
    }

    def save(self, model, folder):
        model.save_to_preset(str(folder))

    def test_a_preset_for_other_images_is_refused_with_the_normalization_it_needs(
        self, build, preset, normalization
    ):
        _, folder = preset("resnet_18")
        factors, shifts = conversion(NORMALIZATIONS[normalization])
        converter = {"scale": [factor / 255 for factor in factors], "offset": list(shifts)}
        (folder / "image_converter.json").write_text(json.dumps({"config": converter}))
        other = "unit" if normalization != "unit" else "imagenet"
        fields = {"variant": "resnet_18", "output_stride": 16, "weights": str(folder)}

        assert poise.load_pretrained(build((64, 64, 3), normalization=normalization, **fields)).ok
        message = f"is for other images than '{other}'(.|\n)*set normalization to '{normalization}'"
        with pytest.raises(poise.WeightsError, match=message):
            poise.load_pretrained(build((64, 64, 3), normalization=other, **fields))

"""Weights of KerasCV's: presets as it saves them, files of Keras 2 and 3, and what is wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest

import libraries
import poise
from poise_keras_cv.build import LIBRARY

QUICK = ("resnet18", "mobilenet_v3_small", "csp_darknet_tiny")


class TestFiles(libraries.Files):
    library = LIBRARY
    small = "resnet18"
    larger = "resnet34"
    blocks = "stackwise_blocks"
    of_another_class = "resnet18_v2"
    another = "yolo_v8_xs_backbone"
    published = "csp_darknet_tiny_imagenet"
    page = "https://www.kaggle.com/models/keras/cspdarknet/keras/csp_darknet_tiny_imagenet/2"
    cases = {"variant": libraries.slow_unless([*QUICK, "efficientnetv2_b0", "mit_b0"], QUICK)}

    def save(self, model, folder):
        # Its own function for it, which its public modules do not have.
        from keras_cv.src.utils.preset_utils import save_to_preset

        save_to_preset(model, str(folder))

    def test_a_file_of_keras_2_gives_its_numbers(
        self, keras, build, library_model, tmp_path, variant
    ):
        original, file = library_model(variant), tmp_path / "classification-notop.h5"
        write_like_keras_2(original, file)
        images = np.random.default_rng(1).random((2, 64, 64, 3), dtype="float32")
        expected = libraries.deepest(keras, LIBRARY, original, images)
        model = build((64, 64, 3), variant=variant, output_stride=16, weights=str(file))
        report = poise.load_pretrained(model)

        assert report.ok
        assert "Keras 2.13.1" in report.format
        np.testing.assert_allclose(
            libraries.features_of(keras, model, images),
            expected,
            atol=1e-5 * np.abs(expected).max(),
        )

    @pytest.mark.parametrize(("gray", "pixels"), [("resnet18", 1), ("csp_darknet_tiny", 4)])
    def test_for_gray_images_each_channel_counts_as_gray(self, build, preset, gray, pixels):
        original, folder = preset(gray)
        model = build((64, 64, 1), variant=gray, output_stride=16, weights=str(folder))
        report = poise.load_pretrained(model)
        kernel = next(weight for weight in model.weights if weight.path.endswith("kernel"))
        rgb = np.asarray(
            next(weight for weight in original.weights if weight.path.endswith("kernel"))
        )

        assert report.ok
        assert kernel.shape[2] == pixels
        apart = rgb.reshape(*rgb.shape[:2], pixels, 3, rgb.shape[3])
        np.testing.assert_allclose(np.asarray(kernel), apart.sum(axis=3), rtol=1e-5, atol=1e-6)

    def test_a_file_of_keras_2_with_a_layer_of_another_name_is_refused(
        self, build, library_model, tmp_path
    ):
        file = tmp_path / "old.h5"
        write_like_keras_2(library_model("resnet18"), file, rename={"conv1_conv": "stem"})
        model = build((64, 64, 3), variant="resnet18", output_stride=16, weights=str(file))
        with pytest.raises(poise.WeightsError, match="of other names: 'stem' for 'conv1_conv'"):
            poise.load_pretrained(model)

    def test_what_kind_of_images_a_preset_was_trained_on_is_not_the_network(self, build, preset):
        _, folder = preset("resnet18")
        file = folder / "config.json"
        described = json.loads(file.read_text())
        described["config"]["include_rescaling"] = True  # 0…255, as the published presets take
        file.write_text(json.dumps(described))
        model = build((64, 64, 3), variant="resnet18", output_stride=16, weights=str(folder))
        assert poise.load_pretrained(model).ok


def write_like_keras_2(model, file, rename=()):
    """A weights file in Keras 2's layout: layers in order, trainable weights first."""
    import h5py

    renamed = dict(rename)
    layers = [layer for layer in model.layers if layer.weights]
    with h5py.File(file, "w") as opened:
        opened.attrs["keras_version"] = "2.13.1"
        names = [renamed.get(layer.name, layer.name) for layer in layers]
        opened.attrs["layer_names"] = [name.encode() for name in names]
        for layer, name in zip(layers, names, strict=True):
            group = opened.create_group(name)
            weights = [*layer.trainable_weights, *layer.non_trainable_weights]
            paths = [f"{name}/{number}_{weight.name}:0" for number, weight in enumerate(weights)]
            if len(weights) == len({weight.name for weight in weights}):
                paths = [f"{name}/{weight.name}:0" for weight in weights]
            group.attrs["weight_names"] = [path.encode() for path in paths]
            for path, weight in zip(paths, weights, strict=True):
                group.create_dataset(path, data=np.asarray(weight))

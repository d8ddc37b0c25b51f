"""Weights of KerasCV's: presets as it saves them, files of Keras 2 and 3, and what is wrong."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import poise
from poise_keras_cv.presets import PRESETS

# One class whose layers stay as they are, and each that is made of other layers.
VARIANTS = [
    "resnet18",
    "mobilenet_v3_small",
    "csp_darknet_tiny",
    pytest.param("efficientnetv2_b0", marks=pytest.mark.slow),
    pytest.param("mit_b0", marks=pytest.mark.slow),
]


@pytest.fixture
def preset(library_model, tmp_path):
    """``preset(variant)`` → a folder as KerasCV saves a preset, and the model in it."""

    # Its own function for it, which its public modules do not have.
    from keras_cv.src.utils.preset_utils import save_to_preset

    def preset(variant):
        model, folder = library_model(variant), tmp_path / f"preset_{variant}"
        save_to_preset(model, str(folder))
        return model, folder

    return preset


def features_of(keras, model, images):
    """What a model of ours gives its decoder at stride 32."""
    inner = model.get_layer("decoder_stage0_upsampling").input
    return np.asarray(keras.Model(model.input, inner)(images))


def deepest(keras, model, images):
    """What KerasCV's own model gives at stride 32."""
    name = list(model.pyramid_level_inputs.values())[-1]
    return np.asarray(keras.Model(model.input, model.get_layer(name).output)(images))


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_folder_of_a_preset_gives_the_presets_numbers(keras, build, preset, variant):
    theirs, folder = preset(variant)
    images = np.random.default_rng(1).random((2, 64, 64, 3), dtype="float32")
    expected = deepest(keras, theirs, images)
    model = build((64, 64, 3), variant=variant, output_stride=16, weights=str(folder))
    before = features_of(keras, model, images)
    report = poise.load_pretrained(model)

    assert report.ok
    assert report.not_finite == ()
    assert len(report.matched) == report.total
    np.testing.assert_allclose(
        features_of(keras, model, images), expected, atol=1e-5 * np.abs(expected).max()
    )
    assert not np.allclose(before, expected)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_file_of_keras_2_gives_its_numbers(keras, build, library_model, tmp_path, variant):
    theirs, file = library_model(variant), tmp_path / "classification-notop.h5"
    write_like_keras_2(theirs, file)
    images = np.random.default_rng(1).random((2, 64, 64, 3), dtype="float32")
    expected = deepest(keras, theirs, images)
    model = build((64, 64, 3), variant=variant, output_stride=16, weights=str(file))
    report = poise.load_pretrained(model)

    assert report.ok
    assert "Keras 2.13.1" in report.format
    np.testing.assert_allclose(
        features_of(keras, model, images), expected, atol=1e-5 * np.abs(expected).max()
    )


@pytest.mark.parametrize(("variant", "pixels"), [("resnet18", 1), ("csp_darknet_tiny", 4)])
def test_for_gray_images_each_channel_counts_as_gray(build, preset, variant, pixels):
    theirs, folder = preset(variant)
    model = build((64, 64, 1), variant=variant, output_stride=16, weights=str(folder))
    report = poise.load_pretrained(model)
    kernel = next(one for one in model.weights if one.path.endswith("kernel"))
    rgb = np.asarray(next(one for one in theirs.weights if one.path.endswith("kernel")))

    assert report.ok
    assert kernel.shape[2] == pixels
    apart = rgb.reshape(*rgb.shape[:2], pixels, 3, rgb.shape[3])
    np.testing.assert_allclose(np.asarray(kernel), apart.sum(axis=3), rtol=1e-5, atol=1e-6)


def test_a_preset_of_another_variant_is_refused_with_what_differs(build, preset):
    _, folder = preset("resnet18")
    model = build((64, 64, 3), variant="resnet34", output_stride=16, weights=str(folder))
    with pytest.raises(poise.WeightsError) as error:
        poise.load_pretrained(model)
    assert "config.json: is not of resnet34" in str(error.value)
    assert "stackwise_blocks [2, 2, 2, 2], resnet34 has [3, 4, 6, 3]" in str(error.value)


def test_a_preset_of_another_class_is_refused(build, preset):
    _, folder = preset("resnet18")
    model = build((64, 64, 3), variant="resnet18_v2", output_stride=16, weights=str(folder))
    with pytest.raises(poise.WeightsError, match="class ResNetBackbone, resnet18_v2 is a ResNetV2"):
        poise.load_pretrained(model)


def test_a_file_of_another_network_changes_nothing(build, library_model, tmp_path):
    file = tmp_path / "other.weights.h5"
    library_model("yolo_v8_xs_backbone").save_weights(file)
    model = build((64, 64, 3), variant="resnet18", output_stride=16, weights=str(file))
    before = np.array(model.get_layer("conv1_conv").kernel)
    with pytest.raises(
        poise.WeightsError, match=r"is not A weights file of KerasCV's resnet18: it"
    ):
        poise.load_pretrained(model)
    np.testing.assert_array_equal(np.asarray(model.get_layer("conv1_conv").kernel), before)


def test_a_file_of_keras_2_with_a_layer_of_another_name_is_refused(build, library_model, tmp_path):
    file = tmp_path / "old.h5"
    write_like_keras_2(library_model("resnet18"), file, rename={"conv1_conv": "stem"})
    model = build((64, 64, 3), variant="resnet18", output_stride=16, weights=str(file))
    with pytest.raises(poise.WeightsError, match="of other names: 'stem' for 'conv1_conv'"):
        poise.load_pretrained(model)


def test_building_never_looks_for_the_file_that_loading_then_misses(build):
    model = build((64, 64, 3), variant="resnet18", output_stride=16, weights="./gone.weights.h5")
    with pytest.raises(poise.WeightsError, match=r"gone\.weights\.h5: no such file"):
        poise.load_pretrained(model)


def test_a_preset_is_found_in_kaggles_cache_by_its_name(build, preset, monkeypatch, tmp_path):
    _, folder = preset("csp_darknet_tiny")
    handle = PRESETS["csp_darknet_tiny_imagenet"].handle.removeprefix("kaggle://")
    place = tmp_path / "cache" / "models" / handle
    place.parent.mkdir(parents=True)
    folder.rename(place)
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("POISE_WEIGHTS", raising=False)
    fields = {"variant": "csp_darknet_tiny", "weights": "csp_darknet_tiny_imagenet"}
    model = build((64, 64, 3), **fields)
    with pytest.raises(poise.WeightsError, match=r"may be cut short: .* is missing, which marks"):
        poise.load_pretrained(model)

    mark = place.parent / ".complete" / place.name / "model.weights.h5.complete"
    mark.parent.mkdir(parents=True)
    mark.touch()
    report = poise.load_pretrained(model)
    assert report.ok
    assert report.source == str(place / "model.weights.h5")


def test_a_preset_that_is_not_here_is_never_fetched(build, monkeypatch, tmp_path):
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    monkeypatch.setenv("POISE_CACHE_DIR", str(tmp_path / "poise"))
    monkeypatch.delenv("POISE_OFFLINE", raising=False)
    monkeypatch.setattr("poise.pretrained.finding.fetch", None)
    fields = {"variant": "resnet50", "weights": "resnet50_imagenet", "output_stride": 16}
    model = build((64, 64, 3), **fields)
    with pytest.raises(poise.WeightsError) as error:
        poise.load_pretrained(model)
    message = str(error.value)
    assert "KerasCV's resnet50_imagenet: not on this machine, and never fetched by Poise" in message
    assert "from: https://www.kaggle.com/models/keras/resnetv1/keras/resnet50_imagenet/2" in message
    assert "KAGGLEHUB_CACHE" in message
    assert len(message.splitlines()) <= 12


def test_a_damaged_description_of_a_preset_is_an_error(build, preset):
    _, folder = preset("resnet18")
    (folder / "config.json").write_text("{")
    model = build((64, 64, 3), variant="resnet18", output_stride=16, weights=str(folder))
    with pytest.raises(poise.WeightsError, match=re.escape("config.json: cannot be read")):
        poise.load_pretrained(model)


def test_what_kind_of_images_a_preset_was_trained_on_is_not_the_network(build, preset):
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

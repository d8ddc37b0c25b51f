"""Weights of KerasHub's: presets as it saves them, and what is wrong with others."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import poise
from poise.pretrained.presets import conversion
from poise_keras_hub.normalizations import NORMALIZATIONS
from poise_keras_hub.presets import PRESETS

# One class whose layers stay as they are, and each that is made of other layers.
VARIANTS = [
    "resnet_18",
    pytest.param("csp_resnext_50", marks=pytest.mark.slow),
    "mit_b0",
]


@pytest.fixture
def preset(library_model, tmp_path):
    """``preset(variant)`` → a folder as KerasHub saves a preset, and the model in it."""

    def preset(variant):
        model, folder = library_model(variant), tmp_path / f"preset_{variant}"
        model.save_to_preset(str(folder))
        return model, folder

    return preset


def features_of(keras, model, images):
    """What a model of ours gives its decoder at stride 32."""
    inner = model.get_layer("decoder_stage0_upsampling").input
    return np.asarray(keras.Model(model.input, inner)(images))


def deepest(keras, model, images):
    """What KerasHub's own model gives at stride 32."""
    return np.asarray(keras.Model(model.input, list(model.pyramid_outputs.values())[-1])(images))


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_folder_of_a_preset_gives_the_presets_numbers(keras, build, preset, variant):
    theirs, folder = preset(variant)
    images = np.random.default_rng(1).random((2, 64, 64, 3), dtype="float32")
    expected = deepest(keras, theirs, images)
    model = build(
        (64, 64, 3), variant=variant, output_stride=16, weights=str(folder), normalization="unit"
    )
    before = features_of(keras, model, images)
    report = poise.load_pretrained(model)

    assert report.ok
    assert report.not_finite == ()
    assert len(report.matched) == report.total
    np.testing.assert_allclose(
        features_of(keras, model, images), expected, atol=1e-5 * np.abs(expected).max()
    )
    assert not np.allclose(before, expected)


def test_a_preset_of_another_variant_is_refused_with_what_differs(build, preset):
    _, folder = preset("resnet_18")
    model = build((64, 64, 3), variant="resnet_34", output_stride=16, weights=str(folder))
    with pytest.raises(poise.WeightsError) as error:
        poise.load_pretrained(model)
    assert "config.json: is not of resnet_34" in str(error.value)
    assert "stackwise_num_blocks [2, 2, 2, 2], resnet_34 has [3, 4, 6, 3]" in str(error.value)


def test_a_preset_of_another_class_is_refused(build, preset):
    _, folder = preset("resnet_18")
    model = build((64, 64, 3), variant="densenet_121", output_stride=16, weights=str(folder))
    with pytest.raises(
        poise.WeightsError, match="class ResNetBackbone, densenet_121 is a DenseNet"
    ):
        poise.load_pretrained(model)


def test_a_file_of_another_network_changes_nothing(build, library_model, tmp_path):
    file = tmp_path / "other.weights.h5"
    library_model("resnet_vd_18").save_weights(file)
    model = build((64, 64, 3), variant="resnet_18", output_stride=16, weights=str(file))
    before = np.array(model.get_layer("conv1_conv").kernel)
    with pytest.raises(
        poise.WeightsError, match=r"is not A weights file of KerasHub's resnet_18: it"
    ):
        poise.load_pretrained(model)
    np.testing.assert_array_equal(np.asarray(model.get_layer("conv1_conv").kernel), before)


def test_building_never_looks_for_the_file_that_loading_then_misses(build):
    model = build((64, 64, 3), variant="resnet_18", output_stride=16, weights="./gone.weights.h5")
    with pytest.raises(poise.WeightsError, match=r"gone\.weights\.h5: no such file"):
        poise.load_pretrained(model)


def test_a_preset_is_found_in_kaggles_cache_by_its_name(build, preset, monkeypatch, tmp_path):
    _, folder = preset("resnet_18")
    handle = PRESETS["resnet_18_imagenet"].handle.removeprefix("kaggle://")
    place = tmp_path / "cache" / "models" / handle
    place.parent.mkdir(parents=True)
    folder.rename(place)
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("POISE_WEIGHTS", raising=False)
    fields = {"variant": "resnet_18", "weights": "resnet_18_imagenet", "output_stride": 16}
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
    fields = {"variant": "resnet_18", "weights": "resnet_18_imagenet", "output_stride": 16}
    model = build((64, 64, 3), **fields)
    with pytest.raises(poise.WeightsError) as error:
        poise.load_pretrained(model)
    message = str(error.value)
    assert (
        "KerasHub's resnet_18_imagenet: not on this machine, and never fetched by Poise" in message
    )
    assert (
        "from: https://www.kaggle.com/models/keras/resnetv1/keras/resnet_18_imagenet/3" in message
    )
    assert "KAGGLEHUB_CACHE" in message
    assert len(message.splitlines()) <= 12


def test_a_damaged_description_of_a_preset_is_an_error(build, preset):
    _, folder = preset("resnet_18")
    (folder / "config.json").write_text("{")
    model = build((64, 64, 3), variant="resnet_18", output_stride=16, weights=str(folder))
    with pytest.raises(poise.WeightsError, match=re.escape("config.json: cannot be read")):
        poise.load_pretrained(model)


@pytest.mark.parametrize(
    "normalization",
    [
        "imagenet",
        pytest.param("unit", marks=pytest.mark.slow),
        pytest.param("signed", marks=pytest.mark.slow),
        "pixels",
    ],
)
def test_a_preset_for_other_images_is_refused_with_the_normalization_it_needs(
    build, preset, normalization
):
    _, folder = preset("resnet_18")
    factors, shifts = conversion(NORMALIZATIONS[normalization])
    converter = {"scale": [one / 255 for one in factors], "offset": list(shifts)}
    (folder / "image_converter.json").write_text(json.dumps({"config": converter}))
    other = "unit" if normalization != "unit" else "imagenet"
    fields = {"variant": "resnet_18", "output_stride": 16, "weights": str(folder)}

    assert poise.load_pretrained(build((64, 64, 3), normalization=normalization, **fields)).ok
    message = f"is for other images than '{other}'(.|\n)*set normalization to '{normalization}'"
    with pytest.raises(poise.WeightsError, match=message):
        poise.load_pretrained(build((64, 64, 3), normalization=other, **fields))

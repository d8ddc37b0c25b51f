"""Presets as a library saves them, and faulty ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise
from libraries.cases import Cases
from poise.libraries.library import Library


def features_of(keras, model, images):
    """What a model of Poise passes to its decoder at stride 32."""
    inner = model.get_layer("decoder_stage0_upsampling").input
    return np.asarray(keras.Model(model.input, inner)(images))


def deepest(keras, library, model, images):
    """What the library's own model computes at stride 32."""
    return np.asarray(keras.Model(model.input, library.levels(model)[-1])(images))


class Files(Cases):
    """Weights files, and folders of presets.

    Attributes:
        library: the library.
        as_they_are: fields that pass images to the encoder unchanged.
        small: a variant of the library's ``ResNetBackbone`` with two blocks a stage.
        larger: the one with 3, 4, 6 and 3 blocks.
        blocks: the argument of the library's class that sets these numbers.
        of_another_class: a variant of another class than ``small``.
        another: a variant with another number of weights than ``small``.
        published: the name of a preset.
        page: where that preset is published.
        cases: ``variant``: one class whose layers stay as they are, and each that is made of other
            layers.
    """

    library: Library
    as_they_are: Mapping[str, Any] = {}
    small: str
    larger: str
    blocks: str
    of_another_class: str
    another: str
    published: str
    page: str

    def save(self, model: Any, folder: Path) -> None:
        """Save the library's model as the library saves a preset."""
        raise NotImplementedError

    @pytest.fixture
    def preset(self, library_model, tmp_path):
        """``preset(variant)`` → a folder as the library saves a preset, and the model in it."""

        def preset(variant):
            model, folder = library_model(variant), tmp_path / f"preset_{variant}"
            self.save(model, folder)
            return model, folder

        return preset

    def test_a_folder_of_a_preset_gives_the_presets_numbers(self, keras, build, preset, variant):
        original, folder = preset(variant)
        images = np.random.default_rng(1).random((2, 64, 64, 3), dtype="float32")
        expected = deepest(keras, self.library, original, images)
        fields = {"variant": variant, "output_stride": 16, **self.as_they_are}
        model = build((64, 64, 3), weights=str(folder), **fields)
        before = features_of(keras, model, images)
        report = poise.load_pretrained(model)

        assert report.ok
        assert report.not_finite == ()
        assert len(report.matched) == report.total
        np.testing.assert_allclose(
            features_of(keras, model, images), expected, atol=1e-5 * np.abs(expected).max()
        )
        assert not np.allclose(before, expected)

    def test_a_preset_of_another_variant_is_refused_with_what_differs(self, build, preset):
        _, folder = preset(self.small)
        model = build((64, 64, 3), variant=self.larger, output_stride=16, weights=str(folder))
        with pytest.raises(poise.WeightsError) as error:
            poise.load_pretrained(model)
        assert f"config.json: is not of {self.larger}" in str(error.value)
        differ = f"{self.blocks} [2, 2, 2, 2], {self.larger} has [3, 4, 6, 3]"
        assert differ in str(error.value)

    def test_a_preset_of_another_class_is_refused(self, build, preset):
        _, folder = preset(self.small)
        other = self.of_another_class
        model = build((64, 64, 3), variant=other, output_stride=16, weights=str(folder))
        its = self.library.variants[other].cls
        with pytest.raises(poise.WeightsError, match=f"class 'ResNetBackbone', {other} is a {its}"):
            poise.load_pretrained(model)

    def test_a_file_of_another_network_changes_nothing(self, build, library_model, tmp_path):
        file = tmp_path / "other.weights.h5"
        library_model(self.another).save_weights(file)
        model = build((64, 64, 3), variant=self.small, output_stride=16, weights=str(file))
        before = np.array(model.get_layer("conv1_conv").kernel)
        message = f"is not A weights file of {self.library.name}'s {self.small}: must have"
        with pytest.raises(poise.WeightsError, match=message):
            poise.load_pretrained(model)
        np.testing.assert_array_equal(np.asarray(model.get_layer("conv1_conv").kernel), before)

    def test_building_never_looks_for_the_file_that_loading_then_misses(self, build):
        fields = {"variant": self.small, "output_stride": 16, "weights": "./gone.weights.h5"}
        model = build((64, 64, 3), **fields)
        with pytest.raises(poise.WeightsError, match=r"gone\.weights\.h5: no such file"):
            poise.load_pretrained(model)

    @pytest.fixture
    def published_model(self, build):
        """A model that starts from the published preset."""
        variant = self.library.presets[self.published].variant
        return build((64, 64, 3), variant=variant, weights=self.published, output_stride=16)

    def test_a_preset_is_found_in_kaggles_cache_by_its_name(
        self, published_model, preset, monkeypatch, tmp_path
    ):
        published = self.library.presets[self.published]
        _, folder = preset(published.variant)
        place = tmp_path / "cache" / "models" / published.handle.removeprefix("kaggle://")
        place.parent.mkdir(parents=True)
        folder.rename(place)
        monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.delenv("POISE_WEIGHTS", raising=False)
        cut_short = r"may be cut short: .* is missing, which marks"
        with pytest.raises(poise.WeightsError, match=cut_short):
            poise.load_pretrained(published_model)

        mark = place.parent / ".complete" / place.name / "model.weights.h5.complete"
        mark.parent.mkdir(parents=True)
        mark.touch()
        report = poise.load_pretrained(published_model)
        assert report.ok
        assert report.source == str(place / "model.weights.h5")

    def test_a_preset_that_is_not_here_is_never_fetched(
        self, published_model, monkeypatch, tmp_path
    ):
        monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))
        monkeypatch.setenv("POISE_CACHE_DIR", str(tmp_path / "poise"))
        monkeypatch.delenv("POISE_OFFLINE", raising=False)
        monkeypatch.setattr("poise.pretrained.finding.fetch", None)
        with pytest.raises(poise.WeightsError) as error:
            poise.load_pretrained(published_model)
        message = str(error.value)
        title = f"{self.library.name}'s {self.published}"
        assert f"{title}: not on this machine, and Poise does not download it" in message
        assert f"from: {self.page}" in message
        assert "KAGGLEHUB_CACHE" in message
        assert len(message.splitlines()) <= 12

    def test_a_damaged_description_of_a_preset_is_an_error(self, build, preset):
        _, folder = preset(self.small)
        (folder / "config.json").write_text("{")
        model = build((64, 64, 3), variant=self.small, output_stride=16, weights=str(folder))
        with pytest.raises(poise.WeightsError, match=re.escape("config.json: cannot be read")):
            poise.load_pretrained(model)

"""A library's networks, made of Keras' own layers: the same numbers, and any size."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest

import poise
from libraries.cases import Cases
from poise.libraries.library import Library


class Building(Cases):
    """Tests of the networks.

    Attributes:
        library: the library.
        small: a small variant of each of its classes.
        with_stride_2: prefixes of the names of variants that have features of stride 2.
        needed_to_load: modules whose layers a saved ``mit_b0`` has.
        cases: ``name``, every variant; ``trained``, variants to train in mixed precision.
    """

    library: Library
    small: tuple[str, ...]
    with_stride_2: tuple[str, ...]
    needed_to_load: str

    def test_every_class_has_a_small_variant(self):
        variants = self.library.variants
        assert {variants[name].cls for name in self.small} == {
            variant.cls for variant in variants.values()
        }

    def test_a_variant_computes_what_the_library_computes(self, keras, library_model, name):
        variant = self.library.variants[name]
        model = library_model(name)
        parameters = model.count_params()
        levels = self.library.levels(model)
        images = np.random.default_rng(1).random((2, 64, 64, 3), dtype="float32")
        expected = {64 // maps.shape[1]: maps for maps in keras.Model(model.input, levels)(images)}
        image = keras.Input((None, None, 3), name="input")
        features = self.library.features(name, model, image)
        own = keras.Model(image, features)
        outputs = own(images)

        assert parameters == variant.parameters
        assert list(features) == [2] * name.startswith(self.with_stride_2) + [4, 8, 16, 32]
        for stride, maps in expected.items():
            largest = np.abs(maps).max()
            np.testing.assert_allclose(outputs[stride] / largest, maps / largest, atol=1e-5)
        assert {type(layer).__module__.split(".")[0] for layer in own.layers} <= {"keras", "poise"}
        first = next(layer for layer in own.layers if layer.weights)
        assert first.name == variant.image_layer

    def test_nothing_of_the_library_is_needed_to_load_what_was_saved(self, build, tmp_path):
        model = build((64, 96, 1), variant="mit_b0", output_stride=16)
        images = np.random.default_rng(0).random((1, 64, 96, 1), dtype="float32")
        model.save(tmp_path / "model.keras")
        np.savez(tmp_path / "io.npz", images=images, maps=model(images)["dot"])
        code = (
            f"import sys, numpy as np, keras, {self.needed_to_load}\n"
            "model = keras.saving.load_model(sys.argv[1] + '/model.keras')\n"
            "with np.load(sys.argv[1] + '/io.npz') as io:\n"
            "    maps = np.asarray(model(io['images'])['dot'])\n"
            "    assert np.abs(maps - io['maps']).max() <= 1e-5 * np.abs(io['maps']).max()\n"
            f"assert {self.library.module!r} not in sys.modules\n"
        )
        command = [sys.executable, "-c", code, tmp_path]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def test_without_the_library_building_says_what_to_install(self, spec, keras, monkeypatch):
        module = self.library.module
        monkeypatch.setitem(sys.modules, module, None)
        message = f"needs the library {module}, which cannot be imported: ModuleNotFoundError"
        with pytest.raises(poise.BuildError, match=message) as error:
            spec.build(spec.config(), keras.Input((64, 64, 3)))
        install = f"pip install {self.library.distributions} @ model.backbone.{spec.key}"
        assert install in str(error.value)

    def test_a_step_of_training_is_finite_in_mixed_precision(self, keras, build, trained):
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
        try:
            model = build((64, 64, 3), variant=trained, output_stride=16)
        finally:
            keras.mixed_precision.set_dtype_policy("float32")
        model.compile("adam", "mean_squared_error", run_eagerly=True)
        images = np.random.default_rng(0).random((2, 64, 64, 3), dtype="float32")
        loss = model.train_on_batch(images, {"dot": np.zeros((2, 4, 4, 1))})
        assert np.isfinite(np.asarray(loss)).all()
        assert all(np.isfinite(np.asarray(weight)).all() for weight in model.trainable_weights)

    def test_a_size_that_does_not_fit_is_refused_before_anything_is_built(self, build):
        with pytest.raises(poise.BuildError, match=re.escape("multiple")):
            build((48, 64, 3), variant="mit_b0")

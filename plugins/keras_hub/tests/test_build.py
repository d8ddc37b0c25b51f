"""KerasHub's networks, made of Keras' own layers: the same numbers, and any size."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest

import poise
from poise_keras_hub.variants import VARIANTS

# A small one of each class; the others are more of the same.
SMALL = (
    "resnet_18",
    "resnet_vd_18",
    "efficientnet_b0",
    "densenet_121",
    "csp_resnext_50",
    "mit_b0",
)
EVERY = [pytest.param(name, marks=[] if name in SMALL else [pytest.mark.slow]) for name in VARIANTS]
WITH_STRIDE_2 = ("efficientnet", "csp_darknet", "darknet")


def test_there_is_a_small_one_of_each_class():
    assert {VARIANTS[name].cls for name in SMALL} == {one.cls for one in VARIANTS.values()}


@pytest.mark.parametrize("name", EVERY)
def test_a_variant_computes_what_keras_hub_computes(keras, library_model, name):
    from poise_keras_hub.build import features

    model = library_model(name)
    parameters = model.count_params()
    levels = list(model.pyramid_outputs.values())
    images = np.random.default_rng(1).random((2, 64, 64, 3), dtype="float32")
    expected = {64 // one.shape[1]: one for one in keras.Model(model.input, levels)(images)}
    image = keras.Input((None, None, 3), name="input")
    made = features(name, model, image)
    own = keras.Model(image, made)
    found = own(images)

    assert parameters == VARIANTS[name].parameters
    assert list(made) == [2] * name.startswith(WITH_STRIDE_2) + [4, 8, 16, 32]
    for stride, maps in expected.items():
        largest = np.abs(maps).max()
        np.testing.assert_allclose(found[stride] / largest, maps / largest, atol=1e-5)
    assert {type(layer).__module__.split(".")[0] for layer in own.layers} <= {"keras", "poise"}
    first = next(layer for layer in own.layers if layer.weights)
    assert first.name == VARIANTS[name].image_layer


def test_nothing_of_keras_hub_is_needed_to_load_what_was_saved(build, tmp_path):
    model = build((64, 96, 1), variant="mit_b0", output_stride=16)
    images = np.random.default_rng(0).random((1, 64, 96, 1), dtype="float32")
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "io.npz", images=images, maps=model(images)["dot"])
    code = (
        "import sys, numpy as np, keras\n"
        "import poise.blocks.image_inputs, poise.blocks.mix_transformer\n"
        "model = keras.saving.load_model(sys.argv[1] + '/model.keras')\n"
        "with np.load(sys.argv[1] + '/io.npz') as io:\n"
        "    found = np.asarray(model(io['images'])['dot'])\n"
        "    assert np.abs(found - io['maps']).max() <= 1e-5 * np.abs(io['maps']).max()\n"
        "assert 'keras_hub' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_without_keras_hub_building_says_what_to_install(spec, keras, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    message = "needs the library keras_hub, which cannot be imported: ModuleNotFoundError"
    with pytest.raises(poise.BuildError, match=message) as error:
        spec.build(spec.config(), keras.Input((64, 64, 3)))
    assert "pip install keras-hub @ model.backbone.keras_hub" in str(error.value)


@pytest.mark.parametrize("name", ["mit_b0", pytest.param("csp_resnext_50", marks=pytest.mark.slow)])
def test_a_step_of_training_is_finite_in_mixed_precision(keras, build, name):
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        model = build((64, 64, 3), variant=name, output_stride=16)
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    model.compile("adam", "mean_squared_error", run_eagerly=True)
    images = np.random.default_rng(0).random((2, 64, 64, 3), dtype="float32")
    loss = model.train_on_batch(images, {"dot": np.zeros((2, 4, 4, 1))})
    assert np.isfinite(np.asarray(loss)).all()
    assert all(np.isfinite(np.asarray(weight)).all() for weight in model.trainable_weights)


def test_a_size_that_does_not_fit_is_refused_before_anything_is_built(build):
    with pytest.raises(poise.BuildError, match=re.escape("multiple")):
        build((48, 64, 3), variant="mit_b0")

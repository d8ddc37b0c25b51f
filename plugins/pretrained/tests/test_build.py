"""Networks as their configuration and edition say, saved and trained."""

from __future__ import annotations

import numpy as np
import pytest

import poise
from poise.testing import reference_weights
from poise_pretrained.names import ENCODERS

pytestmark = pytest.mark.usefixtures("keras")

# One of each family; the first is run each time, the others with the slow tests.
FAMILIES = [
    "resnet18",
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in (
            "vgg16",
            "resnext50",
            "seresnet18",
            "seresnet50",
            "seresnext50",
            "inceptionv3",
            "densenet121",
            "mobilenet",
            "mobilenetv2",
            "efficientnetb0",
        )
    ),
]
LARGEST = [pytest.param(name, marks=pytest.mark.slow) for name in ("inceptionresnetv2", "senet154")]
EVERY = [
    pytest.param(name, marks=[] if name == "resnet18" else [pytest.mark.slow]) for name in ENCODERS
]


def names_in(model):
    return {layer.name for layer in model.layers}


def images_for(model, batch=2):
    shape = (batch, *model.input.shape[1:])
    return np.random.RandomState(0).uniform(size=shape).astype("float32")


def test_sleaps_decoder_has_batch_norm_whatever_the_field_says(build):
    for edition, normalized in (("sleap-1.4", True), ("2026", False)):
        model = build((32, 32, 1), edition, encoder="resnet18", decoder_batchnorm=False)
        assert ("decoder_stage0a_bn" in names_in(model)) is normalized
        assert model.get_layer("decoder_stage0a_conv").use_bias is not normalized


@pytest.mark.parametrize(
    ("edition", "pretrained", "channels", "first", "before"),
    [
        ("sleap-1.4", True, 1, 3, {"ensure_rgb"}),
        ("sleap-1.4", True, 3, 3, set()),
        ("sleap-1.4", False, 1, 1, set()),
        ("sleap-1.4", False, 2, 2, set()),
        ("2026", True, 1, 1, {"normalize"}),
        ("2026", True, 3, 3, {"normalize"}),
        ("2026", True, 5, 5, {"normalize"}),
        ("2026", False, 2, 2, set()),
    ],
)
def test_what_stands_before_an_encoder_depends_on_edition_weights_and_channels(
    build, edition, pretrained, channels, first, before
):
    model = build((32, 32, channels), edition, encoder="resnet18", pretrained=pretrained)
    assert model.get_layer("conv0").kernel.shape[2] == first
    assert names_in(model) & {"ensure_rgb", "normalize"} == before


def test_in_sleaps_edition_two_channels_are_refused_with_a_suggestion(build):
    with pytest.raises(
        poise.BuildError, match=r"^images must have 1 or 3 channels for .* encoders, got 2; edition"
    ):
        build((32, 32, 2), "sleap-1.4", encoder="resnet18")


def test_weights_for_rgb_give_for_gray_what_they_give_for_three_equal_channels(
    keras, build, published_file
):
    file = published_file("mobilenetv2")
    rgb, gray = (build((32, 32, channels), encoder="mobilenetv2") for channels in (3, 1))
    reports = [poise.load_pretrained(model, file) for model in (rgb, gray)]
    image = images_for(gray, batch=1)

    actual = [
        keras.Model(model.input, model.get_layer("bn_Conv1").output)(images)
        for model, images in ((gray, image), (rgb, np.repeat(image, 3, axis=-1)))
    ]

    assert all(report.ok for report in reports)
    assert "adapted to images of 1 channels: each is the mean of RGB" in reports[1].notes
    np.testing.assert_allclose(
        *(keras.ops.convert_to_numpy(array) for array in actual), rtol=1e-4, atol=1e-5
    )


def test_a_file_with_one_layer_less_changes_nothing(build, published_file):
    import h5py

    file = published_file("seresnet18")
    with h5py.File(file, "a") as opened:
        opened.attrs["layer_names"] = opened.attrs["layer_names"][:-2]  # the last has no weights
    model = build((32, 32, 3), encoder="seresnet18")
    before = np.asarray(model.get_layer("conv0").kernel)

    with pytest.raises(poise.WeightsError, match="must be SE-ResNet-18's ImageNet weights"):
        poise.load_pretrained(model, file)
    np.testing.assert_array_equal(np.asarray(model.get_layer("conv0").kernel), before)


def test_densenets_padding_has_the_same_names_in_each_build(keras):
    from poise_pretrained.applications import build

    names = [
        sorted(names_in(keras.Model(image, build("densenet121", image)[2])))
        for image in (keras.Input((64, 64, 3), name="input") for _ in range(2))
    ]
    assert names[0] == names[1]
    assert names[0] == ["conv1_bn", "conv1_conv", "conv1_pad", "conv1_relu", "input"]


@pytest.mark.parametrize("name", EVERY)
def test_a_keras_file_predicts_what_was_saved(keras, build, tmp_path, name):
    model = build((32, 32, 1), encoder=name)
    # With initial weights, mixed up means and variances would pass.
    reference_weights.fill(model, gain=1.0)
    model.save(tmp_path / "model.keras")
    back = keras.saving.load_model(tmp_path / "model.keras")
    images = images_for(model)
    saved, loaded = (
        keras.ops.convert_to_numpy(network(images)["dot"]) for network in (model, back)
    )
    assert np.isfinite(saved).all()
    assert np.ptp(saved) > 0
    np.testing.assert_array_equal(loaded, saved)


@pytest.mark.parametrize("name", [*FAMILIES, *LARGEST])
def test_a_step_of_training_is_finite_also_in_mixed_precision(keras, build, name):
    for policy in ("float32", "mixed_bfloat16"):
        keras.mixed_precision.set_dtype_policy(policy)
        try:
            model = build((32, 32, 3), encoder=name)
        finally:
            keras.mixed_precision.set_dtype_policy("float32")
        # Tracing the step takes five times as long as the step; conformance does it.
        model.compile("adam", "mean_squared_error", run_eagerly=True)
        loss = model.train_on_batch(images_for(model), {"dot": np.zeros((2, 16, 16, 1))})
        assert np.isfinite(np.asarray(loss)).all(), policy
        assert all(np.isfinite(np.asarray(weight)).all() for weight in model.trainable_weights)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_xla_computes_the_same(keras, build, name):
    model = build((32, 32, 1), encoder=name)
    images = images_for(model)
    actual = []
    for compiled in (False, True):
        model.compile(jit_compile=compiled)
        actual.append(model.predict_on_batch(images)["dot"])
    np.testing.assert_allclose(*actual, rtol=1e-3, atol=1e-4)

"""From a file into a model: all, or nothing and a report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise.errors import WeightsError
from poise.weights import Mismatch, load_weights

Build = Callable[..., Any]
Predict = Callable[[Any], np.ndarray]

FORMATS = ("m.weights.h5", "m.keras", "m.h5")


def save(model: Any, path: Path) -> Path:
    (model.save_weights if path.name.endswith(".weights.h5") else model.save)(path)
    return path


def values(model: Any) -> list[np.ndarray]:
    return [np.array(array) for array in model.get_weights()]


def refusal(model: Any, path: Path) -> WeightsError:
    """The error of a strict load, which must leave the model as it was."""
    before = values(model)
    with pytest.raises(WeightsError) as caught:
        load_weights(model, path)
    for old, new in zip(before, values(model), strict=True):
        np.testing.assert_array_equal(old, new)
    assert len(str(caught.value).splitlines()) <= 12
    return caught.value


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("template", ["small_model", "nested_model"])
def test_saved_weights_give_a_fresh_model_the_same_predictions(
    name: str,
    template: str,
    request: pytest.FixtureRequest,
    shuffled: Build,
    predict: Predict,
    tmp_path: Path,
) -> None:
    build = request.getfixturevalue(template)
    model, fresh = shuffled(build()), build()
    report = load_weights(fresh, save(model, tmp_path / name))
    assert report.ok
    assert len(report.matched) == report.total == len(model.weights)
    assert report.renamed == ()
    np.testing.assert_array_equal(predict(fresh), predict(model))


@pytest.mark.parametrize("name", FORMATS)
def test_a_trained_models_optimizer_is_counted_and_not_loaded(
    name: str, small_model: Build, tmp_path: Path
) -> None:
    model = small_model()
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    report = load_weights(small_model(), save(model, tmp_path / name))
    assert report.ok
    assert report.ignored["optimizer"] >= 2 * len(model.trainable_variables)


@pytest.mark.parametrize("whole", [True, False])
def test_files_of_keras_2_load(
    whole: bool,
    small_model: Build,
    shuffled: Build,
    predict: Predict,
    weights_of: Build,
    write_keras2: Callable[..., Path],
) -> None:
    model, fresh = shuffled(small_model("ConfmapsHead_0")), small_model()
    layers = weights_of(model)
    depthwise = layers["enc0_depthwise"]
    depthwise["enc0_depthwise/depthwise_kernel:0"] = depthwise.pop("enc0_depthwise/kernel:0")
    report = load_weights(fresh, write_keras2(layers, whole=whole).parent)
    assert report.ok
    assert report.renamed == (("ConfmapsHead_0", "ConfmapsHead"),)
    np.testing.assert_array_equal(predict(fresh), predict(model))


def test_a_nested_model_is_one_group_in_files_of_keras_2(
    nested_model: Build, shuffled: Build, predict: Predict, write_keras2: Callable[..., Path]
) -> None:
    model, fresh = shuffled(nested_model()), nested_model()
    encoder, head = (
        {f"{weight.path}:0": np.asarray(weight) for weight in model.get_layer(name).weights}
        for name in ("encoder", "ConfmapsHead")
    )
    report = load_weights(fresh, write_keras2({"model_1": encoder, "ConfmapsHead": head}))
    assert report.renamed == (("model_1/conv1", "encoder/conv1"), ("model_1/bn1", "encoder/bn1"))
    np.testing.assert_array_equal(predict(fresh), predict(model))


@pytest.mark.parametrize("name", FORMATS)
def test_a_swapped_layer_name_is_caught(name: str, small_model: Build, tmp_path: Path) -> None:
    error = refusal(small_model(), save(small_model(body="enc1_conv0"), tmp_path / name))
    assert error.report.missing == ("enc0_conv0/kernel", "enc0_conv0/bias")
    assert len(error.report.unexpected) == 2
    assert all(name.startswith("enc1_conv0/") for name in error.report.unexpected)
    assert "  missing in the file: 2: enc0_conv0/kernel, enc0_conv0/bias\n" in str(error)
    assert "nothing was assigned; strict=False assigns the 10 that match" in str(error)


def test_swapped_arrays_of_equal_shape_go_unnoticed(
    small_model: Build, weights_of: Build, write_keras2: Callable[..., Path]
) -> None:
    layers = weights_of(small_model())
    bn = layers["enc0_bn"]
    bn["enc0_bn/gamma:0"], bn["enc0_bn/beta:0"] = bn["enc0_bn/beta:0"], bn["enc0_bn/gamma:0"]
    model = small_model()
    assert load_weights(model, write_keras2(layers)).ok
    np.testing.assert_array_equal(np.asarray(model.get_layer("enc0_bn").gamma), np.zeros(4))


@pytest.mark.parametrize("name", FORMATS)
def test_a_checkpoint_of_another_model_is_refused_with_all_differences(
    name: str, small_model: Build, nested_model: Build, tmp_path: Path
) -> None:
    error = refusal(small_model(), save(nested_model(), tmp_path / name))
    assert len(error.report.missing) == 10
    assert len(error.report.unexpected) == 6
    assert {mismatch.name for mismatch in error.report.mismatched} == {"ConfmapsHead/kernel"}


def test_a_model_of_another_width_is_refused_with_both_shapes(
    small_model: Build, tmp_path: Path
) -> None:
    error = refusal(small_model(filters=8), save(small_model(filters=4), tmp_path / "m.h5"))
    assert Mismatch("enc0_conv0/kernel", (3, 3, 1, 4), (3, 3, 1, 8)) in error.report.mismatched
    assert "enc0_conv0/kernel (3, 3, 1, 4) for (3, 3, 1, 8)" in str(error)


def test_a_wrong_shape_is_never_read(
    small_model: Build, weights_of: Build, write_keras2: Callable[..., Path], h5py: Any
) -> None:
    path = write_keras2(weights_of(small_model()))
    with h5py.File(path, "a") as file:
        group = file["model_weights/enc0_conv0/enc0_conv0"]
        del group["kernel:0"]
        # 4 TiB, of which not a byte is stored.
        group.create_dataset("kernel:0", (2**20, 2**20), "f4", chunks=(2**10, 2**10))
    error = refusal(small_model(), path)
    assert error.report.mismatched == (Mismatch("enc0_conv0/kernel", (2**20, 2**20), (3, 3, 1, 4)),)


def test_not_strict_assigns_what_matches_and_lists_the_rest(
    small_model: Build, shuffled: Build, tmp_path: Path
) -> None:
    other, model = shuffled(small_model(head="PafsHead")), small_model()
    head = values(model.get_layer("ConfmapsHead"))
    report = load_weights(model, save(other, tmp_path / "m.h5"), strict=False)
    assert not report.ok
    assert report.missing == ("ConfmapsHead/kernel", "ConfmapsHead/bias")
    assert report.unexpected == ("PafsHead/kernel", "PafsHead/bias")
    for layer in ("enc0_conv0", "enc0_bn", "enc0_depthwise", "dec0_trans_conv"):
        for loaded, saved in zip(
            values(model.get_layer(layer)), values(other.get_layer(layer)), strict=True
        ):
            np.testing.assert_array_equal(loaded, saved)
    for before, after in zip(head, values(model.get_layer("ConfmapsHead")), strict=True):
        np.testing.assert_array_equal(before, after)


def test_values_that_are_not_finite_are_reported(
    small_model: Build, weights_of: Build, write_keras2: Callable[..., Path]
) -> None:
    layers = weights_of(small_model())
    layers["enc0_bn"]["enc0_bn/moving_mean:0"] = np.full(4, np.nan, "float32")
    report = load_weights(small_model(), write_keras2(layers))
    assert report.not_finite == ("enc0_bn/moving_mean",)
    assert "  NaN or infinite values: 1: enc0_bn/moving_mean" in str(report)


@pytest.mark.parametrize(
    "dtype", [">f4", "<f2", ">f2", ">f8", "<f8", "longdouble", "i1", ">i4", "u2", ">u8", "bool"]
)
def test_numbers_of_any_type_and_byte_order_are_read(
    dtype: str, small_model: Build, weights_of: Build, write_keras2: Build
) -> None:
    model = small_model()
    numbers = np.random.default_rng(3)
    arrays = {
        layer: {
            name: numbers.integers(0, 2, array.shape).astype(dtype) for name, array in of.items()
        }
        for layer, of in weights_of(model).items()
    }

    assert load_weights(model, write_keras2(arrays)).ok

    loaded = [array for of in arrays.values() for array in of.values()]
    for new, array in zip(values(model), loaded, strict=True):
        assert new.dtype == np.dtype("float32")
        np.testing.assert_array_equal(new, array.astype("float32"))


def test_a_number_that_is_too_large_for_the_model_is_reported(
    small_model: Build, weights_of: Build, write_keras2: Build
) -> None:
    model = small_model()
    arrays = weights_of(model)
    arrays["ConfmapsHead"] = {
        name: array.astype("float64") for name, array in arrays["ConfmapsHead"].items()
    }
    bias = next(name for name in arrays["ConfmapsHead"] if "bias" in name)
    arrays["ConfmapsHead"][bias][:] = 0.5
    arrays["ConfmapsHead"][bias][0] = 1e300

    report = load_weights(model, write_keras2(arrays))
    assert report.not_finite == ("ConfmapsHead/bias",)
    assert report.changed == ("ConfmapsHead/bias (float64 to float32: 1 too large)",)
    assert "changed by the model's types: 1: ConfmapsHead/bias" in str(report)


@pytest.mark.parametrize("content", [[b"a"] * 2, [1j] * 2, np.zeros(2, [("a", "f4")])])
def test_arrays_of_anything_else_are_refused_under_the_name_of_the_file(
    content: Any, small_model: Build, weights_of: Build, write_keras2: Build, h5py: Any
) -> None:
    model = small_model()
    path = write_keras2(weights_of(model))
    with h5py.File(path, "r+") as file:
        group = file["model_weights/ConfmapsHead"]
        (name,) = (name for name in group.attrs["weight_names"] if "bias" in name)
        del group[name]
        group[name] = content

    message = str(refusal(model, path))

    assert message.startswith(f"{path}/model_weights/ConfmapsHead/")
    assert ": must hold numbers, got " in message
    assert message.count(str(path)) == 1


def test_damage_that_only_reading_shows_leaves_the_model_unchanged(
    small_model: Build, weights_of: Build, write_keras2: Callable[..., Path], h5py: Any
) -> None:
    path = write_keras2(weights_of(small_model()))
    with h5py.File(path, "a") as file:
        group = file["model_weights/ConfmapsHead/ConfmapsHead"]
        del group["kernel:0"]
        group.create_dataset("kernel:0", data=np.full((1, 1, 4, 2), 0.125, "f4"), fletcher32=True)
    content = path.read_bytes()
    stored = np.full(8, 0.125, "<f4").tobytes()
    assert content.count(stored) == 1
    path.write_bytes(content.replace(stored, stored[:-1] + b"\x00"))
    assert "ConfmapsHead/kernel:0: cannot be read" in str(refusal(small_model(), path))


def test_a_model_without_weights_must_be_built_first(keras: Any, tmp_path: Path) -> None:
    model = keras.Sequential([keras.layers.Conv2D(1, 1)], name="unbuilt")
    with pytest.raises(WeightsError, match="model 'unbuilt' has no weights yet; build it"):
        load_weights(model, tmp_path)


def test_a_shared_layer_gets_one_array(
    keras: Any, tmp_path: Path, write_keras2: Callable[..., Path]
) -> None:
    shared_layer = keras.layers.Dense(2, use_bias=False, name="shared")

    def part(name: str) -> Any:
        vector = keras.Input((2,))
        return keras.Model(vector, shared_layer(vector), name=name)

    vector = keras.Input((2,))
    model = keras.Model(vector, part("b")(part("a")(vector)))
    kernel = np.arange(4, dtype="float32").reshape(2, 2)
    twice = {"a": {"shared/kernel:0": kernel}, "b": {"shared/kernel:0": kernel}}
    assert load_weights(model, write_keras2(twice)).total == 1
    np.testing.assert_array_equal(np.asarray(shared_layer.kernel), kernel)
    twice["b"] = {"shared/kernel:0": kernel + 1}
    with pytest.raises(WeightsError, match="one weight in the model, but different arrays"):
        load_weights(model, write_keras2(twice))


def test_an_output_that_is_cropped_is_still_its_heads(keras: Any, tmp_path: Path) -> None:
    def build(head: str, *, crop: bool) -> Any:
        image = keras.Input((8, 8, 1))
        x = keras.layers.Conv2D(1, 1, name=head)(image)
        return keras.Model(image, {"maps": keras.layers.Cropping2D(1)(x) if crop else x})

    path = save(build("ConfmapsHead_0", crop=False), tmp_path / "m.h5")
    report = load_weights(build("ConfmapsHead", crop=True), path)
    assert report.renamed == (("ConfmapsHead_0", "ConfmapsHead"),)

"""The layout of Keras 3, with and without layer names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise.errors import WeightsError
from poise.weights import load_weights, open_weights
from poise.weights.keras3 import names_in_config, numbered


@pytest.fixture
def without_names(h5py: Any) -> Callable[[Path], Path]:
    """Remove the layer names from a file; earlier versions, such as 3.5, wrote none."""

    def strip(path: Path) -> Path:
        with h5py.File(path, "a") as file:
            file.visititems(lambda _, member: member.attrs.pop("name", None) and None)
        return path

    return strip


def test_group_names_number_the_layers_of_a_class() -> None:
    classes = ["InputLayer", "Conv2D", "BatchNormalization", "Conv2DTranspose", "Conv2D", "pkg>Own"]
    assert list(numbered(classes)) == [
        "input_layer",
        "conv2d",
        "batch_normalization",
        "conv2d_transpose",
        "conv2d_1",
        "own",
    ]


def test_names_are_found_in_a_configuration_and_calls_of_functions_do_not_count() -> None:
    def layer(class_name: str, name: str, module: str = "keras.layers", **more: Any) -> Any:
        return {"class_name": class_name, "module": module, "config": {"name": name, **more}}

    inner = [layer("Conv2D", "conv1")]
    config = {
        "config": {
            "layers": [
                layer("Add", "add_7", "keras.src.ops.numpy"),
                layer("Add", "sum"),
                layer("Functional", "encoder", layers=inner),
            ]
        }
    }
    assert names_in_config(config) == {
        (): (),
        ("add",): ("sum",),
        ("functional",): ("encoder",),
        ("functional", "conv2d"): ("encoder", "conv1"),
    }


def test_records_have_the_layers_names(small_model: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "m.weights.h5"
    small_model().save_weights(path)
    with open_weights(path) as file:
        assert file.named
        assert [record.name for record in file.records if record.layer == ("enc0_bn",)] == [
            f"enc0_bn/{index}" for index in range(4)
        ]


def test_random_layers_have_no_weights(keras: Any, tmp_path: Path) -> None:
    image = keras.Input((4, 4, 1))
    x = keras.layers.Conv2D(1, 1, name="conv")(image)
    model = keras.Model(image, keras.layers.GaussianNoise(0.1, seed=1, name="noise")(x))
    for name in ("m.weights.h5", "m.h5"):
        model.save_weights(tmp_path / name) if "weights" in name else model.save(tmp_path / name)
        assert load_weights(model, tmp_path / name).matched == ("conv/kernel", "conv/bias")


def test_bfloat16_is_read_as_float32(keras: Any, tmp_path: Path) -> None:
    def build(dtype: str) -> Any:
        image = keras.Input((4, 4, 1))
        return keras.Model(image, keras.layers.Conv2D(3, 3, name="conv", dtype=dtype)(image))

    half, full = build("bfloat16"), build("float32")
    path = tmp_path / "m.weights.h5"
    half.save_weights(path)
    load_weights(full, path)
    expected = keras.ops.convert_to_numpy(keras.ops.cast(half.weights[0], "float32"))
    np.testing.assert_array_equal(np.asarray(full.weights[0]), expected)
    assert np.abs(expected).max() > 0


def test_without_names_an_archives_configuration_gives_them(
    small_model: Callable[..., Any],
    shuffled: Callable[..., Any],
    predict: Callable[[Any], np.ndarray],
    without_names: Callable[[Path], Path],
    tmp_path: Path,
) -> None:
    import zipfile

    model = shuffled(small_model())
    path = tmp_path / "m.keras"
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    arrays = without_names(tmp_path / "model.weights.h5")
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "config.json", "config.json")
        archive.write(arrays, "model.weights.h5")
    fresh = small_model()
    assert load_weights(fresh, path).notes == ()
    np.testing.assert_array_equal(predict(fresh), predict(model))


def test_without_names_shapes_may_leave_one_choice(
    nested_model: Callable[..., Any],
    shuffled: Callable[..., Any],
    predict: Callable[[Any], np.ndarray],
    without_names: Callable[[Path], Path],
    tmp_path: Path,
) -> None:
    model = shuffled(nested_model())
    path = tmp_path / "m.weights.h5"
    model.save_weights(path)
    fresh = nested_model()
    report = load_weights(fresh, without_names(path))
    assert report.notes == ("the file has no layer names; class, order and shapes left one choice",)
    np.testing.assert_array_equal(predict(fresh), predict(model))


def test_without_names_layers_that_look_alike_are_not_guessed(
    keras: Any, without_names: Callable[[Path], Path], tmp_path: Path
) -> None:
    image = keras.Input((4, 4, 2))
    x = keras.layers.Conv2D(2, 3, padding="same", name="first")(image)
    model = keras.Model(image, keras.layers.Conv2D(2, 3, name="second")(x))
    path = tmp_path / "m.weights.h5"
    model.save_weights(path)
    with pytest.raises(WeightsError) as caught:
        load_weights(model, without_names(path))
    assert str(caught.value) == (
        f"{path}: has no layer names (earlier versions of Keras 3 wrote none), and first, second "
        "look alike; load it with the code that wrote it and save as .keras or .h5"
    )


def test_without_names_another_models_file_is_refused(
    small_model: Callable[..., Any],
    nested_model: Callable[..., Any],
    without_names: Callable[[Path], Path],
    tmp_path: Path,
) -> None:
    path = tmp_path / "m.weights.h5"
    small_model().save_weights(path)
    with pytest.raises(WeightsError, match="classes, order and shapes of its layers differ"):
        load_weights(nested_model(), without_names(path))

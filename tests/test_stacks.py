"""Several stacks with heads: Hourglass' default, which SLEAP 1.4 could not build."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise

PARTS = ("head", "thorax", "abdomen")


def hourglass(**fields: Any) -> poise.ModelConfig:
    return poise.ModelConfig(
        backbone=poise.HourglassConfig(**fields),
        heads=poise.SingleInstanceConfmapsHeadConfig(part_names=PARTS, output_stride=4),
    )


def small(**fields: Any) -> poise.ModelConfig:
    return hourglass(max_stride=16, stem_filters=4, filters=4, filter_increase=2, **fields)


@pytest.mark.slow  # 66 million parameters
def test_the_default_hourglass_builds_with_heads_and_trains_one_step(keras: Any) -> None:
    model = poise.build(hourglass(), (64, 128, 1))
    shapes = {name: tuple(tensor.shape) for name, tensor in model.output.items()}
    assert shapes == {f"confmaps_{i}": (None, 16, 32, 3) for i in range(3)}
    assert model.count_params() == 66_002_944 + 3 * (256 * 3 + 3)
    model.compile(keras.optimizers.SGD(1e-3), loss=dict.fromkeys(model.output, "mse"))
    targets = {name: np.ones((1, 16, 32, 3), np.float32) for name in model.output}
    before = [np.array(weight) for weight in model.get_layer("stem0_conv7x7_conv").weights]
    loss = model.train_on_batch(np.ones((1, 64, 128, 1), np.float32), targets)
    assert np.isfinite(loss).all()
    assert all(np.isfinite(keras.ops.convert_to_numpy(weight)).all() for weight in model.weights)
    after = model.get_layer("stem0_conv7x7_conv").weights
    assert any((old != np.array(new)).any() for old, new in zip(before, after, strict=True))


@pytest.mark.usefixtures("keras")
def test_every_stack_has_heads_of_its_own_and_the_last_can_be_taken_alone() -> None:
    model = poise.build(small(), (32, 48, 1))
    last = poise.last_stack(model)
    images = np.random.default_rng(0).random((1, 32, 48, 1), np.float32)
    whole = model.predict(images, verbose=0)
    assert list(whole) == ["confmaps_0", "confmaps_1", "confmaps_2"]
    alone = last.predict(images, verbose=0)
    assert list(alone) == ["confmaps"]
    np.testing.assert_array_equal(alone["confmaps"], whole["confmaps_2"])


@pytest.mark.usefixtures("keras")
def test_weights_of_heads_with_a_stacks_number_find_their_stack(tmp_path: Path) -> None:
    # The layout in which SLEAP saved: HDF5 of Keras 2, layers by name.
    model, other = (poise.build(small(), (32, 32, 1)) for _ in range(2))
    model.save(tmp_path / "best_model.h5")
    report = poise.load_weights(other, tmp_path / "best_model.h5")
    assert report.ok
    assert {f"SingleInstanceConfmapsHead_{i}/kernel" for i in range(3)} <= set(report.matched)
    images = np.random.default_rng(0).random((1, 32, 32, 1), np.float32)
    expected = model.predict(images, verbose=0)["confmaps_2"]
    actual = poise.last_stack(other).predict(images, verbose=0)["confmaps"]
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.usefixtures("keras")
def test_a_last_stack_is_no_model_folder_but_the_whole_model_is(tmp_path: Path) -> None:
    model = poise.build(small(stacks=2), (32, 32, 1))
    with pytest.raises(poise.BundleError, match=r"must come from poise\.build"):
        poise.save(poise.last_stack(model), tmp_path / "last")
    poise.save(model, tmp_path / "whole")
    assert list(poise.last_stack(poise.load(tmp_path / "whole")).output) == ["confmaps"]


@pytest.mark.parametrize(
    ("backbone", "touched"),
    [
        ({"hourglass": {}}, True),
        ({"hourglass": {"stacks": 1}}, False),
        ({"unet": {"stacks": 2}}, True),
        ({"leap": {"stacks": 2}}, True),
        ({"leap": {}}, False),
    ],
    ids=str,
)
def test_reading_a_sleap_file_says_that_sleap_could_not_build_its_stacks(
    backbone: dict[str, Any], touched: bool, tmp_path: Path
) -> None:
    (key,) = backbone
    stride = 4 if key == "hourglass" else 1
    data = {"backbone": backbone, "heads": {"single_instance": {"output_stride": stride}}}
    path = tmp_path / "training_config.json"
    path.write_text(json.dumps({"model": data}), encoding="utf-8")
    notes = [str(note) for note in poise.read_sleap(path).report.of("edition")]
    about = [note for note in notes if "heads_of_several_stacks" in note]
    assert bool(about) == touched
    assert all(f"model.backbone.{key}.stacks" in note for note in about)


def test_the_plural_of_filter_increase_is_read_and_reported(tmp_path: Path) -> None:
    data = {
        "backbone": {"hourglass": {"filters_increase": 64}},
        "heads": {"single_instance": {"output_stride": 4}},
    }
    path = tmp_path / "training_config.json"
    path.write_text(json.dumps({"model": data}), encoding="utf-8")
    job = poise.read_sleap(path)
    assert job.config.backbone.which_oneof().filter_increase == 64
    (note,) = job.report.of("aliased")
    assert note.path == "model.backbone.hourglass.filters_increase"

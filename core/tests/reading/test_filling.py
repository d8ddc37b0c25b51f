"""From a reading to a model with its weights."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise
from poise.building.record import record_of
from poise.messages import naming_options
from poise.reading import ImageUnknownError


def weights_of(model: Any) -> list[np.ndarray]:
    return [np.asarray(array) for array in model.get_weights()]


def assert_same_weights(model: Any, other: Any) -> None:
    for array, expected in zip(weights_of(model), weights_of(other), strict=True):
        np.testing.assert_array_equal(array, expected)


def image_of(model: Any) -> tuple[int | None, int | None, int]:
    record = record_of(model)
    assert record is not None
    return record.image


def test_a_trained_model_is_built_for_any_size_and_the_channels_of_its_weights(
    trained: Path, model: Any
) -> None:
    built = poise.read(trained).build()

    assert image_of(built) == (None, None, 3)
    assert_same_weights(built, model)


def test_what_became_of_the_weights_is_told(trained: Path) -> None:
    built = poise.read(trained).build_with_report((8, 8, 3))

    assert built.weights == trained / "best_model.weights.h5"
    assert built.report is not None
    assert built.report.ok
    assert image_of(built.model) == (8, 8, 3)


def test_channels_may_be_left_to_the_weights_and_sizes_be_given(trained: Path) -> None:
    assert image_of(poise.read(trained).build((8, 12, None))) == (8, 12, 3)


@pytest.mark.parametrize("weights", [None, "none"])
def test_weights_are_left_alone_if_asked_to(trained: Path, model: Any, weights: Any) -> None:
    built = poise.read(trained).build_with_report((8, 8, 3), weights)

    assert (built.weights, built.report) == (None, None)
    assert not np.array_equal(weights_of(built.model)[0], weights_of(model)[0])


def test_other_weights_can_be_named(job: Path, saved: Path, model: Any) -> None:
    assert_same_weights(poise.read(job).build(weights=saved), model)


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("name", ["", "training_config.json"])
def test_a_model_folder_without_weights_is_no_random_model(job: Path, name: str) -> None:
    (job / "training_log.csv").write_text("epoch,loss\n")
    reading = poise.read(job / name)

    with pytest.raises(poise.WeightsError) as caught:
        reading.build((8, 8, 3))

    assert str(caught.value).startswith(
        f"{job}: must hold weights (best_model.h5, or another *.h5, *.hdf5, *.keras), got "
        "training_config.json, training_log.csv\n  fix: "
    )
    assert str(caught.value).endswith(
        "give it with weights=file; to build the model without them, use weights=None"
    )
    options = {"weights": "--weights FILE|auto"}
    with naming_options(options.get), pytest.raises(poise.WeightsError) as caught:
        reading.build((8, 8, 3))
    assert str(caught.value).endswith(
        "give it with --weights FILE; to build the model without them, use --weights none"
    )
    assert image_of(reading.build((8, 8, 3), weights="none")) == (8, 8, 3)


def test_neither_is_a_zipped_one(job: Path, zip_of: Callable[..., Path]) -> None:
    file = zip_of(job)

    with pytest.raises(
        poise.WeightsError, match=r"must hold weights .* got an archive without any"
    ):
        poise.read(file).build((8, 8, 3))


@pytest.mark.usefixtures("keras")
def test_a_profile_has_no_weights_and_is_built_without(job: Path, tmp_path: Path) -> None:
    profile = tmp_path / "profile.json"
    profile.write_bytes((job / "training_config.json").read_bytes())

    assert poise.read(profile).build_with_report((8, 8, 3)).weights is None


def test_where_nothing_says_how_many_channels_the_argument_is_named(job: Path) -> None:
    with pytest.raises(ImageUnknownError) as caught:
        poise.read(job).build(weights=None)

    assert str(caught.value) == (
        f"{job / 'training_config.json'}: must name the channels of images, as in "
        "(None, None, 1), got (None, None, None); neither training_config.json nor the weights "
        "say how many @ image"
    )
    assert isinstance(caught.value, poise.BuildError)


def test_an_image_that_does_not_fit_is_told_under_the_name_of_the_file(trained: Path) -> None:
    with pytest.raises(poise.BuildError, match="height must be a multiple of 4, got 9") as caught:
        poise.read(trained).build((9, 8, 3))

    assert caught.value.heading == str(trained / "training_config.json")
    assert image_of(poise.read(trained).build((9, 8, 3), auto_pad=True)) == (9, 8, 3)


@pytest.mark.parametrize("image", [(8, 8), "8,8,3", 8])
def test_an_invalid_image_is_refused(trained: Path, image: Any) -> None:
    with pytest.raises(poise.BuildError, match=r"must be \(height, width, channels\)"):
        poise.read(trained).build(image)


def test_one_of_several_weights_files_has_to_be_named(trained: Path) -> None:
    shutil.copy(trained / "best_model.weights.h5", trained / "a.h5")
    (trained / "best_model.weights.h5").rename(trained / "b.h5")
    reading = poise.read(trained)

    with pytest.raises(
        poise.WeightsError, match=r"several weights files; pass one of a\.h5, b\.h5"
    ):
        reading.build()
    reading.build(weights=trained / "a.h5")


def test_weights_that_do_not_fit_are_refused_with_a_report(trained: Path) -> None:
    with pytest.raises(poise.WeightsError) as caught:
        poise.read(trained).build((8, 8, 1))

    assert caught.value.report is not None


def test_another_edition_can_be_meant(trained: Path) -> None:
    record = record_of(poise.read(trained).build(edition="2026"))

    assert record is not None
    assert record.config.edition == "2026"


def test_a_skeleton_and_classes_can_be_named(trained: Path, saved: Path) -> None:
    mouse = poise.Skeleton(["nose", "ear"])

    for folder in (trained, saved):
        record = record_of(poise.read(folder).build(skeleton=mouse, classes=["c"]))
        assert record is not None
        assert (record.skeleton, record.classes) == (mouse, ("c",))


def test_a_saved_model_is_what_load_gives(saved: Path) -> None:
    built, loaded = poise.read(saved).build(), poise.load(saved)

    first, second = record_of(built), record_of(loaded)
    assert first == second
    assert first is not None
    assert second is not None
    assert first.origins == second.origins
    assert_same_weights(built, loaded)


def test_what_a_job_says_goes_along_into_the_model_and_its_folder(
    trained: Path, zip_of: Callable[..., Path], tmp_path: Path
) -> None:
    reading = poise.read(trained)
    model = reading.build()
    record = record_of(model)
    assert record is not None
    assert record.job == reading.job
    assert record.input_scaling == 0.5
    assert record.sleap_version == "1.3.0"

    saved = poise.save(model, tmp_path / "scaled")

    for path in (saved, zip_of(saved)):
        assert poise.read(path).job == reading.job
        built = record_of(poise.read(path).build())
        assert built is not None
        assert built.job == reading.job


def test_a_saved_model_can_be_had_for_images_of_another_size(saved: Path, model: Any) -> None:
    built = poise.read(saved).build((9, 8, None), auto_pad=True)

    assert image_of(built) == (9, 8, 3)
    assert_same_weights(built, model)


def test_a_saved_model_that_pads_does_so_again(model: Any, tmp_path: Path) -> None:
    record = record_of(model)
    assert record is not None
    padded = poise.build(record.config, (9, 9, 1), auto_pad=True)

    record = record_of(poise.read(poise.save(padded, tmp_path / "padded")).build())

    assert record is not None
    assert record.auto_pad


def test_a_saved_model_that_changed_after_it_was_read_is_refused(saved: Path) -> None:
    reading = poise.read(saved)
    with (saved / "model.weights.h5").open("ab") as file:
        file.write(b"x")

    with pytest.raises(poise.BundleError, match=r"model\.weights\.h5 is not the file"):
        reading.build()


def test_a_saved_model_of_another_version_warns_the_caller(
    saved: Path, zip_of: Callable[..., Path]
) -> None:
    provenance = json.loads((saved / "poise.json").read_text())
    (saved / "poise.json").write_text(json.dumps({**provenance, "poise": "0.0.1"}))

    for path in (saved, zip_of(saved)):
        reading = poise.read(path)
        for build in (reading.build, reading.build_with_report):
            with pytest.warns(poise.ProvenanceWarning) as caught:
                build()
            assert str(caught[0].message).startswith(f"{path}: saved with poise 0.0.1")
            assert caught[0].filename == __file__


@pytest.mark.parametrize("top", ["", "flies/"])
def test_zipped_models_have_the_weights_of_the_folder(
    trained: Path, saved: Path, model: Any, zip_of: Callable[..., Path], top: str
) -> None:
    for folder in (trained, saved):
        file = zip_of(folder, top)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            built = poise.read(file).build_with_report()
        assert_same_weights(built.model, model)
        assert built.weights == file
        assert built.report is not None
        assert built.report.source == str(file)


def test_the_weights_file_is_opened_once(
    trained: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import h5py

    opened = []

    class Counted(h5py.File):  # type: ignore[misc]
        def __init__(self, name: Any, *arguments: Any, **options: Any) -> None:
            opened.append(name)
            super().__init__(name, *arguments, **options)

    monkeypatch.setattr(h5py, "File", Counted)

    for folder in (trained, saved):
        opened.clear()
        poise.read(folder).build()
        assert len(opened) == 1

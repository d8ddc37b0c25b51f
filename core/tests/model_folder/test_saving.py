"""Model folders: whole or not at all, verified when read, and never code."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import poise
from poise import registry
from poise.job.sections import (
    InstanceCroppingConfig,
    JobRecord,
    JobSections,
    LabelsConfig,
    OptimizationConfig,
    PreprocessingConfig,
)
from poise.model_folder.opened import CONFIG, PROVENANCE, WEIGHTS, open_folder, read_provenance
from poise.model_folder.provenance import FileRecord
from poise.specs import API
from poise.testing.standins import DOT, POOLS, DotConfig, PoolsConfig, registry_of
from poise.weights.formats import open_stream
from poise.writing.drafts import FORMER, beside

pytestmark = pytest.mark.usefixtures("keras")

SKELETON = poise.Skeleton(["nose", "tail"], [("nose", "tail")], name="mouse")


@pytest.fixture(autouse=True)
def plugins() -> Iterator[None]:
    registry.reset(registry_of(POOLS, DOT))
    yield
    registry.reset()


def config(**dot: Any) -> poise.ModelConfig:
    return poise.ModelConfig(backbone=PoolsConfig(max_stride=4), heads=DotConfig(**dot))


@pytest.fixture
def model() -> Any:
    return poise.build(config(output_stride=2), (16, 24, 1), SKELETON, ["a", "b"])


@pytest.fixture
def folder(model: Any, tmp_path: Path) -> Path:
    return poise.save(model, tmp_path / "saved")


def edit(folder: Path, **changes: Any) -> None:
    """Change ``poise.json`` as a user with an editor would."""
    file = folder / PROVENANCE
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def refused(folder: Path) -> str:
    with pytest.raises(poise.BundleError) as caught:
        poise.load(folder)
    return str(caught.value).replace(str(folder), "FOLDER")


def test_a_loaded_model_predicts_what_the_saved_one_did(model: Any, folder: Path) -> None:
    image = np.random.default_rng(0).random((2, 16, 24, 1), dtype="float32")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = poise.load(folder)
    before, after = model.predict(image, verbose=0), again.predict(image, verbose=0)
    assert before.keys() == after.keys()
    np.testing.assert_array_equal(before["dot"], after["dot"])


def test_everything_that_a_model_was_built_from_comes_back(model: Any, folder: Path) -> None:
    from poise.building.record import record_of

    assert record_of(poise.load(folder)) == record_of(model)


def job(**preprocessing: Any) -> JobRecord:
    """A job whose every part says something."""
    return JobRecord(
        preprocessing=PreprocessingConfig(**preprocessing),
        cropping=InstanceCroppingConfig(center_on_part="nose", crop_size=96),
        sections=JobSections(
            labels=LabelsConfig(training_labels="flies.slp", skeletons=({"py/id": 1},)),
            optimization=OptimizationConfig(epochs=7),
            extra={"data.other": [1, None]},
        ),
        sleap_version="1.3.3",
    )


SCALED = job(input_scaling=0.5, ensure_grayscale=True, target_height=512, target_width=640)


def test_a_saved_model_remembers_how_its_images_are_prepared(tmp_path: Path) -> None:
    model = poise.build(config(), (16, 24, 1), job=SCALED)
    folder = poise.save(model, tmp_path / "saved")

    for about in (poise.record_of(poise.load(folder)), poise.read(folder)):
        assert about is not None
        assert about.input_scaling == 0.5
        assert about.preprocessing == SCALED.preprocessing
        assert about.cropping == SCALED.cropping
        assert about.sections == SCALED.sections
        assert about.sleap_version == "1.3.3"


@pytest.mark.parametrize("item", [0, "ü"])
def test_a_model_of_a_large_job_is_loaded_again(item: Any, tmp_path: Path) -> None:
    large = JobRecord(sections=JobSections(extra={"data.other": [item] * 250_000}))
    folder = poise.save(poise.build(config(), (16, 24, 1), job=large), tmp_path / "saved")

    assert poise.read(folder).job == JobRecord(
        sections=JobSections(extra={"data.other": [item] * 250_000})
    )


def test_a_model_whose_job_cannot_be_read_again_is_not_saved(tmp_path: Path) -> None:
    large = JobRecord(sections=JobSections(extra={"data.other": "a" * 9_000_000}))
    model = poise.build(config(), (16, 24, 1), job=large)

    with pytest.raises(poise.BundleError, match=r"^cannot save the job of the model: .*at most 8"):
        poise.save(model, tmp_path / "saved")
    assert list(tmp_path.iterdir()) == []


def test_the_texts_of_a_model_folder_are_the_same_on_every_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = poise.build(config(), (16, 24, 1), job=SCALED)

    def as_on_windows(self: Path, text: str, **options: Any) -> int:
        return self.write_bytes(text.replace("\n", "\r\n").encode())

    monkeypatch.setattr(Path, "write_text", as_on_windows)
    folder = poise.save(model, tmp_path / "saved")

    assert all(b"\r" not in file.read_bytes() for file in folder.glob("*.json"))


def test_a_model_that_was_saved_twice_remembers_its_job(tmp_path: Path) -> None:
    model = poise.build(config(), (16, 24, 1), job=SCALED)
    again = poise.load(poise.save(model, tmp_path / "first"))
    poise.save(again, tmp_path / "second")

    assert poise.read(tmp_path / "second").job == SCALED


def test_a_model_that_was_built_by_hand_has_the_scaling_1(model: Any, folder: Path) -> None:
    assert not (folder / "job.json").exists()
    for about in (poise.record_of(model), poise.record_of(poise.load(folder)), poise.read(folder)):
        assert about is not None
        assert about.input_scaling == 1
        assert about.job == JobRecord()


def test_a_folder_from_before_jobs_were_saved_is_read(folder: Path) -> None:
    record = json.loads((folder / PROVENANCE).read_text())
    del record["job"]
    (folder / PROVENANCE).write_text(json.dumps({**record, "format": 1}))

    assert poise.record_of(poise.load(folder)) is not None
    assert poise.read(folder).job == JobRecord()


@pytest.fixture
def scaled(tmp_path: Path) -> Path:
    return poise.save(poise.build(config(), (16, 24, 1), job=SCALED), tmp_path / "scaled")


def test_a_job_that_is_missing_or_changed_is_refused(scaled: Path) -> None:
    text = (scaled / "job.json").read_text()
    (scaled / "job.json").write_text(text.replace("0.5", "1.5"))
    assert "FOLDER: job.json is not the file that was saved" in refused(scaled)

    (scaled / "job.json").unlink()
    assert refused(scaled).startswith("FOLDER: must be a model folder with job.json, got ")


def test_faults_of_a_job_come_all_at_once(scaled: Path) -> None:
    data = json.loads((scaled / "job.json").read_text())
    data["preprocessing"] |= {"input_scaling": -1, "input_scalin": 2}
    (scaled / "job.json").write_text(json.dumps(data))
    edit(scaled, job=attrs.asdict(FileRecord.of(scaled / "job.json")))

    message = refused(scaled)

    assert message.startswith("FOLDER/job.json:")
    assert "must be a number > 0, got -1.0 @ preprocessing.input_scaling" in message
    assert (
        "PreprocessingConfig has no field 'input_scalin'; did you mean 'input_scaling'?" in message
    )


def test_a_job_must_be_one() -> None:
    with pytest.raises(poise.BuildError, match=r"must be a JobRecord.*got 0\.5 @ job"):
        poise.build(config(), (16, 24, 1), job=0.5)  # type: ignore[arg-type]


def test_a_padded_model_and_its_any_size_come_back(tmp_path: Path) -> None:
    model = poise.build(config(), (None, 30, 1), auto_pad=True)
    again = poise.load(poise.save(model, tmp_path / "saved"))
    image = np.ones((1, 13, 30, 1), "float32")
    np.testing.assert_array_equal(model(image)["dot"], again(image)["dot"])


def test_a_keras_file_is_answered_with_the_way_to_load_it(model: Any, tmp_path: Path) -> None:
    file = tmp_path / "best.keras"
    model.save(file)
    with pytest.raises(poise.BundleError, match="must be a model folder, got a file") as refused:
        poise.load(file)
    assert "poise.load_weights(poise.build(config, image), path)" in str(refused.value)

    again = poise.build(config(output_stride=2), (16, 24, 1), SKELETON, ("a", "b"))
    poise.load_weights(again, file)
    image = np.random.default_rng(0).random((2, 16, 24, 1), dtype="float32")
    np.testing.assert_array_equal(model(image)["dot"], again(image)["dot"])


def test_a_folder_holds_three_files_and_no_trace_of_drafts(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [CONFIG, WEIGHTS, PROVENANCE]
    assert [path.name for path in folder.parent.iterdir()] == ["saved"]


def test_the_provenance_says_who_built_it_and_how(folder: Path) -> None:
    import keras

    provenance = read_provenance(folder)
    assert [(plugin.kind, plugin.key, plugin.api) for plugin in provenance.plugins] == [
        ("backbone", POOLS.key, API),
        ("head", DOT.key, API),
    ]
    assert provenance.keras == keras.__version__
    assert provenance.poise == poise.__version__
    assert provenance.image == (16, 24, 1)
    assert provenance.skeleton is not None
    assert provenance.skeleton.skeleton() == SKELETON
    assert provenance.classes == ("a", "b")
    assert provenance.weights.size == (folder / WEIGHTS).stat().st_size


def test_the_configuration_is_saved_as_it_was_given(folder: Path) -> None:
    assert poise.ModelConfig.load(folder / CONFIG) == config(output_stride=2)


def test_a_model_that_poise_did_not_build_is_not_saved(tmp_path: Path) -> None:
    import keras

    stranger = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)], name="stranger")
    with pytest.raises(poise.BundleError) as caught:
        poise.save(stranger, tmp_path / "saved")
    assert str(caught.value) == (
        "cannot save Sequential 'stranger': must come from poise.build, got another "
        "model, or a clone, which has lost its record"
    )
    assert not (tmp_path / "saved").exists()


def test_another_configuration_is_not_written_beside_the_weights(
    model: Any, tmp_path: Path
) -> None:
    poise.save(model, tmp_path / "same", config(output_stride=2))
    with pytest.raises(
        poise.BundleError, match="must be the one that the model was built from, got another"
    ):
        poise.save(model, tmp_path / "other", config(output_stride=4))


def test_a_model_folder_is_replaced_only_on_request(model: Any, folder: Path) -> None:
    with pytest.raises(poise.BundleError, match="already holds a model; pass overwrite=True"):
        poise.save(model, folder)
    poise.save(model, folder, overwrite=True)
    poise.load(folder)


def test_a_folder_of_something_else_is_never_replaced(model: Any, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(
        poise.BundleError, match="is not a model folder of Poise; choose another path"
    ):
        poise.save(model, tmp_path, overwrite=True)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize("below", ["model", "a/b/model"])
def test_a_file_on_the_way_to_a_folder_is_named(model: Any, tmp_path: Path, below: str) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    with pytest.raises(
        poise.BundleError, match=r"must be a folder in a folder, got .*notes.txt, which is"
    ):
        poise.save(model, file / below)
    assert file.read_text() == "mine"


def test_a_name_that_is_too_long_is_refused(model: Any, tmp_path: Path) -> None:
    with pytest.raises(poise.BundleError, match="its name is too long for this file system"):
        poise.save(model, tmp_path / ("m" * 250))
    assert not list(tmp_path.iterdir())


def test_an_empty_folder_may_be_saved_to(model: Any, tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    poise.load(poise.save(model, tmp_path / "saved"))


def test_a_failed_save_leaves_the_old_folder_unchanged(
    model: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(path: Any) -> None:
        raise OSError("no space left on device")

    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(model, "save_weights", full_disk)
    with pytest.raises(OSError, match="no space left"):
        poise.save(model, folder, overwrite=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["saved"]


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS, PROVENANCE])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    rest = ", ".join(sorted({CONFIG, WEIGHTS, PROVENANCE} - {name}))
    assert refused(folder) == f"FOLDER: must be a model folder with {name}, got {rest}"


def test_the_error_on_a_folder_of_sleap_names_its_reader(tmp_path: Path) -> None:
    (tmp_path / "training_config.json").write_text("{}")
    assert refused(tmp_path).endswith(
        "got training_config.json; poise.read_sleap reads SLEAP's folders"
    )


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    assert refused(tmp_path / "gone") == "FOLDER: no such folder; poise.save makes model folders"


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
def test_a_changed_file_is_refused_with_both_checksums(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(bytes(content))
    message = refused(folder)
    assert message.startswith(f"FOLDER: {name} is not the file that was saved: of")
    assert message.count("with sha256") == 2


def test_a_symbolic_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    shutil.move(folder / WEIGHTS, tmp_path / "elsewhere.h5")
    (folder / WEIGHTS).symlink_to(tmp_path / "elsewhere.h5")
    assert refused(folder) == (f"FOLDER: {WEIGHTS} must be a file, got a symbolic link")


def test_a_file_name_that_leads_elsewhere_is_refused(folder: Path) -> None:
    record = json.loads((folder / PROVENANCE).read_text())["weights"]
    edit(folder, weights={**record, "name": "../../etc/passwd"})
    assert refused(folder) == (
        "FOLDER: the name of model.weights.h5 in poise.json must be a file name, got "
        "'../../etc/passwd', which leads outside the folder"
    )


def test_a_later_format_is_refused_and_the_error_says_to_upgrade(folder: Path) -> None:
    edit(folder, format=3)
    assert refused(folder) == ("FOLDER: format must be 1 or 2, got 3; upgrade poise to read it")


def test_faults_of_the_provenance_come_all_at_once(folder: Path) -> None:
    edit(folder, image=[16, 24], auto_pad="no", hobby="sailing")
    message = refused(folder)
    assert "must be true or false, got 'no' @ auto_pad" in message
    assert "@ image" in message
    assert "Provenance has no field 'hobby'" in message


def test_other_versions_are_named_both(folder: Path) -> None:
    edit(folder, keras="3.0.0", poise="0.0.1")
    with pytest.warns(poise.ProvenanceWarning) as caught:
        poise.load(folder)
    (warning,) = caught
    message = str(warning.message)
    assert f"saved with poise 0.0.1, loaded with {poise.__version__}" in message
    assert "saved with keras 3.0.0, loaded with" in message


def test_another_distribution_of_the_key_is_named(folder: Path) -> None:
    plugins = json.loads((folder / PROVENANCE).read_text())["plugins"]
    plugins[0] = {**plugins[0], "distribution": "poise-original", "version": "9"}
    edit(folder, plugins=plugins)
    with pytest.warns(poise.ProvenanceWarning, match="was built by poise-original 9, here it is"):
        poise.load(folder)


def test_a_plugin_that_is_gone_is_named(folder: Path) -> None:
    registry.reset(registry_of(DOT))
    with pytest.warns(poise.PluginNotInstalledWarning), pytest.raises(poise.BuildError) as caught:
        poise.load(folder)
    assert "no backbone 'poise_testing_pools'" in str(caught.value)


def test_the_error_on_weights_that_no_longer_match_names_the_changed_versions(folder: Path) -> None:
    def wider(config: Any, skeleton: Any, classes: Any) -> Any:
        (output,) = DOT.outputs(config, skeleton, classes)

        def build(features: Any, suffix: str) -> Any:
            from keras import layers

            return layers.Conv2D(1, 3, padding="same", name=f"DotHead{suffix}")(features)

        return (attrs.evolve(output, build=build),)

    edit(folder, poise="0.0.1")
    registry.reset(registry_of(POOLS, attrs.evolve(DOT, outputs=wider)))
    with pytest.warns(poise.ProvenanceWarning), pytest.raises(poise.WeightsError) as caught:
        poise.load(folder)
    assert "DotHead/kernel" in str(caught.value)
    assert any("saved with poise 0.0.1" in note for note in caught.value.__notes__)


def test_license_authors_and_citation_are_kept(model: Any, tmp_path: Path) -> None:
    folder = poise.save(
        model, tmp_path / "saved", license="CC-BY-4.0", authors=["A. Fly"], citation="doi:10.1/2"
    )
    provenance = read_provenance(folder)
    assert provenance.license == "CC-BY-4.0"
    assert provenance.authors == ("A. Fly",)
    assert provenance.citation == "doi:10.1/2"
    assert provenance.origins == ()


def test_authors_are_a_list(model: Any, tmp_path: Path) -> None:
    with pytest.raises(poise.BundleError, match=r"must be a list of names, got 'A. Fly'"):
        poise.save(model, tmp_path / "saved", authors="A. Fly")


def test_a_model_trained_from_a_saved_one_names_it_with_its_license(
    model: Any, tmp_path: Path
) -> None:
    first = poise.save(model, tmp_path / "first", license="CC-BY-NC-4.0")
    second = poise.save(poise.load(first), tmp_path / "second", license="MIT")
    third = poise.save(poise.load(second), tmp_path / "third")
    origins = read_provenance(third).origins
    assert [(origin.kind, origin.name, origin.license) for origin in origins] == [
        ("model folder", "first", "CC-BY-NC-4.0"),
        ("model folder", "second", "MIT"),
    ]
    assert origins[0].sha256 == read_provenance(first).weights.sha256


def test_weights_that_were_loaded_are_named_with_their_checksum(
    model: Any, folder: Path, tmp_path: Path
) -> None:
    poise.load_weights(model, folder / WEIGHTS)
    poise.load_weights(model, folder / WEIGHTS)
    (origin,) = read_provenance(poise.save(model, tmp_path / "again")).origins
    assert (origin.kind, origin.name) == ("weights file", WEIGHTS)
    assert origin.sha256 == read_provenance(folder).weights.sha256


def test_a_folder_that_was_saved_before_there_were_origins_is_read(folder: Path) -> None:
    data = json.loads((folder / PROVENANCE).read_text())
    for field in ("license", "authors", "citation", "origins"):
        del data[field]
    (folder / PROVENANCE).write_text(json.dumps(data))
    assert poise.load(folder).count_params() > 0


def test_another_contract_is_named_with_both_versions(folder: Path) -> None:
    plugins = json.loads((folder / PROVENANCE).read_text())["plugins"]
    plugins[0] = {**plugins[0], "api": 7}
    edit(folder, plugins=plugins)
    with pytest.warns(poise.ProvenanceWarning, match=r"\(api 7\), here it is .* \(api 2\)"):
        poise.load(folder)


def test_weights_that_are_not_finite_are_saved_and_warned_of_when_loaded(
    model: Any, tmp_path: Path
) -> None:
    weight = model.weights[0]
    weight.assign(np.full(weight.shape, np.nan))
    folder = poise.save(model, tmp_path / "diverged")

    with pytest.warns(
        RuntimeWarning, match="weights must be finite, got NaN or infinity in"
    ) as caught:
        poise.load(folder)
    with pytest.warns(RuntimeWarning, match="weights must be finite") as caught_too:
        poise.read(folder).build()

    assert {warning.filename for warning in (*caught, *caught_too)} == {__file__}


def test_a_folder_whose_replacement_was_interrupted_gets_its_name_back(folder: Path) -> None:
    for answer in (poise.load, poise.read):
        folder.rename(beside(folder, FORMER))
        assert answer(folder) is not None
        assert [path.name for path in folder.parent.iterdir()] == ["saved"]


def test_a_model_whose_replacement_was_interrupted_is_not_saved_over_unasked(
    model: Any, folder: Path
) -> None:
    folder.rename(beside(folder, FORMER))
    with pytest.raises(poise.BundleError, match="already holds a model; pass overwrite=True"):
        poise.save(model, folder)
    poise.load(folder)


def test_a_former_folder_that_cannot_be_renamed_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = beside(folder, FORMER)
    folder.rename(former)

    def refuse(path: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "rename", refuse)
    assert refused(folder) == (
        "FOLDER: no such folder; saving it was interrupted, and the former model is in "
        f"{former}: rename it"
    )


def test_of_several_former_folders_the_latest_gets_the_name(folder: Path) -> None:
    early, late = beside(folder, FORMER), beside(folder, FORMER)
    shutil.copytree(folder, early)
    for path in (early, *early.iterdir()):
        os.utime(path, (0, 0))
    folder.rename(late)
    poise.load(folder)
    assert sorted(path.name for path in folder.parent.iterdir()) == [early.name, "saved"]


def test_what_is_verified_is_what_is_loaded(model: Any, folder: Path, tmp_path: Path) -> None:
    other = poise.save(poise.build(config(output_stride=2), (16, 24, 1)), tmp_path / "other")
    first = model.weights[0]
    with open_folder(folder) as saved:
        for name in (CONFIG, WEIGHTS):  # another process exchanges the files now
            (other / name).replace(folder / name)
        assert saved.config == poise.ModelConfig.from_json(saved.config.to_json())
        with open_stream(saved.weights, folder / WEIGHTS) as weights:
            arrays = [record.read() for record in weights.records]
    assert any(np.array_equal(array, np.asarray(first)) for array in arrays)
    with pytest.raises(poise.BundleError, match="is not the file that was saved"):
        poise.load(folder)

"""What a path leads to."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

import poise
from poise.errors import ConfigError
from poise.registry import documented
from poise.testing.standins import DOT, POOLS
from poise.writing.drafts import FORMER, beside

MODEL = {"backbone": {POOLS.key: {"max_stride": 4}}, "heads": {DOT.key: {}}}
ALONE = {**MODEL, "edition": "2026"}


def test_a_folder_of_sleap_gives_all_that_read_sleap_gives(trained: Path) -> None:
    reading, job = poise.read(trained), poise.read_sleap(trained)

    assert {name: getattr(reading, name) for name in attrs.fields_dict(poise.SleapJob)} == {
        name: getattr(job, name) for name in attrs.fields_dict(poise.SleapJob)
    }
    assert reading.input_scaling == 0.5
    assert reading.weights == trained / "best_model.weights.h5"
    assert (reading.auto_pad, reading.model_folder) == (False, None)


@pytest.mark.parametrize(
    ("preprocessing", "channels"),
    [
        ({"ensure_rgb": True}, 3),
        ({"ensure_grayscale": True}, 1),
        ({}, None),
        ({"ensure_rgb": True, "ensure_grayscale": True}, None),
    ],
)
def test_channels_are_what_sleap_was_told_to_ensure(
    tmp_path: Path, preprocessing: dict[str, bool], channels: int | None
) -> None:
    file = tmp_path / "profile.json"
    file.write_text(json.dumps({"data": {"preprocessing": preprocessing}, "model": MODEL}))

    assert poise.read(file).image == (None, None, channels)


@pytest.mark.parametrize("name", ["training_config.json", "initial_config.json"])
def test_the_job_file_of_a_trained_model_leads_to_its_weights(trained: Path, name: str) -> None:
    shutil.copy(trained / "training_config.json", trained / "initial_config.json")

    assert poise.read(trained / name).weights == trained / "best_model.weights.h5"


def test_another_file_beside_weights_has_none(trained: Path) -> None:
    shutil.copy(trained / "training_config.json", trained / "profile.json")

    assert poise.read(trained / "profile.json").weights is None


@pytest.mark.parametrize(
    ("files", "weights"),
    [
        ([], None),
        (["only.keras"], "only.keras"),
        (["latest_model.h5", "best_model.h5"], "best_model.h5"),
        (["a.h5", "b.h5"], ""),  # the folder: which one is asked when they are loaded
    ],
)
def test_weights_are_those_that_load_weights_would_take(
    job: Path, files: list[str], weights: str | None
) -> None:
    for name in files:
        (job / name).touch()

    assert poise.read(job).weights == (None if weights is None else job / weights)


@pytest.mark.parametrize("name", ["", "poise.json"])
def test_a_model_folder_of_poise_gives_what_it_was_saved_with(saved: Path, name: str) -> None:
    reading = poise.read(saved / name)

    assert reading.config == poise.ModelConfig.load(saved / "config.json")
    assert reading.source == saved / "config.json"
    assert reading.skeleton == poise.Skeleton(["nose", "tail"])
    assert reading.classes == ("a", "b")
    assert reading.image == (16, 24, 3)
    assert reading.weights == saved / "model.weights.h5"
    assert reading.model_folder == saved


def test_a_model_folder_that_changed_is_refused(saved: Path) -> None:
    with (saved / "model.weights.h5").open("ab") as file:
        file.write(b"x")

    with pytest.raises(poise.BundleError, match=r"model\.weights\.h5 is not the file"):
        poise.read(saved)


@pytest.mark.parametrize("name", ["model.json", "model.yaml", "MODEL.YML"])
def test_a_configuration_alone_is_read_strictly(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    config = poise.ModelConfig.from_data(ALONE)
    file.write_text(config.to_json() if name.endswith("json") else config.to_yaml())

    reading = poise.read(str(file))

    assert reading == poise.reading.Reading(source=file, config=config)
    file.write_text(file.read_text().replace("max_stride", "max_strid"))
    with pytest.raises(ConfigError, match="did you mean 'max_stride'"):
        poise.read(file)


@pytest.mark.parametrize("name", ["model.json", "model.yaml"])
def test_all_faults_of_a_file_come_at_once_under_its_name(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(json.dumps({**ALONE, "backbone": {"poise_testing_pools": {"a": 1, "b": 2}}}))

    with pytest.raises(ConfigError) as caught:
        poise.read(file)

    assert caught.value.heading == str(file)
    assert [fault.path for fault in caught.value.faults] == [
        "model.backbone.poise_testing_pools.a",
        "model.backbone.poise_testing_pools.b",
    ]


@pytest.mark.parametrize("name", ["model.json", "model.yaml"])
def test_a_syntax_error_is_reported_under_the_files_name(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text("{")

    with pytest.raises(ConfigError, match=r"not (JSON|YAML)") as caught:
        poise.read(file)

    assert caught.value.heading == str(file)


def test_a_section_without_its_plugin_is_kept_and_reported(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    data = {"backbone": {"unet": {"filters": 4}}, "heads": MODEL["heads"], "edition": "2026"}
    file.write_text(json.dumps(data))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reading = poise.read(file)

    assert reading.config.to_data()["backbone"]["unet"] == {"filters": 4}
    assert [str(note) for note in reading.report.of("unchecked")] == [
        "backbone.unet: no backbone 'unet' is installed: poise-unet provides it "
        "(pip install poise-unet)"
    ]


@pytest.mark.parametrize("key", ["edition", "editon"])
def test_an_edition_at_the_top_of_a_job_is_refused(job: Path, key: str) -> None:
    file = job / "training_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), key: "2026"}))

    with pytest.raises(ConfigError) as error:
        poise.read(file)

    assert [fault.path for fault in error.value.faults] == [key]
    assert "set in its section, as model.edition" in str(error.value)


def test_a_typo_of_edition_in_the_model_of_a_job_is_refused(job: Path) -> None:
    file = job / "training_config.json"
    data = json.loads(file.read_text())
    file.write_text(json.dumps({**data, "model": {**data["model"], "editon": "2026"}}))

    with pytest.raises(ConfigError, match=r"did you mean 'edition'\? @ model\.editon"):
        poise.read(file)


TYPO = {"backbone": {POOLS.key: {"max_strid": 4}}, "heads": {DOT.key: {}}}


@pytest.mark.parametrize("data", [MODEL, {"model": MODEL}])
def test_what_people_write_without_an_edition_is_of_the_documentation(
    tmp_path: Path, data: Any
) -> None:
    file = tmp_path / "model.json"
    file.write_text(json.dumps(data))

    reading = poise.read(file)

    assert reading.config == poise.ModelConfig.from_data(ALONE)
    assert list(reading.report) == []


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (TYPO, f"model.backbone.{POOLS.key}.max_strid"),
        ({"model": TYPO}, f"model.backbone.{POOLS.key}.max_strid"),
        ({**MODEL, "editon": "2026"}, "model.editon"),
        ({"model": {**MODEL, "editon": "2026"}}, "model.editon"),
        ({"model": MODEL, "editon": "2026"}, "editon"),
        ({"model": MODEL, "modell": 3}, "modell"),
        ({"model": TYPO, "name": "mine"}, f"model.backbone.{POOLS.key}.max_strid"),
        ({"model": MODEL, "name": 3}, "name"),
        (
            {"model": {**TYPO, "edition": "2026"}, "data": {}},
            f"model.backbone.{POOLS.key}.max_strid",
        ),
        ({"model": {**MODEL, "edition": "2026", "head": 3}, "data": {}}, "model.head"),
    ],
)
def test_a_typo_in_what_people_write_is_refused(tmp_path: Path, data: Any, path: str) -> None:
    file = tmp_path / "model.json"
    file.write_text(json.dumps(data))

    with pytest.raises(ConfigError) as error:
        poise.read(file)

    assert [fault.path for fault in error.value.faults] == [path]
    assert error.value.heading == str(file)


def test_texts_beside_a_model_that_people_write_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text(json.dumps({"name": "mine", "description": None, "model": MODEL}))

    reading = poise.read(file)

    assert reading.config == poise.ModelConfig.from_data(ALONE)
    assert (reading.sections.name, reading.sections.description) == ("mine", None)
    assert [str(note) for note in reading.report] == ['name: "mine"; kept in sections.name']


def form_of_sleap(**sections: Any) -> dict[str, Any]:
    """A model as SLEAP writes it: every key of the two one-of objects, null if it is not set."""
    nulls = {name: dict.fromkeys(documented.keys(name)) for name in ("backbone", "head")}
    backbone = {**nulls["backbone"], POOLS.key: {"max_stride": 4.0}}
    return {"backbone": backbone, "heads": {**nulls["head"], DOT.key: {}}, **sections}


def test_a_model_alone_in_the_form_of_sleap_is_read_as_sleap_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text(json.dumps(form_of_sleap(base_checkpoint=None)))

    reading = poise.read(file)

    assert reading.config.edition == "sleap-1.4"
    assert [note.path for note in reading.report.of("coerced")] == [
        f"backbone.{POOLS.key}.max_stride"
    ]


def test_a_model_alone_with_a_key_that_sleap_never_wrote_is_not_sleap_s(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text(json.dumps(form_of_sleap(extra=1, editon="2026")))

    with pytest.raises(ConfigError) as error:
        poise.read(file)

    assert [fault.path for fault in error.value.faults] == ["extra", "editon"]


def test_what_is_not_there_is_a_mistake_of_the_call(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        poise.read(tmp_path / "nowhere")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"the folder has no training_config\.json"):
        poise.read(tmp_path)


@pytest.mark.parametrize("top", ["", "flies/"])
def test_a_zipped_folder_of_sleap_is_read_as_the_folder_is(
    trained: Path, zip_of: Callable[..., Path], top: str
) -> None:
    file = zip_of(trained, top)

    reading = poise.read(file)

    assert reading.source == file / f"{top}training_config.json"
    assert reading.weights == file
    same: dict[str, Any] = {"source": file, "weights": file, "looked_in": file}
    assert attrs.evolve(reading, **same) == attrs.evolve(poise.read(trained), **same)


def test_a_zipped_folder_without_weights_has_none(job: Path, zip_of: Callable[..., Path]) -> None:
    assert poise.read(zip_of(job)).weights is None


@pytest.mark.parametrize("top", ["", "saved/"])
def test_a_zipped_folder_of_poise_is_read_as_the_folder_is(
    saved: Path, zip_of: Callable[..., Path], top: str
) -> None:
    file = zip_of(saved, top)

    reading = poise.read(file)

    assert reading.source == file / f"{top}config.json"
    same: dict[str, Any] = {"source": file, "weights": file, "model_folder": file}
    assert attrs.evolve(reading, **same) == attrs.evolve(poise.read(saved), **same)


def test_a_zipped_job_with_faults_is_told_with_archive_and_member(
    job: Path, zip_of: Callable[..., Path]
) -> None:
    text = (job / "training_config.json").read_text().replace("max_stride", "max_strid")
    (job / "training_config.json").write_text(text.replace("0.5", "-1"))
    file = zip_of(job, "flies/")

    with pytest.raises(ConfigError) as caught:
        poise.read(file)

    assert caught.value.heading == str(file / "flies/training_config.json")
    assert [fault.path for fault in caught.value.faults] == ["data.preprocessing.input_scaling"]


def test_a_job_in_yaml_is_read_with_all_its_sections_in_the_documented_edition(
    tmp_path: Path,
) -> None:
    file = tmp_path / "job.yaml"
    preprocessing = {"input_scaling": 0.5, "ensure_rgb": True}
    job = {"data": {"preprocessing": preprocessing}, "model": MODEL, "optimization": {"epochs": 7}}
    file.write_text(json.dumps(job))  # JSON is YAML

    reading = poise.read(file)

    assert reading.config == poise.ModelConfig.from_data(ALONE)
    assert (reading.input_scaling, reading.image) == (0.5, (None, None, 3))
    assert reading.sections.optimization.epochs == 7
    assert reading.weights is None


@pytest.mark.parametrize("edition", ["2026", "sleap-1.4"])
def test_a_job_in_yaml_may_name_its_edition(tmp_path: Path, edition: str) -> None:
    file = tmp_path / "job.yml"
    file.write_text(json.dumps({"model": {**MODEL, "edition": edition}, "outputs": {}}))

    assert poise.read(file).config.edition == edition


def test_every_key_of_a_job_in_yaml_is_meant(tmp_path: Path) -> None:
    # SLEAP's files hold keys of other versions; a person's file holds typos.
    file = tmp_path / "job.yaml"
    file.write_text(json.dumps({"model": MODEL, "optimization": {"epoch": 7, "batch_sizes": 4}}))

    with pytest.raises(ConfigError, match="epochs") as caught:
        poise.read(file)

    assert caught.value.heading == str(file)
    assert len(caught.value.faults) == 2


@pytest.fixture
def run(saved: Path, tmp_path: Path) -> Path:
    """The folder of a training run, whose best model is a model folder."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "status.json").write_text("{}")
    (folder / "config.json").write_text(json.dumps({"model": MODEL}))
    shutil.move(saved, folder / "best")
    return folder


def test_the_folder_of_a_run_gives_its_best_weights(run: Path) -> None:
    reading = poise.read(run)

    assert reading == poise.read(run / "best")
    assert reading.weights == run / "best" / "model.weights.h5"


def test_a_run_that_has_not_ended_its_first_epoch_is_refused(run: Path) -> None:
    shutil.rmtree(run / "best")

    with pytest.raises(ConfigError, match="must hold the weights of an epoch in best, got a run"):
        poise.read(run)
    assert poise.read(run / "config.json").weights is None


def test_best_weights_that_a_dying_process_had_set_aside_come_back(run: Path) -> None:
    before = poise.read(run).config
    former = beside(run / "best", FORMER)
    (run / "best").rename(former)

    assert poise.read(run).config == before
    assert (run / "best").is_dir()


def test_a_run_with_files_of_sleap_beside_it_is_read_by_them(trained: Path) -> None:
    before = poise.read(trained)
    (trained / "status.json").write_text("{}")

    assert poise.read(trained) == before

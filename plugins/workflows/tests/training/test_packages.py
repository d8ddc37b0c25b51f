"""SLEAP's training job packages: a folder or a zip, read and never run."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from poise.errors import ConfigError
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.packages import is_package, read_package, unpacked_package

pytestmark = pytest.mark.usefixtures("made_up")

ORDER = ["centroid", "centered_instance"]
LINES = [f"sleap-train {name}.json flies.pkg.slp" for name in ORDER]
SCRIPT = "\n".join(["#!/bin/bash", *LINES, ""])


def job_of(name: str, **outputs: Any) -> str:
    outputs = {
        "run_name": "240101_120000",
        "run_name_suffix": f".{name}",
        "runs_folder": "models",
        **outputs,
    }
    model = {"backbone": {"plain": {}}, "heads": {"cells": {}}}
    return json.dumps({"model": model, "outputs": outputs})


FILES = {
    "flies.pkg.slp": "",
    "centroid.json": job_of("centroid"),
    "centered_instance.json": job_of("centered_instance"),
    "train-script.sh": SCRIPT,
}

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def write(changed: Mapping[str, str | None] = {}, name: str = "package") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for file, text in {**FILES, **changed}.items():
            if text is not None:
                (folder / file).write_text(text, encoding="utf-8")
        return folder

    return write


def zipped(folder: Path, top: str = "") -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"{top}{file.name}")
    return path


def test_models_are_in_the_order_of_the_script(make: Make) -> None:
    folder = make()

    package = read_package(folder)

    assert [job.config.stem for job in package.jobs] == ORDER
    assert {job.labels for job in package.jobs} == {folder / "flies.pkg.slp"}
    assert [job.run.as_posix() for job in package.jobs] == [
        f"models/240101_120000.{name}" for name in ORDER
    ]
    assert package.notes == ()


def test_a_list_of_jobs_counts_first_and_predictions_in_it_are_said(make: Make) -> None:
    training = [
        {"cfg": f"{name}.json", "run_path": f"models/{name}", "train_labels": "flies.pkg.slp"}
        for name in reversed(ORDER)
    ]
    jobs = json.dumps({"training": training, "inference": [{"data_path": "flies.pkg.slp"}]})

    package = read_package(make({"jobs.yaml": jobs}))

    assert [job.run.name for job in package.jobs] == ORDER[::-1]
    (note,) = package.notes
    assert note.startswith("1 prediction of jobs.yaml not begun: poise predict")


def test_without_a_list_every_job_is_trained_the_finder_of_animals_first(make: Make) -> None:
    package = read_package(make({"train-script.sh": None}))

    assert [job.config.stem for job in package.jobs] == ORDER


def test_what_is_around_a_zip_does_not_matter(make: Make) -> None:
    flat, inside = zipped(make(name="a")), zipped(make(name="b"), "job/")

    for path in (flat, inside):
        assert is_package(path)
        folder = unpacked_package(path, path.with_name(f"{path.stem}-unpacked"))
        assert {each.name for each in folder.iterdir()} == set(FILES)
        assert unpacked_package(path, folder) == folder  # the same call again


def test_a_zip_is_unpacked_beside_it_and_never_over_other_files(make: Make) -> None:
    path = zipped(make(name="flies"))
    (path.parent / "flies" / "train-script.sh").unlink()

    with pytest.raises(TrainingError, match=r"a place without train-script\.sh"):
        unpacked_package(path)


def test_a_zip_that_leads_outside_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "job.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../train-script.sh", SCRIPT)

    with pytest.raises(ConfigError, match="members must stay inside"):
        is_package(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("names", "is_one"),
    [
        (["flies.slp", "centroid.json"], True),
        (["train-script.sh"], True),
        (["jobs.yaml"], True),
        (["flies.slp"], False),
        (["training_config.json", "labels_gt.train.slp", "a.json"], False),
        ([], False),
    ],
)
def test_a_package_is_told_from_a_model_folder(
    tmp_path: Path, names: list[str], is_one: bool
) -> None:
    for name in names:
        (tmp_path / name).touch()

    assert is_package(tmp_path) is is_one


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"centroid.json": None}, "got 'centroid.json', which is missing"),
        ({"train-script.sh": SCRIPT.replace("centroid.json", "../a.json")}, "got '../a.json'"),
        ({"centroid.json": job_of("c", runs_folder="/data")}, "got /data/240101_120000.c"),
        ({"centroid.json": job_of("c", run_name="../../x")}, "must be a folder inside"),
        ({"centroid.json": job_of("centered_instance")}, "must be the folder of one model"),
        (
            {
                "train-script.sh": "sleap-train 'a\n",
                "centroid.json": None,
                "centered_instance.json": None,
            },
            "must have a job for a model, got none",
        ),
    ],
)
def test_what_a_package_cannot_mean_is_refused(
    make: Make, changed: Mapping[str, str | None], what: str
) -> None:
    with pytest.raises(TrainingError, match=what.replace(".", r"\.")):
        read_package(make(changed))


def test_a_job_without_a_name_runs_under_that_of_its_file(make: Make) -> None:
    changed = {"centroid.json": job_of("x", run_name=None, run_name_suffix=None)}

    assert read_package(make(changed)).jobs[0].run == Path("models/centroid")

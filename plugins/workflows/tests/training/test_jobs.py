"""A job is read from anything that describes one; single values are checked as a file is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import poise
from poise.errors import ConfigError
from poise_workflows.training.jobs import (
    SECTIONS,
    read_job,
    sections_of,
    to_data,
    with_sections,
    with_values,
)

pytestmark = pytest.mark.usefixtures("made_up")

MODEL = {"backbone": {"plain": {"output_stride": 2}}, "heads": {"cells": {"output_stride": 2}}}
JOB: dict[str, Any] = {
    "data": {
        "labels": {"validation_fraction": 0.25},
        "preprocessing": {"input_scaling": 0.5},
        "instance_cropping": {"crop_size": 64},
    },
    "model": MODEL,
    "optimization": {"epochs": 7, "augmentation_config": {"rotate": True}},
    "outputs": {"run_name": "flies"},
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "job.yaml"
    path.write_text(yaml.safe_dump(JOB))
    return path


def test_every_section_of_a_job_is_read(file: Path) -> None:
    sections = sections_of(read_job(file))

    assert sections.keys() == SECTIONS.keys()
    assert sections["data.labels"].validation_fraction == 0.25
    assert sections["data.preprocessing"].input_scaling == 0.5
    assert sections["data.instance_cropping"].crop_size == 64
    assert sections["optimization"].epochs == 7
    assert sections["outputs"].run_name == "flies"


def test_a_job_in_yaml_and_in_sleaps_json_differ_in_their_edition_alone(file: Path) -> None:
    other = file.with_suffix(".json")
    other.write_text(json.dumps(JOB))

    yaml_job, json_job = read_job(file), read_job(other)

    assert sections_of(yaml_job) == sections_of(json_job)
    assert (yaml_job.config.edition, json_job.config.edition) == ("2026", "sleap-1.4")
    assert read_job(other, edition="2026").config == yaml_job.config


def test_a_job_as_plain_data_is_read_as_the_same_job(file: Path) -> None:
    job = with_values(read_job(file, edition="sleap-1.4"), {"optimization.batch_size": 3})
    written = file.with_name("written.json")
    written.write_text(json.dumps(to_data(job)))

    again = read_job(written)

    assert sections_of(again) == sections_of(job)
    assert again.config == job.config
    assert to_data(again) == to_data(job)


def test_sections_can_be_taken_out_and_put_back(file: Path) -> None:
    job = read_job(file)

    assert with_sections(job, sections_of(job)) == job


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data.labels.validation_fraction", 0.4),
        ("data.preprocessing.input_scaling", 0.25),
        ("data.instance_cropping.center_on_part", "head"),
        ("optimization.epochs", 50),
        ("optimization.augmentation_config.scale_min", 0.5),
        ("optimization.early_stopping.plateau_patience", 3),
        ("outputs.tensorboard.write_logs", True),
        ("model.backbone.plain.output_stride", 4),
        ("backbone.plain.output_stride", 4),
        ("heads.cells.output_stride", 4),
    ],
)
def test_a_value_changes_what_its_path_names_and_nothing_else(
    file: Path, path: str, value: Any
) -> None:
    before = to_data(read_job(file))

    after = to_data(read_job(file, {path: value}))

    names = path.split(".")
    if names[0] in ("backbone", "heads"):
        names.insert(0, "model")
    place = after
    for name in names[:-1]:
        place = place[name]
    assert place[names[-1]] == value
    inner = before
    for name in names[:-1]:
        inner = inner[name]
    place[names[-1]] = inner[names[-1]]
    assert after == before


def test_several_values_are_set_together(file: Path) -> None:
    job = read_job(
        file,
        {"optimization.epochs": 1, "optimization.batch_size": 2, "heads.cells.output_stride": 4},
    )

    assert (job.sections.optimization.epochs, job.sections.optimization.batch_size) == (1, 2)
    assert job.config.heads.which_oneof().output_stride == 4  # type: ignore[union-attr]  # there is


@pytest.mark.parametrize(
    ("path", "suggested"),
    [
        ("optimization.epoch", "optimization.epochs"),
        ("optimisation.epochs", "optimization.epochs"),
        ("epochs", ""),
        ("optimization", ""),
        ("optimization.epochs.more", ""),
        ("data.labels", ""),
        ("outputs.tensorboard.write_log", "outputs.tensorboard.write_logs"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_and_the_nearest_is_named(
    file: Path, path: str, suggested: str
) -> None:
    with pytest.raises(ConfigError) as error:
        read_job(file, {path: 1})

    (fault,) = error.value.faults
    assert fault.path == path
    assert fault.what.startswith(f"must be a field of a job, got {path!r}")
    assert suggested in fault.what


def test_all_wrong_values_come_at_once(file: Path) -> None:
    values = {
        "optimization.epochs": "many",
        "data.preprocessing.input_scaling": -1,
        "heads.cells.output_strid": 2,
        "nowhere": 1,
    }

    with pytest.raises(ConfigError) as error:
        read_job(file, values)

    paths = {fault.path for fault in error.value.faults}
    assert {"nowhere", "optimization.epochs", "data.preprocessing.input_scaling"} <= paths
    assert any("output_strid" in path for path in paths)


def test_what_is_neither_a_file_nor_a_profile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"got 'baseline\.centroids'"):
        read_job("baseline.centroids")


def test_a_configuration_alone_is_trained_with_the_defaults_of_sleap(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps({**MODEL, "edition": "2026"}))

    job = read_job(path)

    assert job.config == poise.read(path).config
    assert job.sections.optimization == SECTIONS["optimization"]()

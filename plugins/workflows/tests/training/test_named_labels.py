"""What a job says of labels counts wherever the call leaves it open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from poise_workflows.frames.path_maps import path_maps
from poise_workflows.training.asked import as_asked
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.jobs import read_job
from poise_workflows.training.named_labels import folders_of, with_named_labels
from poise_workflows.training.options import Options, options_of
from poise_workflows.training.requests import Request

pytestmark = pytest.mark.usefixtures("made_up")


def job(folder: Path, *, checkpoint: str | None = None, **labels: Any) -> Any:
    model = {"backbone": {"plain": {}}, "heads": {"cells": {}}, "base_checkpoint": checkpoint}
    path = folder / "job.json"
    path.write_text(json.dumps({"data": {"labels": labels}, "model": model}), encoding="utf-8")
    return read_job(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "jobs"
    folder.mkdir()
    for name in ("train.slp", "val.slp", "test.slp", "other.slp"):
        (folder / name).touch()
    return folder


def test_files_of_the_job_are_found_beside_it(folder: Path) -> None:
    reading = job(
        folder, training_labels="train.slp", validation_labels="val.slp", test_labels="test.slp"
    )

    reading, labels, options = with_named_labels(reading, None, Options())

    assert labels == folder / "train.slp"
    assert (options.validation, options.test) == (folder / "val.slp", folder / "test.slp")
    assert reading.sections.labels.training_labels == str(labels)


def test_what_the_call_names_counts_whatever_the_job_names(folder: Path) -> None:
    reading = job(
        folder, training_labels="gone.slp", validation_labels="gone.slp", test_labels="gone.slp"
    )
    given = Options(validation=0.5, test=folder / "other.slp")

    reading, labels, options = with_named_labels(reading, folder / "other.slp", given)

    assert (labels, options) == (folder / "other.slp", given)
    named = reading.sections.labels
    assert (named.training_labels, named.test_labels) == (str(labels), str(labels))
    assert (named.validation_labels, named.validation_fraction) == (None, 0.5)


def test_all_files_that_are_missing_are_named_with_the_argument_that_names_another(
    folder: Path,
) -> None:
    reading = job(folder, training_labels="C:\\lab\\a.slp", validation_labels="b.slp")

    with pytest.raises(TrainingError) as error:
        with_named_labels(reading, None, Options())

    first, second = error.value.faults
    assert first.what.startswith("must be a file, got 'C:\\\\lab\\\\a.slp'")
    assert second.what.startswith("must be a file, got 'b.slp', which is neither there nor beside")
    assert second.what.endswith("name the file by validation=")
    assert (first.path, second.path) == (
        "data.labels.training_labels",
        "data.labels.validation_labels",
    )


def test_without_any_labels_the_call_is_refused(folder: Path) -> None:
    with pytest.raises(TrainingError, match="must be a file of labels, got none"):
        with_named_labels(job(folder), None, Options())


def test_frames_that_the_job_lists_come_before_a_file_that_it_names(folder: Path) -> None:
    reading = job(folder, validation_labels="val.slp", split_by_inds=True, validation_inds=[1])

    listed, _, options = with_named_labels(reading, folder / "train.slp", Options())
    assert options.validation is None
    assert listed.sections.labels.validation_inds == (1,)

    given, _, options = with_named_labels(
        reading, folder / "train.slp", Options(validation=folder / "other.slp")
    )
    assert options.validation == folder / "other.slp"
    assert given.sections.labels.validation_inds is None


def test_videos_are_looked_for_where_the_call_says_then_the_job_then_here(folder: Path) -> None:
    (folder / "videos").mkdir()
    (folder / "more").mkdir()
    reading = job(folder, search_path_hints=["videos", ""])
    options = Options(video_paths=(folder / "more",))

    assert folders_of(reading, options) == (folder / "more", folder / "videos", Path())

    reading, _, _ = with_named_labels(reading, folder / "train.slp", options)
    assert folders_of(reading, Options()) == (folder / "more", folder / "videos", Path())


def test_a_folder_of_videos_must_be_there(folder: Path) -> None:
    with pytest.raises(TrainingError, match="must be a folder, got gone"):
        with_named_labels(job(folder), folder / "train.slp", Options(video_paths=(Path("gone"),)))


def test_a_checkpoint_of_the_job_is_what_training_begins_from(folder: Path) -> None:
    (folder / "model").mkdir()
    reading = job(folder, checkpoint="model")

    _, _, options = with_named_labels(reading, folder / "train.slp", Options())
    assert options.start == folder / "model"

    _, _, options = with_named_labels(reading, folder / "train.slp", Options(start=Path("b")))
    assert options.start == Path("b")


def test_what_a_job_of_another_machine_names_is_where_a_map_leads(folder: Path) -> None:
    (folder / "videos").mkdir()
    (folder / "model").mkdir()
    reading = job(
        folder,
        checkpoint="Z:\\lab\\model",
        training_labels="Z:\\lab\\train.slp",
        validation_labels="Z:\\lab\\val.slp",
        search_path_hints=["Z:\\lab\\videos"],
    )
    given = options_of({"map": {"Z:\\lab": folder}})

    reading, labels, options = with_named_labels(reading, None, given)

    assert (labels, options.validation) == (folder / "train.slp", folder / "val.slp")
    assert options.start == folder / "model"
    assert folders_of(reading, options) == (folder / "videos", Path())
    assert given.map.notes() == []


def test_a_file_that_is_not_where_a_map_leads_is_looked_for_nowhere_else(folder: Path) -> None:
    (folder / "here").mkdir()
    reading = job(folder, training_labels="/mnt/a/train.slp")
    given = options_of({"map": {"/mnt/a": folder / "here"}})

    with pytest.raises(TrainingError) as error:
        with_named_labels(reading, None, given)

    assert error.value.faults[0].what == (
        "must be a file, got '/mnt/a/train.slp', which map leads to "
        f"{folder / 'here' / 'train.slp'}, where nothing is; name the file by LABELS"
    )


def test_a_run_that_began_on_another_machine_finds_its_labels_by_a_map(tmp_path: Path) -> None:
    request = Request(
        job={"validation_fraction": None},
        labels={role: {"path": f"/mnt/a/{role}.slp"} for role in ("train", "validation")},
        split="frame",
        seed=0,
        precision="float32",
        clip_norm=None,
        devices=1,
        start={"path": "/mnt/a/model"},
    )

    labels, options = as_asked(request, path_maps({"/mnt/a": tmp_path}))

    assert labels == tmp_path / "train.slp"
    assert (options.validation, options.start) == (tmp_path / "validation.slp", tmp_path / "model")

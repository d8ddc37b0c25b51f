"""Labels of other programs train a step, with the images that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foreign_labels import COUNT, PARTS, PROJECTS, SIZE, animal
from poise_workflows import train
from poise_workflows.training.pictures import open_videos, read_pictures
from poise_workflows.training.projects import file_of, sha256_of
from poise_workflows.training.sets import read_sets
from small_labels import job, write_job

pytestmark = pytest.mark.usefixtures("keras", "learning")


@pytest.fixture(params=PROJECTS)
def labels(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The labels of each program."""
    (tmp_path / "project").mkdir()
    return PROJECTS[request.param](tmp_path / "project")


def test_every_label_of_another_program_is_read_with_its_image(labels: Path) -> None:
    sets = read_sets(labels, 0.2, None, has_identities=lambda skeleton: False, by="frame", seed=0)
    pictures = read_pictures(open_videos(sets))

    assert sets.skeleton.parts == PARTS
    assert pictures.keys() == sets.examples.keys()
    assert len(pictures) == COUNT
    points = sorted(np.round(each.points[0], 3).tolist() for each in sets.examples.values())
    assert points == sorted([list(place) for place in animal(number)] for number in range(COUNT))
    assert {image.shape for image in pictures.values()} == {(*SIZE, 3)}
    assert len({image.tobytes() for image in pictures.values()}) == COUNT


def test_parts_have_one_order_in_every_process(tmp_path: Path, monkeypatch: Any) -> None:
    import sleap_io.io.labelstudio as reader

    infer = reader.infer_nodes

    def infer_backwards(tasks: Any) -> Any:  # as another process may: the names are in a set
        names: Any = sorted(infer(tasks).node_names, reverse=True)
        return type(infer(tasks))(nodes=names)

    monkeypatch.setattr(reader, "infer_nodes", infer_backwards)
    labels = PROJECTS["Label Studio"](tmp_path)

    sets = read_sets(labels, 0.2, None, has_identities=lambda skeleton: False, by="frame", seed=0)

    assert sets.skeleton.parts == PARTS
    np.testing.assert_allclose(sets.examples[sets.split.train[0]].points[0, 1], (18, 20), atol=9)


@pytest.mark.parametrize(
    "name",
    [
        "DeepLabCut",
        *(pytest.param(name, marks=pytest.mark.slow) for name in PROJECTS if name != "DeepLabCut"),
    ],
)
def test_labels_of_another_program_train_and_the_run_goes_on(name: str, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    labels = PROJECTS[name](tmp_path / "project")
    config = write_job(tmp_path / "job.json", job())

    run = train(config, labels, tmp_path / "run")

    assert run.epochs == 1
    assert (run.folder / "best").is_dir()
    assert train(config, labels, tmp_path / "run").was_finished


@pytest.mark.parametrize("name", ["DeepLabCut", "Ultralytics"])
def test_a_project_may_be_named_by_its_folder(name: str, tmp_path: Path) -> None:
    file = PROJECTS[name](tmp_path)

    assert file_of(tmp_path) == file_of(file) == file
    assert sha256_of(tmp_path) == sha256_of(file)
    sets = read_sets(tmp_path, 0.2, None, has_identities=lambda skeleton: False, by="frame", seed=0)
    assert len(sets.examples) == COUNT


@pytest.mark.parametrize(
    ("name", "pattern"), [("DeepLabCut", "labeled-data/**/*.csv"), ("Ultralytics", "**/*.txt")]
)
def test_a_change_in_any_file_of_a_project_is_known(
    name: str, pattern: str, tmp_path: Path
) -> None:
    labels = PROJECTS[name](tmp_path)
    before = sha256_of(labels)
    file = max(tmp_path.glob(pattern))

    file.write_text(file.read_text() + "\n")

    assert sha256_of(labels) != before


def test_results_beside_a_project_do_not_change_it(tmp_path: Path) -> None:
    labels: Any = PROJECTS["DeepLabCut"](tmp_path)
    before = sha256_of(labels)
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "day1DLC.h5").touch()

    assert sha256_of(labels) == before

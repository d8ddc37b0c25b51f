"""Labelled frames: points in JSON, cut out and scaled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise import LabelsError
from poise.preview.labelled import LabelledFrame, read_frame

POINTS: dict[str, Any] = {
    "size": [40, 60],
    "parts": ["head", "tail"],
    "instances": [[[10, 20], [14.5, 24]], [[30, 5], None], [None, None]],
    "classes": ["female", None, "male"],
    "edges": [["head", "tail"]],
}


def read(folder: Path, **changes: Any) -> LabelledFrame:
    path = folder / "points.json"
    path.write_text(json.dumps(POINTS | changes), encoding="utf-8")
    return read_frame(path)


def test_points_are_read_with_null_for_what_is_not_visible(tmp_path: Path) -> None:
    frame = read(tmp_path)
    assert frame.size == (40, 60)
    assert frame.skeleton.edges == (("head", "tail"),)
    np.testing.assert_array_equal(
        frame.points, [[[10, 20], [14.5, 24]], [[30, 5], [np.nan] * 2], [[np.nan] * 2] * 2]
    )
    assert frame.class_names == ("female", "male")


def test_labels_have_the_classes_of_the_model(tmp_path: Path) -> None:
    frame = read(tmp_path)
    assert frame.labels(None).classes.tolist() == [[0, -1, 1]]
    assert frame.labels(("male", "other")).classes.tolist() == [[-1, -1, 0]]
    assert frame.labels(None).parts == ("head", "tail")


def test_a_frame_without_animals_is_one(tmp_path: Path) -> None:
    frame = read(tmp_path, instances=[], classes=None)
    assert frame.points.shape == (0, 2, 2)
    assert frame.labels(None).points.shape == (1, 0, 2, 2)


def test_a_square_is_cut_out_around_an_animal_which_comes_first(tmp_path: Path) -> None:
    frame = read(tmp_path).around(1, 10)
    assert frame.size == (10, 10)
    assert frame.classes == (None, "female", "male")
    inside = frame.points[0, 0]
    assert ((inside >= 4) & (inside <= 5)).all()
    np.testing.assert_array_equal(frame.points[1, 0] - inside, [-20, 15])


@pytest.mark.parametrize("animal", [2, 3])
def test_an_animal_that_is_not_visible_cannot_be_cut_out(tmp_path: Path, animal: int) -> None:
    with pytest.raises(LabelsError, match=f"no animal {animal} with a visible part; 3 are"):
        read(tmp_path).around(animal, 10)


def test_points_are_where_resizing_takes_them(tmp_path: Path) -> None:
    frame = read(tmp_path).scaled(0.5)
    assert frame.size == (20, 30)
    np.testing.assert_array_equal(frame.points[0, 0], [4.75, 9.75])


def test_all_faults_of_a_file_of_points_come_at_once_with_what_it_should_hold(
    tmp_path: Path,
) -> None:
    with pytest.raises(LabelsError) as error:
        read(tmp_path, size=[0, 60], instances=[[[1, 2]], [[1, "2"], None]], classes=["a"])
    assert {fault.path for fault in error.value.faults} == {
        "size",
        "instances[0]",
        "instances[1][0]",
        "classes",
    }
    assert '{"size": [height, width]' in str(error.value)


def test_a_file_of_another_kind_is_refused_by_its_ending(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("x,y")
    with pytest.raises(LabelsError, match=r"from \.slp or \.json files, got labels\.csv"):
        read_frame(tmp_path / "labels.csv")

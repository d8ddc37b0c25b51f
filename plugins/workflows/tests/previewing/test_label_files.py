"""Label files: points in JSON, and what is neither these nor SLEAP's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise import LabelsError
from poise_workflows.frames import LabelledFrame
from poise_workflows.previewing.label_files import read_frame

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


def test_a_file_without_animals_is_a_frame_without_animals(tmp_path: Path) -> None:
    frame = read(tmp_path, instances=[], classes=None)
    assert frame.points.shape == (0, 2, 2)


def test_all_faults_of_a_file_of_points_come_at_once_with_what_it_should_hold(
    tmp_path: Path,
) -> None:
    with pytest.raises(LabelsError) as error:
        read(tmp_path, size=[0, 60], instances=[[[1, 2]], [[1, "2"], None]], classes=["a"])
    assert [str(fault) for fault in error.value.faults] == [
        "must be [height, width] in pixels, got [0, 60] @ size",
        "must be [x, y] or null for each of 2 parts, got [[1, 2]] @ instances[0]",
        "must be [x, y] or null, got [1, '2'] @ instances[1][0]",
        "must be a name or null for each of 2 animals, got ['a'] @ classes",
    ]
    assert '{"size": [height, width]' in str(error.value)


def test_a_file_of_another_kind_is_refused_by_its_ending(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("x,y")
    with pytest.raises(LabelsError, match=r"must be a \.slp file .* got labels\.csv"):
        read_frame(tmp_path / "labels.csv")

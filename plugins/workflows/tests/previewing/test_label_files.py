"""Label files: which reader reads them, and what a fault of them says of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from poise import LabelsError
from poise_workflows.frames import ArgumentError
from poise_workflows.previewing.label_files import read_frame


def test_a_fault_says_in_which_file_it_is(tmp_path: Path) -> None:
    path = tmp_path / "points.json"
    path.write_text("[1]", encoding="utf-8")

    with pytest.raises(LabelsError) as error:
        read_frame(path)

    assert error.value.heading == str(path)


def test_a_file_that_is_not_json_is_a_fault_of_labels(tmp_path: Path) -> None:
    (tmp_path / "points.json").write_text("{", encoding="utf-8")

    with pytest.raises(LabelsError, match=r"points\.json: not JSON"):
        read_frame(tmp_path / "points.json")


def test_points_in_json_have_no_second_frame(tmp_path: Path) -> None:
    (tmp_path / "points.json").write_text("{}", encoding="utf-8")

    with pytest.raises(ArgumentError, match="must be 0: points in JSON are one frame, got 1"):
        read_frame(tmp_path / "points.json", 1)


def test_a_file_of_another_kind_is_refused_by_its_ending(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("x,y")
    with pytest.raises(LabelsError, match=r"must be a \.slp file .* got labels\.csv"):
        read_frame(tmp_path / "labels.csv")

"""Points in JSON: what they mean, and every fault at once."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise import ConfigError, LabelsError
from poise_workflows.frames.labeled import LabeledFrame
from poise_workflows.previewing.point_files import read_points

POINTS: dict[str, Any] = {
    "size": [40, 60],
    "parts": ["head", "tail"],
    "instances": [[[10, 20], [14.5, 24]], [[30, 5], None], [None, None]],
    "classes": ["female", None, "male"],
    "edges": [["head", "tail"]],
}


def read(folder: Path, **changes: Any) -> LabeledFrame:
    path = folder / "points.json"
    path.write_text(json.dumps(POINTS | changes), encoding="utf-8")
    return read_points(path)


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


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"egdes": []}, ["no key 'egdes'; did you mean 'edges'? @ egdes"]),
        ({"classes": [1, None, "a"]}, ["must be a name or null, got 1 @ classes[0]"]),
        ({"edges": [["head", "tial"]]}, ["no part 'tial'; did you mean 'tail'? @ edges[0]"]),
        ({"edges": [["head"]]}, ["must be a pair of two parts, got ('head',) @ edges[0]"]),
        ({"edges": 3}, ["must be a list of pairs of parts, got 3 @ edges"]),
        ({"parts": ["head", 2]}, ["part names must be strings, got 2 @ parts[1]"]),
        ({"parts": ["head"] * 2}, ["part names must be unique, got 'head' twice @ parts[1]"]),
        ({"parts": "head"}, ["must be a list of names, got 'head' @ parts"]),
        ({"instances": None}, ["must be a list of animals, got None @ instances"]),
    ],
    ids=str,
)
def test_a_fault_is_told_without_those_that_follow_from_it(
    changes: dict[str, Any], faults: list[str], tmp_path: Path
) -> None:
    with pytest.raises(LabelsError) as error:
        read(tmp_path, **changes)

    assert [str(fault) for fault in error.value.faults] == faults


def test_points_are_checked_although_nobody_knows_of_how_many_parts(tmp_path: Path) -> None:
    with pytest.raises(LabelsError) as error:
        read(tmp_path, parts=[], instances=[[[1, 2], [3]], 4, None])

    assert [str(fault) for fault in error.value.faults] == [
        "must be a list of names, got [] @ parts",
        "must be [x, y] or null, got [3] @ instances[0][1]",
        "must be [x, y] or null for each part, got 4 @ instances[1]",
        "must be [x, y] or null for each part, got None @ instances[2]",
    ]


def test_a_file_of_points_has_the_limit_that_configurations_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POISE_MAX_FILE_MB", "0.0001")

    with pytest.raises(ConfigError, match=r"must have at most 0\.0001 MB, got"):
        read(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes in folders there")
def test_a_pipe_is_refused_before_it_blocks(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "points.json")

    with pytest.raises(ConfigError, match="must be a file, got a pipe"):
        read_points(tmp_path / "points.json")

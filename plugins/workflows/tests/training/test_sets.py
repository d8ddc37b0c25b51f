"""Labeled frames of all files: each is in one set, and keeps it in a run that goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from poise_workflows.examples.splitting import FrameKey
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.sets import LabeledSets, read_sets
from small_labels import write_labels


def sets_of(labels: Path, validation: Any = 0.25, test: Path | None = None, **more: Any) -> Any:
    options: dict[str, Any] = {
        "has_identities": lambda skeleton: False,
        "by": "frame",
        "seed": 0,
        **more,
    }
    return read_sets(labels, validation, test, **options)


def test_a_part_is_split_off_and_every_frame_is_in_one_set(tmp_path: Path) -> None:
    sets: LabeledSets = sets_of(write_labels(tmp_path / "flies.slp"))

    assert len(sets.split.validation) == 2
    assert sorted((*sets.split.train, *sets.split.validation)) == sorted(sets.examples)
    assert [each.key for each in sets.of(sets.split.train)] == list(sets.split.train)


def test_files_of_their_own_count_their_videos_after_those_of_the_first(tmp_path: Path) -> None:
    sets = sets_of(
        write_labels(tmp_path / "begin.slp", [0, 1]),
        write_labels(tmp_path / "held.slp", [3]),
        write_labels(tmp_path / "end.slp", [5]),
    )

    assert sets.split.train == (FrameKey(0, 0), FrameKey(0, 1))
    assert sets.split.validation == (FrameKey(1, 3),)
    assert sets.split.test == (FrameKey(2, 5),)
    assert set(sets.examples) == {FrameKey(0, 0), FrameKey(0, 1), FrameKey(1, 3), FrameKey(2, 5)}


def test_a_part_and_a_file_of_tests_go_together(tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "begin.slp", [0, 1, 2, 3])

    sets = sets_of(labels, 0.25, write_labels(tmp_path / "end.slp", [5]))

    assert list(map(len, (sets.split.train, sets.split.validation, sets.split.test))) == [3, 1, 1]


def test_a_run_that_goes_on_keeps_its_split(tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "flies.slp")
    before = sets_of(labels).split

    assert sets_of(labels, seed=99, by="block", split=before).split == before


@pytest.mark.parametrize("option", ["validation", "test"])
def test_a_frame_in_two_sets_is_refused(tmp_path: Path, option: str) -> None:
    labels = write_labels(tmp_path / "flies.slp")
    others = {option: write_labels(tmp_path / "held.slp", [4, 5])}

    with pytest.raises(TrainingError, match="must be in one file, got 2 frames in two"):
        sets_of(labels, **others)
    with pytest.raises(TrainingError, match="must be in one file, got 6 frames in two"):
        sets_of(labels, **{option: labels})


def test_a_frame_is_known_by_its_image_where_files_list_others(tmp_path: Path) -> None:
    def turn(labels: Any) -> None:
        files = list(labels.videos[0].filename)
        labels.videos[0].filename = files[::-1]
        labels.videos[0].backend.filename = files[::-1]

    first = write_labels(tmp_path / "begin.slp", [0, 1])
    write_labels(tmp_path / "turned.slp", [0, 1], more=turn)  # images 5 and 4
    write_labels(tmp_path / "same.slp", [4, 5], more=turn)  # images 1 and 0

    sets = sets_of(first, tmp_path / "turned.slp")

    assert len(sets.examples) == 4
    with pytest.raises(TrainingError, match=r"got 2 frames in two \(1\.png, frame 4, 0\.png"):
        sets_of(first, tmp_path / "same.slp")


def test_what_is_left_out_is_said_with_the_name_of_its_file(tmp_path: Path) -> None:
    def empty_one(labels: Any) -> None:
        labels.labeled_frames[0].instances[0].points["visible"] = False
        labels.labeled_frames[0].instances[0].points["xy"] = float("nan")

    sets = sets_of(
        write_labels(tmp_path / "begin.slp", [0, 1], more=empty_one),
        write_labels(tmp_path / "held.slp", [3]),
    )

    assert "begin.slp: 1 labeled animal without a visible part is left out" in sets.notes


def test_classes_are_the_tracks_of_the_first_file(tmp_path: Path) -> None:
    sets = sets_of(
        write_labels(tmp_path / "begin.slp", [0, 1], tracks=["a", "b"]),
        has_identities=lambda skeleton: True,
    )

    assert sets.class_names == ("a", "b")
    assert {tuple(each.classes) for each in sets.examples.values()} == {(0, 1)}

"""Label files: which reader reads them, and what a fault of them says of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from poise import LabelsError
from poise_workflows.frames.labeled import ArgumentError, UnreadableError
from poise_workflows.previewing.label_files import read_frames


def test_a_fault_says_in_which_file_it_is(tmp_path: Path) -> None:
    path = tmp_path / "points.json"
    path.write_text("[1]", encoding="utf-8")

    with pytest.raises(LabelsError) as error:
        read_frames(path)

    assert error.value.heading == str(path)


def test_a_file_that_is_not_json_is_a_fault_of_labels(tmp_path: Path) -> None:
    (tmp_path / "points.json").write_text("{", encoding="utf-8")

    with pytest.raises(LabelsError, match=r"points\.json: not JSON"):
        read_frames(tmp_path / "points.json")


def test_points_in_json_have_no_second_frame(tmp_path: Path) -> None:
    (tmp_path / "points.json").write_text("{}", encoding="utf-8")

    with pytest.raises(ArgumentError, match="must be 0: points in JSON are one frame, got 1"):
        read_frames(tmp_path / "points.json", [1])


def test_a_file_of_another_kind_is_refused_by_its_ending(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("x,y")
    with pytest.raises(
        LabelsError, match=r"must be a \.slp file .* got a file whose name ends in \.csv"
    ):
        read_frames(tmp_path / "labels.csv")


@pytest.mark.parametrize(
    ("name", "content", "noun"),
    [
        ("flies.slp", b"version https://git-lfs.github.com/spec/v1\n", "a git-lfs pointer"),
        ("flies.slp", b"\x1f\x8b\x08", "a gzip archive"),
        ("points.json", '{"size": [4, 4]}'.encode("utf-16"), "text in UTF-16"),
        ("points.json", b'{"model": {}}', "the configuration of a model"),
        ("flies.json", b'{"videos": [], "labels": [], "skeletons": []}', "labels of SLEAP in JSON"),
        ("config.yaml", b"Task: reach\nscorer: me\n", "a configuration of DeepLabCut"),
        ("flies.csv", b"scorer,me\nbodyparts,nose\n", "labels of DeepLabCut"),
    ],
)
def test_what_is_given_instead_of_labels_is_named(
    name: str, content: bytes, noun: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(UnreadableError) as error:
        read_frames(tmp_path / name)

    (fault,) = error.value.faults
    assert fault.what.startswith(f"must be labels, got {noun}")
    assert "; " in fault.what
    assert error.value.heading == str(tmp_path / name)


@pytest.mark.parametrize("name", ["flies.slp", "flies.csv", "flies.h5", "flies.json", "flies"])
def test_a_fault_names_the_file_once(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text('{"size": 3}')

    with pytest.raises(LabelsError) as error:
        read_frames(tmp_path / name)

    assert str(error.value).count("flies") == 1


def test_a_folder_is_not_labels(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match=r"must be a \.slp file .*, got a folder"):
        read_frames(tmp_path)

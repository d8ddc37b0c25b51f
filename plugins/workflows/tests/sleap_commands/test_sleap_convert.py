"""``sleap-convert``: which files it writes, what it keeps, and what it refuses."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import sleap_io

from poise.cli._group import run

PARTS = ["head", "tail"]
SKELETON = sleap_io.Skeleton(nodes=PARTS, edges=[("tail", "head")], name="mouse")
TRACKS = [sleap_io.Track("left"), sleap_io.Track("right")]


def animal(at: float, track: Any = None, score: float | None = 0.5) -> Any:
    """An animal; without a score, one that a person labeled."""
    points = np.array([[at, at + 1], [at + 2, at + 3]])
    if score is None:
        return sleap_io.Instance.from_numpy(points, skeleton=SKELETON, track=track)
    return sleap_io.PredictedInstance.from_numpy(
        points, skeleton=SKELETON, track=track, score=score, point_scores=np.array([0.5, 0.25])
    )


def save(path: Path, frames: Any, videos: int = 1, tracks: Any = ()) -> Path:
    """Save labels. A frame is the index of its video, its number, and its animals."""
    files = [
        sleap_io.Video(filename=f"videos/cam{index}.mp4", open_backend=False)
        for index in range(videos)
    ]
    labeled = [
        sleap_io.LabeledFrame(video=files[video], frame_idx=number, instances=animals)
        for video, number, animals in frames
    ]
    labels = sleap_io.Labels(labeled, videos=files, skeletons=[SKELETON], tracks=list(tracks))
    sleap_io.save_slp(labels, str(path), embed=False, verbose=False)
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def clip(here: Path) -> Path:
    return save(here / "clip.slp", [(0, 3, [animal(1)]), (0, 5, [animal(2)])])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_labels_are_written_beside_the_source_under_its_whole_name(clip: Path) -> None:
    assert run(["sleap-convert", "clip.slp"]) == 0

    assert names(clip.parent) == ["clip.slp", "clip.slp.slp"]
    converted = sleap_io.load_slp("clip.slp.slp", open_videos=False)
    assert [frame.frame_idx for frame in converted] == [3, 5]


@pytest.mark.parametrize("suffix", ["slp", "h5"])
def test_the_suffix_of_the_first_output_decides_the_layout(suffix: str, clip: Path) -> None:
    assert run(["sleap-convert", "clip.slp", "-o", f"a.{suffix}", "-o", "b.json"]) == 0

    with h5py.File(f"a.{suffix}") as file:
        assert len(file["frames"]) == 2
    assert not Path("b.json").exists()


def test_label_files_of_either_suffix_are_read(clip: Path) -> None:
    run(["sleap-convert", "clip.slp", "--format", "h5"])

    assert run(["sleap-convert", "clip.slp.h5", "--format", "analysis.csv", "-o", "a.csv"]) == 0
    assert len(Path("a.csv").read_text().splitlines()) == 3


def test_frames_run_from_0_to_the_last_labeled_one(clip: Path) -> None:
    assert run(["sleap-convert", "clip.slp", "--format", "analysis"]) == 0

    with h5py.File("clip.000_cam0.analysis.h5") as file:
        assert file["track_occupancy"][:, 0].tolist() == [0, 0, 0, 1, 0, 1]
        assert file["tracks"].shape == (1, 2, 2, 6)


def test_each_video_has_a_file_and_outputs_are_given_to_them_in_order(here: Path) -> None:
    save(here / "two.slp", [(0, 0, [animal(1)]), (1, 0, [animal(2)])], videos=2)

    assert run(["sleap-convert", "two.slp", "--format", "analysis", "-o", "first.h5"]) == 0

    assert names(here) == ["first.h5", "two.001_cam1.analysis.h5", "two.slp"]
    with h5py.File("first.h5") as first, h5py.File("two.001_cam1.analysis.h5") as second:
        assert (first["video_ind"][()], second["video_ind"][()]) == (0, 1)
        assert second["tracks"][0, 0, 0, 0] == 2


def test_a_video_is_chosen_by_a_part_of_its_path(here: Path) -> None:
    save(here / "two.slp", [(0, 0, [animal(1)]), (1, 0, [animal(2)])], videos=2)

    assert run(["sleap-convert", "two.slp", "--form", "analysis", "--vid", "cam1"]) == 0
    assert names(here) == ["two.001_cam1.analysis.h5", "two.slp"]


def test_without_such_a_video_nothing_is_written(
    clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sleap-convert", "clip.slp", "--format", "analysis", "--video", "other"]) == 1

    assert "no video of clip.slp has 'other' in its path" in capsys.readouterr().err
    assert names(clip.parent) == ["clip.slp"]


def test_a_video_without_labels_has_no_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(here / "two.slp", [(1, 0, [animal(2)])], videos=2)

    assert run(["sleap-convert", "two.slp", "--format", "analysis"]) == 0

    assert "videos/cam0.mp4 has no labeled frames; no file is written" in capsys.readouterr().err
    assert names(here) == ["two.001_cam1.analysis.h5", "two.slp"]


def test_instances_that_the_file_has_no_place_for_are_counted(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left, right = TRACKS
    frames = [
        (0, 0, [animal(1, left), animal(2, right), animal(3)]),
        (0, 1, [animal(4, left, score=None), animal(5, left)]),
    ]
    save(here / "clip.slp", frames, tracks=TRACKS)

    assert run(["sleap-convert", "clip.slp", "--format", "analysis", "-o", "a.h5"]) == 0

    said = capsys.readouterr().err
    assert "a.h5 does not hold 2 of 5 instances" in said
    assert "1 without a track" in said
    assert "1 that would share a track with another one" in said
    with h5py.File("a.h5") as file:
        assert file["tracks"][:, 0, 0].tolist()[0] == [1, 4]
        assert np.isnan(file["instance_scores"][0, 1])
        assert file["track_names"][()].tolist() == [b"left", b"right"]


def test_without_tracks_the_last_instance_of_a_frame_stays(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(here / "clip.slp", [(0, 0, [animal(1), animal(2)])])

    run(["sleap-convert", "clip.slp", "--format", "analysis.csv", "-o", "a.csv"])

    assert "a.csv does not hold 1 of 2 instances" in capsys.readouterr().err
    header, row = csv.reader(Path("a.csv").read_text(encoding="utf-8").splitlines())
    assert header[:4] == ["track", "frame_idx", "instance.score", "head.x"]
    assert row[:4] == ["", "0", "0.5", "2.0"]


def test_a_csv_file_without_a_row_is_not_written(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(here / "clip.slp", [(0, 0, [])])

    assert run(["sleap-convert", "clip.slp", "--format", "analysis.csv"]) == 0

    assert "has no animal with a visible part; no file is written" in capsys.readouterr().err
    assert names(here) == ["clip.slp"]


def test_what_sleap_replaced_is_kept_aside(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(clip.with_name("clip.2node.slp"), [(0, 1, [animal(9)])])
    run(["sleap-convert", "clip.slp", "--format", "analysis"])
    before = Path("clip.000_cam0.analysis.h5").read_bytes()
    capsys.readouterr()

    assert run(["sleap-convert", "clip.2node.slp", "--format", "analysis"]) == 0

    assert "was there, and is clip.000_cam0.analysis.1.h5 now" in capsys.readouterr().err
    assert Path("clip.000_cam0.analysis.1.h5").read_bytes() == before
    with h5py.File("clip.000_cam0.analysis.h5") as file:
        assert file["tracks"].shape[-1] == 2


def test_the_same_conversion_again_leaves_no_copies(clip: Path) -> None:
    for _ in range(2):
        assert run(["sleap-convert", "clip.slp", "--format", "analysis"]) == 0

    assert names(clip.parent) == ["clip.000_cam0.analysis.h5", "clip.slp"]


def test_a_file_that_cannot_be_written_leaves_what_was_there(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.h5").write_text("precious", encoding="utf-8")

    def full(*details: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("poise_workflows.results.hdf5.reserve", full)

    assert run(["sleap-convert", "clip.slp", "--format", "analysis", "-o", "a.h5"]) == 1
    assert Path("a.h5").read_text(encoding="utf-8") == "precious"
    assert names(clip.parent) == ["a.h5", "clip.slp"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--format", "analysis.nix"], "got 'analysis.nix': a NIX file needs the library nixio"),
        (["--format", "json"], "SLEAP's JSON label files are written by SLEAP alone"),
        (["-o", "a.json"], "SLEAP's JSON label files are written by SLEAP alone"),
        (["-o", "a.txt"], "must end in .slp or .h5, got a.txt"),
        (["-o", "clip.slp"], "must be another file than the source, got clip.slp"),
        (["-o", "away/a.slp"], "make the folder away"),
    ],
)
def test_what_cannot_be_written_is_refused_with_the_reason(
    words: list[str], why: str, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = clip.read_bytes()

    assert run(["sleap-convert", "clip.slp", *words]) == 2

    assert why in capsys.readouterr().err
    assert names(clip.parent) == ["clip.slp"]
    assert clip.read_bytes() == before


def test_a_source_that_nobody_can_read_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "notes.slp").write_text("nothing", encoding="utf-8")

    assert run(["sleap-convert", "notes.slp"]) == 2
    assert "must be labels that sleap-io can read, got notes.slp" in capsys.readouterr().err


def test_options_that_sleap_did_not_have_are_refused(
    clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sleap-convert", "clip.slp", "--verbose"]) == 2
    assert "--verbose" in capsys.readouterr().err


def test_the_command_is_said_with_every_output(
    clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["sleap-convert", "clip.slp", "--format", "analysis"])

    expected = "runs poise sleap-convert clip.slp --format analysis -o clip.000_cam0.analysis.h5"
    assert expected in capsys.readouterr().err

"""Whole runs of the command that SLEAP 1.4.1 was, by its own command lines: the same files.

Models, videos and what the original found are not in the repository: these tests need the folder
of golden numbers and SLEAP files. How exact the poses are is the matter of ``test_predict``.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise.cli import main
from sleap_runs import case_of, folder

__all__ = ["folder"]

pytestmark = pytest.mark.usefixtures("keras")

WITHIN_PIXELS = 0.01
WITHIN_SCORES = 1e-4

QUICK = ["bottomup_only_suggested", "topdown_pkg"]
"""Others are as quick; `test_predict` has them in every run."""

SLOW = [
    "bottomup_batch1",
    "bottomup_edges_short",
    "bottomup_labels_all",
    "bottomup_max1",
    "bottomup_pkg",
    "bottomup_track_cull_connect",
    "bottomup_track_flow",
    "bottomup_track_option_without_tracker",
    "bottomup_track_simple",
    "bottomup_video",
    "bottomup_video_index",
    "centered_only_pkg",
    "centroid_only_pkg",
    "multiclass_bottomup_video",
    "single_labels_file",
    "single_rgb_model_gray_video",
    "single_threshold",
    "single_video",
    "single_video_whole_last",
    "topdown_max1",
    "topdown_models_swapped",
    "topdown_video",
]
REFUSED = {
    "centered_only_video": "labels for a crop model alone, got videos/pair.mp4",
    "centroid_only_video": "labels for a centroid model alone, got videos/pair.mp4",
    "error_no_data": "must be a file or folder, got 'videos/missing.mp4'",
    "error_no_model": "pass -m MODEL to predict, or --tracking.tracker simple to track again",
}
BEYOND = "error_frames_beyond"
CRASHED = "bottomup_gray_model_rgb_video"
OF_FLOW = {"bottomup_track_flow", "bottomup_track_option_without_tracker"}
TIED = "multiclass_bottomup_video"
"""Rounding chose between two heads of a still animal, as `test_predict` explains."""


def test_every_case_is_tested(golden: Path) -> None:
    cases = {path.parent.name for path in golden.glob("predict/*/case.json")}

    assert cases == {*QUICK, *SLOW, *REFUSED, BEYOND, CRASHED}


def run(golden: Path, name: str) -> int:
    _, *words = case_of(golden, name)["command"]
    return main(["sleap-track", *words])


def marked(name: str) -> Any:
    marks = [] if name in QUICK else [pytest.mark.slow]
    if name in OF_FLOW:
        marks.append(pytest.mark.skipif(not find_spec("cv2"), reason="flow needs OpenCV"))
    return pytest.param(name, marks=marks)


@pytest.mark.parametrize("name", [marked(name) for name in [*QUICK, *SLOW]])
def test_the_command_writes_the_file_of_the_original(name: str, golden: Path, folder: Path) -> None:
    import sleap_io

    case, expected = case_of(golden, name), np.load(golden / "predict" / name / "expected.npz")

    assert run(golden, name) == 0

    labels = sleap_io.load_slp(f"out/{name}.slp", open_videos=False)
    animals = [animal for frame in labels for animal in frame.instances]
    assert [frame.frame_idx for frame in labels] == expected["frame_idx"].tolist()
    assert [len(frame) for frame in labels] == np.diff(expected["row_splits"]).tolist()
    assert [track.name for track in labels.tracks] == case["tracks"]
    tracks = [labels.tracks.index(a.track) if a.track else -1 for a in animals]
    assert tracks == expected["track"].tolist()
    shape = expected["points"].shape
    actual = {
        "points": np.array([animal.numpy() for animal in animals]).reshape(shape),
        "point_scores": np.array([a.points["score"] for a in animals]).reshape(shape[:-1]),
        "scores": np.array([animal.score for animal in animals]),
        "tracking_score": np.array([animal.tracking_score for animal in animals]),
    }
    for what, array in actual.items():
        within = WITHIN_PIXELS if what == "points" else WITHIN_SCORES
        original = expected[what] if what == "points" else np.nan_to_num(expected[what])
        is_same = np.isclose(array, original, rtol=0, atol=within, equal_nan=True)
        if name == TIED and what != "tracking_score":
            is_same = is_same[1::2] if what == "scores" else np.delete(is_same, np.s_[::2], 0)
        assert is_same.all(), what


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_original_failed_on_is_refused_before_the_first_frame(
    name: str, golden: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(golden, name) == 2

    assert REFUSED[name] in capsys.readouterr().err
    assert not list(folder.glob("out/*.slp"))


def test_of_the_frames_that_were_asked_for_those_are_predicted_that_exist(
    golden: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import sleap_io

    assert run(golden, BEYOND) == 1

    assert "has frames 0 to 59; frames 60-65 do not exist" in capsys.readouterr().err
    labels = sleap_io.load_slp(f"out/{BEYOND}.slp", open_videos=False)
    assert [frame.frame_idx for frame in labels] == [55, 56, 57, 58, 59]


@pytest.mark.slow
def test_where_the_original_crashed_there_is_a_result(golden: Path, folder: Path) -> None:
    import sleap_io

    assert run(golden, CRASHED) == 0

    labels = sleap_io.load_slp(f"out/{CRASHED}.slp", open_videos=False)
    assert [frame.frame_idx for frame in labels] == list(range(6))
    assert all(len(frame) for frame in labels)

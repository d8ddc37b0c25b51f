"""Runs of SLEAP 1.4.1's command with a tracker, repeated by Poise's options: the same tracks.

Models, videos and what the original found are not in the repository: these tests need the folder
of golden numbers and SLEAP files.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
from sleap_runs import WITHIN_PIXELS, WITHIN_SCORES, arguments, case_of, folder

__all__ = ["folder"]

pytestmark = pytest.mark.usefixtures("keras")

PREFIX = "tracking."

CASES = [
    "bottomup_track_cull_connect",
    "bottomup_track_flow",
    "bottomup_track_option_without_tracker",
    "bottomup_track_simple",
]
OF_FLOW = pytest.mark.skipif(find_spec("cv2") is None, reason="optical flow needs OpenCV")


def tracked(golden: Path, name: str, **more: Any) -> Any:
    """The run of a case by the options of ``poise predict``."""
    sources, models, options = arguments(
        [word.replace("--tracking.tracker", "--track") for word in case_of(golden, name)["command"]]
    )
    tracking = {
        option.removeprefix(PREFIX): options.pop(option)
        for option in list(options)
        if option.startswith(PREFIX)
    }
    # SLEAP took any of these options for the wish for its tracker flow.
    options = {"track": "flow", **options, **more, "progress": "none"}
    options["tracking"] = {**tracking, "edition": "sleap-1.4"}
    (result,) = poise_workflows.predict(sources, models, "out.slp", **options)
    return result


def test_every_case_with_tracking_is_tested(golden: Path) -> None:
    cases = {
        path.parent.name
        for path in golden.glob("predict/*/case.json")
        if "--tracking." in path.read_text(encoding="utf-8")
    }

    assert cases == set(CASES)


def marked(name: str) -> Any:
    marks = [] if "without" in name else [pytest.mark.slow]
    of_flow = "flow" in name or "without" in name
    return pytest.param(name, marks=[*marks, OF_FLOW] if of_flow else marks)


@pytest.mark.parametrize("name", [marked(name) for name in CASES])
def test_the_file_has_the_tracks_of_the_original(name: str, golden: Path, folder: Path) -> None:
    import sleap_io

    case, expected = case_of(golden, name), np.load(golden / "predict" / name / "expected.npz")

    result = tracked(golden, name)

    labels = sleap_io.load_slp(str(result.output), open_videos=False)
    animals = [animal for frame in labels for animal in frame.instances]
    assert [frame.frame_idx for frame in labels] == expected["frame_idx"].tolist()
    assert [len(frame) for frame in labels] == np.diff(expected["row_splits"]).tolist()
    assert [track.name for track in labels.tracks] == case["tracks"]
    tracks = [labels.tracks.index(a.track) if a.track else -1 for a in animals]
    assert tracks == expected["track"].tolist()
    actual = {
        "points": np.array([animal.numpy() for animal in animals]),
        "scores": np.array([animal.score for animal in animals]),
        "tracking_score": np.array([animal.tracking_score for animal in animals]),
    }
    for what, array in actual.items():
        within = WITHIN_PIXELS if what == "points" else WITHIN_SCORES
        np.testing.assert_allclose(array, expected[what], rtol=0, atol=within, err_msg=what)
    assert spawned(result.output) == case["spawned_on"]


def spawned(path: Path) -> list[int]:
    """The frames in which the tracks of a file begin."""
    import h5py

    with h5py.File(path) as file:
        return [json.loads(row)[0] for row in file["tracks_json"][()]]

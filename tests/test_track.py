"""Tracks that SLEAP 1.4.1 gave to fixed poses, given again in edition sleap-1.4.

The poses and SLEAP's tracks are not in the repository: these tests need the folder of golden
numbers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise import PoiseError
from poise_workflows.frames.videos import open_video
from poise_workflows.tracking import track_arrays

CASES = [
    "breaks_instance_pair",
    "breaks_target2_clip",
    "breaks_target6_swarm",
    "clean2_clip",
    "cull_iou20_pair",
    "cull_iou50_clip",
    "cull_score_clip",
    "flow_centroid_window3_clip",
    "flow_default_clip",
    "flow_iou_hungarian_clip",
    "flow_saved_shifts_clip",
    "flowmaxtracks2_clip",
    "kalman_init10_calm",
    "kalman_init10_pair",
    "kalman_maxtracks_calm",
    "retrack_no_t_maxtracks_swarm",
    "retrack_no_t_swarm",
    "simple_centroid_greedy_swarm",
    "simple_centroid_hungarian_clip",
    "simple_instance_greedy_clip",
    "simple_instance_greedy_pair",
    "simple_instance_hungarian_clip",
    "simple_iou_greedy_swarm",
    "simple_iou_hungarian_clip",
    "simple_iou_hungarian_pair",
    "simple_min_match_points_clip",
    "simple_min_new_track_points_clip",
    "simple_normalized_greedy_clip",
    "simple_normalized_hungarian_swarm",
    "simple_oks_default_clip",
    "simple_oks_error10_union_swarm",
    "simple_oks_list_ref_weighted_swarm",
    "simple_robust50_swarm",
    "simple_robust95_clip",
    "simple_window15_swarm",
    "simple_window1_swarm",
    "simplemaxtracks2_clip",
    "simplemaxtracks2_iou_pair",
    "simplemaxtracks6_swarm",
    "simplemaxtracks_without_flag_clip",
]
REFUSED = {
    "error_similarity": "must be one of 'instance', 'centroid', .* got 'oks'",
    "error_tracker": "must be a tracker, got 'simples'; did you mean 'simple'?",
    "error_kalman_no_nodes": "must be indices of the parts .*kf_node_indices",
    "error_kalman_flow": "must be 'simple' or 'simplemaxtracks' .*, got 'flow'",
}
"""What the original refused, and the words of Poise."""


def case_of(golden: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((golden / "track" / name / "case.json").read_text(encoding="utf-8")))


def tracked(golden: Path, name: str) -> dict[str, Any]:
    case = case_of(golden, name)
    inputs = np.load(golden / "track" / "inputs" / f"{case['input']}.npz")
    count = case.get("frames", len(inputs["frame_idx"]))
    splits = inputs["row_splits"][: count + 1]
    rows = slice(0, splits[-1])
    return track_arrays(
        inputs["frame_idx"][:count],
        splits,
        *(inputs[array][rows] for array in ("points", "point_scores", "scores")),
        image_size=case.get("image_hw"),
        images=images_of(case, inputs["frame_idx"][:count].tolist(), golden.parent),
        retrack=case.get("mode") == "retrack",
        edition="sleap-1.4",
        **case["options"],
    )


def images_of(case: dict[str, Any], numbers: list[int], shared: Path) -> list[Any] | None:
    """The images of a case with optical flow, for which there must be OpenCV."""
    if case["options"]["tracker"] != "flow" or "error" in case:
        return None
    pytest.importorskip("cv2", reason="optical flow needs OpenCV, of poise-workflows[flow]")
    video = open_video(shared / "sleap" / "videos" / "clip.mp4")
    return [frame.image for frame in video.read(numbers)]


def test_every_case_is_tested(golden: Path) -> None:
    cases = {path.parent.name for path in golden.glob("track/*/case.json")}

    assert cases == {*CASES, *REFUSED}


@pytest.mark.parametrize("name", CASES)
def test_the_tracks_are_those_of_the_original(name: str, golden: Path) -> None:
    expected = np.load(golden / "track" / name / "expected.npz")

    result = tracked(golden, name)

    for what in expected.files:
        if what == "tracking_score":
            np.testing.assert_allclose(result[what], expected[what], rtol=0, atol=1e-5)
        elif what != "frame_idx":
            np.testing.assert_array_equal(result[what], expected[what], err_msg=what)
    assert result["track_names"] == case_of(golden, name)["track_names"]


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_original_refused_is_refused(name: str, golden: Path) -> None:
    with pytest.raises(PoiseError, match=REFUSED[name]):
        tracked(golden, name)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise import ConfigError
from poise_workflows.prediction.options import OptionsError
from poise_workflows.tracking import track_arrays

CASES = sorted(
    json.loads((Path(__file__).parent.parent / "data" / "tracks.json").read_text())["cases"]
)


@pytest.mark.parametrize("name", CASES)
def test_the_tracks_of_sleap_come_again(name: str, swarm: Any) -> None:
    case = swarm["cases"][name]

    result = track_arrays(
        **swarm["inputs"],
        image_size=swarm["image_size"],
        retrack=case["retrack"],
        edition="sleap-1.4",
        **case["options"],
    )

    for what in ("row_splits", "instance", "track"):
        assert result[what].tolist() == case[what], what
    np.testing.assert_allclose(result["tracking_score"], case["tracking_score"], atol=1e-8)
    assert result["final_track"].tolist() == case["track"]


def test_tracks_are_numbered_as_they_appear_and_named_as_they_begin(swarm: Any) -> None:
    result = track_arrays(**swarm["inputs"], tracker="simple", similarity="centroid")

    first = dict.fromkeys(result["track"].tolist())
    assert list(first) == list(range(len(first)))
    assert result["track_names"] == [f"track_{number}" for number in first]


def test_nothing_to_track_gives_nothing() -> None:
    nothing = np.zeros((0, 2))

    result = track_arrays(
        [3, 7], [0, 0, 0], nothing[:, None], nothing[:, :1], nothing[:, 0], tracker="simple"
    )

    assert result["row_splits"].tolist() == result["final_row_splits"].tolist() == [0, 0, 0]
    assert result["track_names"] == []


def test_no_frames_at_all_give_nothing() -> None:
    nothing = np.zeros((0, 2))

    result = track_arrays(
        [], [0], nothing[:, None], nothing[:, :1], nothing[:, 0], tracker="simple"
    )

    assert result["row_splits"].tolist() == [0]


def test_an_unknown_tracker_is_refused_with_the_nearest(swarm: Any) -> None:
    with pytest.raises(OptionsError, match="must be a tracker, got 'simpel'; did you mean"):
        track_arrays(**swarm["inputs"], tracker="simpel")


def test_unknown_options_and_wrong_values_are_refused_together(swarm: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        track_arrays(**swarm["inputs"], tracker="simple", track_windows=3, match="greedily")

    assert [fault.path for fault in caught.value.faults] == ["track_windows", "match"]


def test_splits_that_do_not_fit_the_frames_are_refused(swarm: Any) -> None:
    inputs = {**swarm["inputs"], "row_splits": swarm["inputs"]["row_splits"][:-1]}

    with pytest.raises(OptionsError, match="must have 25 numbers, one more than frames, got 24"):
        track_arrays(**inputs, tracker="simple")


def test_points_beyond_the_splits_are_refused(swarm: Any) -> None:
    inputs = {**swarm["inputs"], "scores": swarm["inputs"]["scores"][:-1]}

    with pytest.raises(OptionsError, match=r"must have shape \(137,\), got \(136,\)"):
        track_arrays(**inputs, tracker="simple")

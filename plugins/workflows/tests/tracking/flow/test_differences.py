"""Each difference of the editions of optical flow, as a law of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from poise.editions import edition
from poise_workflows.tracking.contract import Sight
from poise_workflows.tracking.differences import FLOW, SIMPLE
from poise_workflows.tracking.flow.shifting import flow_of

pytest.importorskip("cv2", reason="optical flow needs OpenCV, of poise-workflows[flow]")

Film = Callable[..., list[Sight]]
Build = Callable[..., Any]


@pytest.mark.parametrize(("name", "gray"), [("sleap-1.4", 29), ("2026", 76)])
def test_channels_of_optical_flow(name: str, gray: int) -> None:
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 255

    with edition(name):
        assert (flow_of().prepare(red) == gray).all()


@pytest.mark.parametrize(("name", "offset"), [("sleap-1.4", 0.0), ("2026", 0.5)])
def test_half_pixel_of_optical_flow(name: str, offset: float) -> None:
    """A bright pixel of an image at half its size is where its point is sent."""
    image = np.zeros((20, 20, 1), np.uint8)
    image[8:10, 12:14] = 255
    center = np.array([12.5, 8.5])
    with edition(name):
        flow = flow_of(scale=0.5)
    (y,), (x,) = np.nonzero(flow.prepare(image))

    sent = (center + flow.offset) * flow.scale - flow.offset

    assert flow.offset == offset
    assert (sent.tolist() == [x, y]) == (name == "2026")


@pytest.mark.parametrize(("name", "expected"), [("sleap-1.4", [2, 3]), ("2026", [0, 1])])
def test_optical_flow_needs_more_points(
    name: str, expected: list[int], film: Film, build: Build
) -> None:
    """All four parts are found."""
    first, second = film(2)
    tracker = build(name, "flow", min_match_points=4)
    tracker.track(first)

    assert sorted(tracker.track(second).tracks.tolist()) == expected


@pytest.mark.parametrize("name", ["sleap-1.4", "2026"])
def test_options_of_flowmaxtracks_ignored(name: str, build: Build) -> None:
    chosen = {
        "img_scale": 0.5,
        "of_window_size": 9,
        "of_max_levels": 1,
        "save_shifted_instances": True,
    }

    shifting = build(name, "flowmaxtracks", **chosen).shifting

    flow = shifting.flow
    values = flow.scale, flow.window, flow.levels, shifting.saves
    assert values == ((1.0, 21, 3, False) if name == "sleap-1.4" else (0.5, 9, 1, True))


@pytest.mark.parametrize(("name", "count"), [("sleap-1.4", 8), ("2026", 4)])
def test_candidates_of_flowmaxtracks_repeated(
    name: str, count: int, film: Film, build: Build
) -> None:
    """Two earlier frames with two animals each."""
    tracker = build(name, "flowmaxtracks")
    numbers = []
    candidates = tracker.candidates
    tracker.candidates = lambda sight: numbers.append(candidates(sight)) or numbers[-1]

    for frame in film(3):
        tracker.track(frame)

    assert len(numbers[-1].tracks) == count


def test_every_entry_has_its_own_name_and_a_law() -> None:
    names = [difference.name for difference in FLOW if difference not in SIMPLE]

    assert len(set(names)) == len(names)
    assert {name for name in names if f"test_{name}" not in globals()} == set()

"""Fields of one animal are computed in a box around it, and are those computed everywhere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("keras")

PROFILES = [("gaussian", 2.0), ("squared", 9.0)]
SIZE = (96, 128)
BODY = np.array([[-6, 0], [0, 3], [7, -2]], dtype="float32")
"""Three parts around the middle of an animal."""

CENTERS = {
    "in the middle": [(64, 48), (60, 50)],
    "in corners": [(0, 0), (127, 95)],
    "on other sides": [(2, 90), (125, 4)],
    "outside": [(-40, 50), (64, 130)],
}


@pytest.fixture
def boxes(keras: Any) -> Any:
    """The module, where its way is the quickest: on TensorFlow, on a CPU."""
    from poise_heads.maps import grid
    from poise_heads.pafs import boxes

    if not grid.matmul_is_exact():
        pytest.skip("other backends compute fields otherwise")
    return boxes


def ends_of(points: Any) -> Any:
    """Edges ``(N, 1, E, 4)`` from each part to the next, of points ``(N, P, 2)``."""
    return np.concatenate([points[:, None, :-1], points[:, None, 1:]], axis=-1)


def fields(points: Any, size: tuple[int, int], sigma: float, profile: Any, stride: int = 1) -> Any:
    from poise_heads.pafs.targets import part_affinity_fields

    sources, destinations = points[:, None, :-1], points[:, None, 1:]
    return part_affinity_fields(sources, destinations, size, stride, sigma, profile)


@pytest.mark.parametrize("where", CENTERS)
@pytest.mark.parametrize("scale", [1, 2, 3, 9])
@pytest.mark.parametrize(("profile", "sigma"), PROFILES)
@pytest.mark.parametrize("stride", [1, 3])
def test_fields_in_a_box_are_those_computed_everywhere(
    boxes: Any, where: str, scale: float, profile: str, sigma: float, stride: int
) -> None:
    points = np.array(CENTERS[where], "float32")[:, None] + scale * BODY
    points[1, 2] = np.nan
    whole = boxes.everywhere(ends_of(points[:, :2]), SIZE, stride, sigma, profile)
    computed = np.array(fields(points, SIZE, sigma, profile, stride))

    np.testing.assert_allclose(computed[..., :2], whole, atol=2e-8)
    assert not computed[1, ..., 2:].any()
    assert where == "outside" or (computed > 0.1).any()


def test_of_animals_that_are_invisible_there_is_nothing(boxes: Any) -> None:
    points = np.full((2, 3, 2), np.nan, "float32")

    assert not np.array(fields(points, SIZE, 2.0, "gaussian")).any()


@pytest.mark.parametrize(("profile", "sigma"), PROFILES)
def test_the_larger_the_image_the_smaller_is_the_part_that_is_computed(
    boxes: Any, profile: str, sigma: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells: list[int] = []

    def counted(*arguments: Any) -> Any:
        units = weighted_units(*arguments)
        cells.append(math.prod(units.shape[:-1]))
        return units

    weighted_units = boxes.weighted_units
    monkeypatch.setattr(boxes, "weighted_units", counted)
    for side in (64, 128, 256, 512):
        fields(np.float32(side / 2) + BODY[None], (side, side), sigma, profile)

    assert len(cells) == 4
    shares = [computed / side**2 for computed, side in zip(cells, (64, 128, 256, 512), strict=True)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 1 / 50


@pytest.mark.parametrize("is_compiled", [False, True], ids=["traced", "compiled by XLA"])
def test_boxes_have_shapes_that_are_known_before_the_points(boxes: Any, is_compiled: bool) -> None:
    tf = pytest.importorskip("tensorflow")
    points = np.array([[[20, 20]], [[100, 70]]], "float32") + BODY
    traced = tf.function(
        lambda points: fields(points, SIZE, 2.0, "gaussian"),
        input_signature=[tf.TensorSpec((2 if is_compiled else None, 3, 2), "float32")],
        jit_compile=is_compiled,
    )

    np.testing.assert_allclose(traced(points), fields(points, SIZE, 2.0, "gaussian"), atol=1e-6)

"""How poses look: size, colors, background, and a part of the frame that follows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
from poise_workflows.rendering.cropping import Cut
from poise_workflows.rendering.errors import RenderingError

from .conftest import GRAY, SIZE, points_of

Draw = Callable[..., Any]


class Animal:
    """As sleap-io's, for all that a cut asks for."""

    def __init__(self, *points: tuple[float, float]) -> None:
        self._points = np.array(points, float)

    def numpy(self) -> Any:
        return self._points


@pytest.fixture
def draw(poses: Callable[..., Path], tmp_path: Path) -> Draw:
    """``draw(**style)``: a frame with two animals, drawn."""
    from PIL import Image

    path = poses()

    def drawn(**style: Any) -> Any:
        result = poise_workflows.render(
            path, tmp_path / "a.png", frames="3", overwrite=True, **style
        )
        return np.asarray(Image.open(result.output))

    return drawn


def test_the_scale_is_of_the_whole_picture(draw: Draw) -> None:
    assert draw(scale=2).shape == (2 * SIZE[0], 2 * SIZE[1], 3)
    assert draw(scale=0.5, crop="20,20").shape == (10, 10, 3)


def test_larger_markers_cover_more(draw: Draw) -> None:
    small, large = ((abs(draw(marker_size=size) - GRAY * 1.0) > 40).sum() for size in (2, 5))

    assert large > 2 * small


def test_without_edges_there_are_parts_alone(draw: Draw) -> None:
    between = points_of(3)[0, :2].mean(axis=0).astype(int)

    with_edges, without = (
        draw()[between[1], between[0]],
        draw(no_edges=True)[between[1], between[0]],
    )

    assert abs(with_edges.astype(int) - GRAY).max() > 20
    assert abs(without.astype(int) - GRAY).max() < 8


@pytest.mark.parametrize(("background", "level"), [("black", 0), ("white", 255), ("gray", 128)])
def test_a_background_takes_the_place_of_the_video(background: str, level: int, draw: Draw) -> None:
    assert (draw(background=background)[0, 0] == level).all()


def test_colors_tell_animals_or_parts_apart(draw: Draw) -> None:
    (head, thorax), (other, _) = (animal[:2].astype(int) for animal in points_of(3))
    animals, parts = draw(marker_size=3), draw(marker_size=3, color_by="node")

    def color(image: Any, point: Any) -> tuple[int, ...]:
        return tuple(image[point[1], point[0]].tolist())

    assert color(animals, head) == color(animals, thorax) != color(animals, other)
    assert color(parts, head) == color(parts, other) != color(parts, thorax)


def test_a_palette_has_other_colors(draw: Draw) -> None:
    assert (draw(palette="viridis") != draw()).any()


@pytest.mark.parametrize(
    ("style", "message"),
    [
        ({"palette": "viridi"}, "must be one of standard, .* got 'viridi'; did you mean 'viridis'"),
        ({"scale": 0}, "must be above 0 and below 1000, got 0"),
        ({"background": "pink"}, "must be one of video, black, white, gray, got 'pink'"),
    ],
)
def test_a_wrong_style_is_refused(style: dict[str, Any], message: str, draw: Draw) -> None:
    with pytest.raises(RenderingError, match=message):
        draw(**style)


def test_a_cut_of_width_and_height_follows_the_middle_of_the_animals() -> None:
    cut = Cut("20,10", (48, 80))

    assert cut.of([Animal((30, 20), (40, 30)), Animal((50, 24), (np.nan, np.nan))]) == (
        30,
        20,
        50,
        30,
    )


def test_it_stays_within_the_frame_and_where_it_was_without_animals() -> None:
    cut = Cut("20,10", (48, 80))

    assert cut.of([]) == (30, 19, 50, 29)  # the middle of the frame
    assert cut.of([Animal((79, 47))]) == (60, 38, 80, 48)
    assert cut.of([]) == (60, 38, 80, 48)
    assert Cut("200,100", (48, 80)).of([Animal((0, 0))]) == (0, 0, 80, 48)


def test_avi_shows_every_frame_in_order(
    poses: Callable[..., Path], tmp_path: Path, images_of: Callable[[Path], Any]
) -> None:
    path = poses()

    films = [poise_workflows.render(path, tmp_path / f"a{end}").output for end in (".avi", ".mp4")]

    avi, mp4 = (images_of(film).astype(int) for film in films)
    assert avi.shape == mp4.shape
    assert abs(avi - mp4).mean() < 2
    assert [film.stat().st_size > 0 for film in films] == [True, True]

"""What a picture shows, looked for in its pixels."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from poise import Instances, Output, Skeleton
from poise_workflows.frames.labeled import LabeledFrame
from poise_workflows.previewing.drawing import picture
from poise_workflows.previewing.styles import color_of
from poise_workflows.previewing.views import Outcome, View

pytest.importorskip("matplotlib")

OUTPUT = Output(
    name="cells", layer_name="Cells", stride=2, channels=2, build=lambda features, suffix: features
)
FRAME = LabeledFrame(
    image=np.full((80, 100), 90, np.uint8),
    size=(80, 100),
    points=np.array([[[10, 20], [40, 20]], [[60, 60], [90, 60]]], np.float32),
    skeleton=Skeleton(["head", "tail"], [("head", "tail")]),
    classes=("female", None),
    class_names=("female",),
    title="made up",
)


def decoded_of(points: Any) -> Instances:
    array = np.array(points, np.float32).reshape(1, -1, 2, 2)
    return Instances(
        points=array,
        point_scores=np.ones(array.shape[:3], np.float32),
        instance_scores=np.ones(array.shape[:2], np.float32),
        counts=np.array([array.shape[1]]),
        parts=("head", "tail"),
    )


def outcome_of(frame: LabeledFrame, points: Any, peak: float = 1.0) -> Outcome:
    """A map whose highest value is in the cell of pixel (40, 20)."""
    maps = np.zeros((1, 40, 50, 2), np.float32)
    maps[0, 10, 20, 1] = peak
    return Outcome.of(frame, {"cells": maps}, decoded_of(points))


class Drawn:
    """The pixels of a picture, found by the coordinates of its panels."""

    def __init__(self, *views: View) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        self.figure: Any = picture(views, [OUTPUT], "title")
        canvas = FigureCanvasAgg(self.figure)
        canvas.draw()
        self.pixels = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
        self.panels = [axis for axis in self.figure.axes if axis.axison]

    def color_at(self, panel: int, x: float, y: float) -> tuple[int, ...]:
        column, up = self.panels[panel].transData.transform((x, y))
        row = self.pixels.shape[0] - 1 - up
        return tuple(self.pixels[round(row), round(column)].tolist())

    def texts(self, panel: int) -> list[str]:
        return [text.get_text() for text in self.panels[panel].texts]

    def legend(self) -> list[str]:
        (legend,) = self.figure.legends
        return [text.get_text() for text in legend.get_texts()]


def rgb(color: Any) -> tuple[int, ...]:
    from matplotlib.colors import to_rgb

    return tuple(round(255 * value) for value in to_rgb(color))


def is_near(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    return bool(np.abs(np.subtract(first, second)).max() <= 12)


def test_a_decoded_animal_has_the_color_of_the_labeled_one_although_it_comes_later() -> None:
    later = [[[60, 66], [90, 66]], [[10, 26], [40, 26]]]
    drawn = Drawn(View(frame=FRAME, targets=outcome_of(FRAME, later)))
    labels, _, decoded = range(3)

    for animal, (x, y) in enumerate([(25, 20), (75, 60)]):
        assert is_near(drawn.color_at(labels, x, y), rgb(color_of(animal)))
        assert is_near(drawn.color_at(decoded, x, y + 6), rgb(color_of(animal)))
        # Labels have no edges there, so that what is off shows.
        assert is_near(drawn.color_at(decoded, x, y), (90, 90, 90))
    assert is_near(drawn.color_at(labels, 50, 40), (90, 90, 90))


def test_what_matches_no_label_is_white_and_said_in_the_legend() -> None:
    spurious = [[[10, 20], [40, 20]], [[60, 20], [90, 20]]]
    drawn = Drawn(View(frame=FRAME, targets=outcome_of(FRAME, spurious)))

    assert is_near(drawn.color_at(2, 75, 20), (255, 255, 255))
    assert drawn.legend() == [
        "labeled",
        "decoded",
        "decoded, matches no label",
        "animal 0, female",
        "animal 1",
    ]
    assert drawn.panels[2].get_title() == "decoded: 2, labeled: 2"


def test_the_parts_of_an_animal_are_named_beside_its_points() -> None:
    drawn = Drawn(View(frame=FRAME, targets=outcome_of(FRAME, [])))

    assert drawn.texts(0) == ["head", "tail"]
    head, tail = (text.get_window_extent() for text in drawn.panels[0].texts)
    points = drawn.panels[0].transData.transform(FRAME.points[0])
    assert points[0][0] - 100 < head.x1 < points[0][0]
    assert points[1][0] < tail.x0 < points[1][0] + 100


def test_a_frame_without_an_image_says_why() -> None:
    frame = attrs.evolve(FRAME, image=None, no_image="gone.mp4 cannot be read")
    drawn = Drawn(View(frame=frame, targets=outcome_of(frame, [])))

    assert drawn.texts(0)[0] == "no image: gone.mp4 cannot be read"
    box = drawn.panels[0].texts[0].get_window_extent()
    height = drawn.pixels.shape[0]
    words = drawn.pixels[height - round(box.y1) : height - round(box.y0), round(box.x0) :]
    assert (words[:, : round(box.width)] < 60).all(axis=-1).mean() > 0.05
    assert is_near(drawn.color_at(0, 50, 40), rgb("0.88"))
    assert "no image: gone.mp4 cannot be read" not in Drawn(
        View(frame=FRAME, targets=outcome_of(FRAME, []))
    ).texts(0)


def test_predictions_are_below_targets_on_the_same_scale() -> None:
    from matplotlib import colormaps

    exact, off = FRAME.points.tolist(), (FRAME.points + [0, 6]).tolist()
    view = View(
        frame=FRAME,
        targets=outcome_of(FRAME, exact),
        predictions=outcome_of(FRAME, off, peak=0.5),
    )
    drawn = Drawn(view)

    assert len(drawn.panels) == 6
    for panel, peak in ((1, 1.0), (4, 0.5)):
        # Beside the dot of the labeled part.
        assert is_near(drawn.color_at(panel, 40.7, 20.7), rgb(colormaps["magma"](peak)[:3]))
        assert is_near(drawn.color_at(panel, 50, 40), rgb(colormaps["magma"](0)[:3]))
    assert [axis.get_title() for axis in drawn.panels[1::3]] == [
        "target cells: up to 1",
        "predicted cells: up to 0.5",
    ]
    assert is_near(drawn.color_at(2, 25, 20), rgb(color_of(0)))
    assert is_near(drawn.color_at(5, 25, 26), rgb(color_of(0)))


def test_each_of_several_frames_has_its_row() -> None:
    second = attrs.evolve(FRAME, image=np.full((80, 100), 200, np.uint8), title="second")
    drawn = Drawn(*(View(frame=frame, targets=outcome_of(frame, [])) for frame in (FRAME, second)))

    assert [axis.get_title() for axis in drawn.panels[::3]] == ["made up: labels", "second: labels"]
    assert is_near(drawn.color_at(0, 50, 40), (90, 90, 90))
    assert is_near(drawn.color_at(3, 50, 40), (200, 200, 200))
    assert drawn.legend()[2:] == ["animal 0", "animal 1"]


def test_an_animal_outside_of_a_crop_is_not_in_the_legend() -> None:
    crop = attrs.evolve(FRAME, image=FRAME.image[:40, :50], size=(40, 50))  # type: ignore[index]
    drawn = Drawn(View(frame=crop, targets=outcome_of(crop, [])))

    assert drawn.legend()[2:] == ["animal 0, female"]

"""Curves have a point for each epoch, and say in words what they show."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest

from poise_workflows.reporting.curves import HEIGHT, MOST, WIDTH, Line, chart, lines_of

ROWS = [
    {"epoch": 0, "loss": 4.0, "val_loss": 5.0, "a_loss": 1.0, "val_a_loss": 2.0},
    {"epoch": 1, "loss": 2.0, "val_loss": 3.0, "a_loss": 0.5, "val_a_loss": 1.0},
]


def points_of(figure: Any) -> list[list[tuple[float, float]]]:
    return [
        [tuple(map(float, pair.split(","))) for pair in line.get("points").split()]
        for line in figure.iter("polyline")
    ]


def test_what_is_logged_of_training_and_validation_is_in_one_chart() -> None:
    rows = [{**row, "learning_rate": 0.1, "extra": 1.0} for row in ROWS]

    charts = lines_of(rows)

    names = {title: [line.name for line in lines] for title, lines in charts.items()}
    assert names == {
        "loss": ["training", "validation"],
        "a_loss": ["training", "validation"],
        "extra": ["extra"],
        "learning_rate": ["learning_rate"],
    }
    titles = list(charts)
    assert (titles[0], titles[-1]) == ("loss", "learning_rate")
    assert charts["loss"][1].points == [(1, 5.0), (2, 3.0)]


@pytest.mark.parametrize("values", [[1.0], [3.0, 2.0, 1.0], [1e-6, 1e3], [0.0, 0.0], [-5.0, 5.0]])
def test_every_epoch_has_a_point_within_the_chart(values: list[float]) -> None:
    (line,) = points_of(chart("loss", [Line(name="training", points=list(enumerate(values, 1)))]))

    assert len(line) == len(values)
    for x, y in line:
        assert 0 < x < WIDTH
        assert 0 < y < HEIGHT
    heights = [y for _, y in line]
    assert [after < before for before, after in pairwise(heights)] == [
        after > before for before, after in pairwise(values)
    ]


def test_a_value_that_is_no_number_is_a_gap() -> None:
    line = Line(name="training", points=[(1, 1.0), (2, math.nan), (3, 2.0), (4, math.inf)])

    assert [len(stretch) for stretch in points_of(chart("loss", [line]))] == [1, 1]


def test_a_chart_without_a_number_says_so() -> None:
    figure = chart("loss", [Line(name="training", points=[(1, math.nan)])])

    assert "".join(figure.itertext()) == "loss: no numbers"


def test_a_long_log_is_thinned_to_its_ends() -> None:
    line = Line(name="training", points=[(epoch, 1 / epoch) for epoch in range(1, 5001)])

    (drawn,) = points_of(chart("loss", [line]))

    assert len(drawn) == MOST
    (whole,) = points_of(chart("loss", [Line(name="", points=[line.points[0], line.points[-1]])]))
    assert [drawn[0], drawn[-1]] == whole


def test_a_chart_says_in_words_what_it_shows() -> None:
    figure = chart("loss", lines_of(ROWS)["loss"], best=2)

    (svg,) = figure.iter("svg")
    words = "loss: training from 4 to 2; validation from 5 to 3."
    assert svg.get("aria-label") == words
    assert "".join(figure.find("figcaption").itertext()) == words


def test_axes_have_round_numbers() -> None:
    line = Line(name="x", points=[(epoch, 0.1 + 0.01 * epoch) for epoch in range(1, 31)])
    texts = [text.text for text in chart("loss", [line]).iter("text")]

    assert texts == ["0", "0.1", "0.2", "0.3", "0.4", "1", "10", "20", "30", "x"]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1.9e-4, 1.905e-4], ["1.9e-4", "1.902e-4", "1.904e-4", "1.906e-4"]),
        ([0.11136, 0.1114], ["0.11136", "0.11137", "0.11138", "0.11139", "0.1114"]),
        ([1e-7, 1e-1], ["1e-7", "1e-5", "0.001", "0.1"]),
        ([20_000.0, 90_000.0], ["0", "5e4", "1e5"]),
        ([0.0, 0.0], ["0"]),
    ],
)
def test_axes_have_as_many_digits_as_tell_their_numbers_apart(
    values: list[float], texts: list[str]
) -> None:
    line = Line(name="x", points=list(enumerate(values, 1)))
    seen = [
        text.text for text in chart("loss", [line]).iter("text") if text.get("text-anchor") == "end"
    ]

    assert seen == texts

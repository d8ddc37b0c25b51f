"""A diagram has a box for every segment, as deep as its stride."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

from poise.sphinx.diagram import diagram
from poise.sphinx.facts import Facts, Segment

SVG = "{http://www.w3.org/2000/svg}"


def network(*strides: int, skip: tuple[int, int] | None = None) -> Facts:
    segments = [Segment(stride=1, channels=1, layers=0, parameters=0)]
    for index, stride in enumerate(strides):
        sources = {index, skip[0]} if skip and skip[1] == index + 1 else {index}
        segments.append(
            Segment(
                stride=stride,
                channels=8 * stride,
                layers=1,
                parameters=1000,
                sources=tuple(sorted(sources)),
                offered=stride == 1,
            )
        )
    return Facts(
        configuration=None, parameters=1000, channels=1, stacks=1, segments=tuple(segments)
    )


def drawn(facts: Facts, title: str = "a network") -> ElementTree.Element:
    return ElementTree.fromstring(diagram(facts, title))


def test_there_is_a_box_for_every_segment_and_it_says_its_channels() -> None:
    boxes = drawn(network(1, 2, 4)).findall(f"{SVG}g")

    assert [box.find(f"{SVG}text").text for box in boxes] == ["image", "8", "16", "32"]
    assert [box.get("class") for box in boxes] == ["image", "offered", "inner", "inner"]


def test_coarser_is_lower_and_later_is_further_right() -> None:
    boxes = [box.find(f"{SVG}rect") for box in drawn(network(1, 2, 4, 2)).findall(f"{SVG}g")]
    x, y = ([float(box.get(axis)) for box in boxes] for axis in "xy")

    assert x == sorted(set(x))
    assert y[0] == y[1] < y[2] == y[4] < y[3]


def test_what_skips_others_is_drawn_apart() -> None:
    paths = drawn(network(1, 2, 1, skip=(1, 3))).findall(f"{SVG}path")

    assert sorted(path.get("class") for path in paths) == ["flow", "flow", "flow", "skip"]


def test_everything_is_inside_of_the_picture() -> None:
    root = drawn(network(1, 2, 4, 8, 4, 2, 1, skip=(1, 7)))
    width, height = float(root.get("width")), float(root.get("height"))

    for box in root.iter(f"{SVG}rect"):
        assert 0 <= float(box.get("x")) <= width - float(box.get("width"))
        assert 0 <= float(box.get("y")) <= height - float(box.get("height"))


def test_names_cannot_break_out_of_the_markup() -> None:
    assert drawn(network(1), "<script>&").find(f"{SVG}title").text == "<script>&"


def test_a_long_network_is_as_wide_as_a_page_and_keeps_its_boxes_apart() -> None:
    image = drawn(network(*[1, 2, 4, 2] * 7))

    assert float(image.get("width") or 0) <= 736
    places = [
        (float(box.get("x") or 0), float(box.get("width") or 0)) for box in image.iter(f"{SVG}rect")
    ]
    assert len(places) == 29
    for (x, width), (after, _) in pairwise(places):
        assert x + width + 3 <= after
    assert min(width for _, width in places) >= 16


def test_a_short_network_is_not_stretched() -> None:
    assert float(drawn(network(1, 2)).get("width") or 0) < 300

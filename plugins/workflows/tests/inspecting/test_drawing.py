"""The diagram of a network: every block, every connection, no line through a box."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from poise import Inspection
from poise.inspection.blocks import Block
from poise_workflows.inspecting.drawing import drawing
from poise_workflows.inspecting.networks import NetworkFacts
from poise_workflows.inspecting.routes import HEIGHT, WIDTH, lines_between, placed

SVG = "{http://www.w3.org/2000/svg}"


def block(name: str, stride: int, *sources: int, outputs: tuple[str, ...] = ()) -> Block:
    return Block(
        name=name,
        stride=stride,
        layers=(name,),
        with_weights=1,
        shape=(64 // stride, 64 // stride, 8),
        parameters=1234567 * bool(sources),
        operations=10**9,
        bytes=1,
        receptive_field=(7, 7),
        sources=sources,
        outputs=outputs,
    )


U_SHAPED = (
    block("image", 1),
    block("enc", 1, 0),
    block("enc", 2, 1),
    block("enc & <more>", 4, 2),
    block("dec", 2, 2, 3),
    block("dec", 1, 1, 4),
    block("confmaps", 1, 5, outputs=("confmaps",)),
    block("offsets of a long name", 1, 5, outputs=("offsets",)),
)
ONE_ROW = (block("image", 1), block("a", 1, 0), *(block("a", 1, 0, each) for each in (1, 2, 3)))


def facts(blocks: tuple[Block, ...]) -> NetworkFacts:
    costs = Inspection(
        image=(64, 64),
        parameters=12,
        trainable=12,
        operations=10**9,
        weight_bytes=48,
        training_bytes=4,
        inference_bytes=4,
        trainable_bytes=48,
        kept_bytes=4,
        gradient_bytes=4,
        receptive_fields={"confmaps": (7, 7), "offsets": None},
        layers=(),
    )
    return NetworkFacts(
        source="a",
        read_from=Path("a.json"),
        backbone="<unet>",
        head="centroid",
        edition="2026",
        image=(64, 64, 1),
        image_from="",
        batch_size=1,
        inspection=costs,
        blocks=blocks,
    )


def test_every_block_is_a_box_with_its_words() -> None:
    svg = ET.fromstring(drawing(facts(U_SHAPED)))

    boxes = svg.findall(f"{SVG}g")
    assert [box.find(f"{SVG}text").text for box in boxes] == [  # type: ignore[union-attr]
        *("image", "enc", "enc", "enc & <more>", "dec", "dec", "confmaps", "offsets of a lon…")
    ]
    assert [box.get("class") for box in boxes] == ["image", *["inner"] * 5, *["output"] * 2]
    assert "offsets of a long name: 1 layer, " in boxes[-1].find(f"{SVG}title").text  # type: ignore[union-attr,operator]


def test_it_stands_alone_and_follows_light_and_dark() -> None:
    markup = drawing(facts(U_SHAPED))

    assert "prefers-color-scheme: dark" in markup
    assert re.findall(r"(?:href|src|@import|url\()[^)]*", markup) == ["url(#arrow"] * markup.count(
        "url("
    )


@pytest.mark.parametrize("blocks", [U_SHAPED, ONE_ROW])
def test_every_connection_is_a_line_from_one_box_to_the_other(blocks: tuple[Block, ...]) -> None:
    boxes = placed(blocks)
    lines = list(lines_between(boxes))

    ends = [(source, target) for target, each in enumerate(blocks) for source in each.sources]
    assert len(lines) == len(ends)
    for line, (source, target) in zip(lines, ends, strict=True):
        (first_x, first_y), (last_x, last_y) = line.corners[0], line.corners[-1]
        assert first_x == boxes[source].x + WIDTH
        assert last_x == boxes[target].x
        assert boxes[source].y < first_y < boxes[source].y + HEIGHT
        assert boxes[target].y < last_y < boxes[target].y + HEIGHT
        assert line.skips == (source != target - 1)


@pytest.mark.parametrize("blocks", [U_SHAPED, ONE_ROW])
def test_no_line_goes_through_a_box(blocks: tuple[Block, ...]) -> None:
    boxes = placed(blocks)

    for line in lines_between(boxes):
        for (x0, y0), (x1, y1) in zip(line.corners, line.corners[1:], strict=False):
            assert x0 == x1 or y0 == y1
            for box in boxes:
                is_beside = max(x0, x1) <= box.x or min(x0, x1) >= box.x + WIDTH
                is_above = max(y0, y1) <= box.y or min(y0, y1) >= box.y + HEIGHT
                assert is_beside or is_above, (line, box.block.name)

"""Where the boxes of a diagram stand, and which way its lines go around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from poise.inspection.blocks import Block

COLUMN, ROW = 144, 88
"""Pixels from one box to the next, and from one stride to the next."""
WIDTH, HEIGHT = 116, 56
"""Of a box, in pixels."""
LEFT, TOP = 84, 92
"""Where the first box stands, in pixels."""
LANES, STEP = 4, 5
"""How many lines lie side by side between two boxes, and their distance in pixels."""


@attrs.frozen
class Box:
    """A block and the corner of its box at the top left, in pixels."""

    block: Block
    x: int
    y: int


@attrs.frozen
class Line:
    """A line from a box to the one that uses its features.

    Attributes:
        corners: the points that it goes through.
        skips: whether it passes other boxes.
    """

    corners: tuple[tuple[int, int], ...]
    skips: bool


def placed(blocks: Sequence[Block]) -> list[Box]:
    """Boxes from left to right in the order of computation, in rows of one stride."""
    row = {stride: index for index, stride in enumerate(strides_of(blocks))}
    return [
        Box(block, LEFT + column * COLUMN, TOP + row[block.stride] * ROW)
        for column, block in enumerate(blocks)
    ]


def strides_of(blocks: Sequence[Block]) -> list[int]:
    """Every stride once, the finest first."""
    return sorted({block.stride for block in blocks})


def lines_between(boxes: Sequence[Box]) -> Iterator[Line]:
    """The lines of a network, each around the boxes between its ends."""
    lane = 0
    for target, box in enumerate(boxes):
        for source in box.block.sources:
            if source == target - 1:
                yield Line(_step(boxes[source], box), skips=False)
            else:
                between = boxes[source + 1 : target]
                yield Line(_around(boxes[source], box, between, lane % LANES), skips=True)
                lane += 1


def _step(start: Box, end: Box) -> tuple[tuple[int, int], ...]:
    right, middle = start.x + WIDTH, (start.x + WIDTH + end.x) // 2
    above, below = start.y + HEIGHT // 2, end.y + HEIGHT // 2
    if above == below:
        return (right, above), (end.x, below)
    return (right, above), (middle, above), (middle, below), (end.x, below)


def _around(start: Box, end: Box, between: Sequence[Box], lane: int) -> tuple[tuple[int, int], ...]:
    """Along the row of the start if it is free, else above it, and then to the end."""
    right, offset = start.x + WIDTH, STEP * (lane + 1)
    # Beside the middle of a box, where the line of a single step begins and ends.
    middle = HEIGHT // 2
    leave, arrive = start.y + middle + offset // 2 + 3, end.y + middle + offset // 2 + 3
    before = end.x - offset
    if all(box.y != start.y for box in between):
        if start.y == end.y:
            return (right, leave), (end.x, leave)
        return (right, leave), (before, leave), (before, arrive), (end.x, arrive)
    above, after = start.y - offset, right + offset
    return (
        *((right, leave), (after, leave), (after, above)),
        *((before, above), (before, arrive), (end.x, arrive)),
    )

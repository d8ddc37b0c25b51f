"""A network as an SVG drawing that stands alone: boxes in rows of strides, and lines.

Its colors follow the reader's preference for light or dark, and its text can be selected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from poise.inspection.blocks import Block
from poise.messages import counted
from poise_workflows.inspecting.networks import NetworkFacts
from poise_workflows.inspecting.routes import (
    COLUMN,
    HEIGHT,
    LEFT,
    ROW,
    TOP,
    WIDTH,
    Box,
    Line,
    lines_between,
    placed,
    strides_of,
)
from poise_workflows.inspecting.saying import billions, sizes

NARROWEST = 760
"""Pixels that the words above the network need."""

NAME = 17
"""Characters of a name that fit in a box."""

MANY = 10_000_000
"""From here on, weights are counted in millions, so that the number fits in a box."""

STYLE = """
:root { --page: #fff; --text: #1c2330; --faint: #5d6675; --grid: #e3e6eb; --line: #5d6675;
  --skip: #8a5a00; --inner: #e8eefb; --edge: #5b78b8; --output: #fde9c8; --output-edge: #a86b00;
  --image: #eef0f2; --image-edge: #8a929e; }
@media (prefers-color-scheme: dark) { :root { --page: #14181f; --text: #e8ebf0; --faint: #a3acba;
  --grid: #2b323d; --line: #97a1b0; --skip: #e0aa4f; --inner: #22304d; --edge: #7f9ddd;
  --output: #4a3511; --output-edge: #e0aa4f; --image: #262c35; --image-edge: #7d8795; } }
svg { background: var(--page); }
text { font: 12px system-ui, sans-serif; fill: var(--text); text-anchor: middle; }
text.title { font-size: 16px; font-weight: 600; text-anchor: start; }
text.facts { text-anchor: start; }
text.facts, text.stride, text.cost { fill: var(--faint); }
text.stride { text-anchor: end; }
text.cost { font-size: 11px; }
rect { fill: var(--inner); stroke: var(--edge); }
rect.page { fill: var(--page); stroke: none; }
.output rect { fill: var(--output); stroke: var(--output-edge); }
.image rect { fill: var(--image); stroke: var(--image-edge); }
.grid { stroke: var(--grid); }
path { fill: none; stroke: var(--line); stroke-width: 1.5; }
path.skip { stroke: var(--skip); stroke-dasharray: 5 3; }
marker path { fill: var(--line); stroke: none; }
"""

ARROW = (
    '<marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="6" markerHeight="6" '
    'orient="auto"><path d="M0,0L8,4L0,8Z"/></marker>'
)


def drawing(facts: NetworkFacts) -> str:
    """SVG markup of a network.

    Args:
        facts: the network.
    """
    boxes = placed(facts.blocks)
    strides = strides_of(facts.blocks)
    width = max(NARROWEST, LEFT + len(boxes) * COLUMN)
    height = TOP + len(strides) * ROW
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    title = f"{facts.backbone} with {facts.head}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        f"<defs>{ARROW}</defs>",
        f'<rect class="page" width="{width}" height="{height}"/>',
        f'<text class="title" x="16" y="30">{escape(title)}</text>',
        f'<text class="facts" x="16" y="52">{escape(_words(facts))}</text>',
        *_scale(strides, width),
        *map(_path, lines_between(boxes)),
        *map(_box, boxes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _words(facts: NetworkFacts) -> str:
    costs = facts.inspection
    fields = (
        f"{name} sees {'the whole image' if field is None else f'{sizes(field)} pixels'}"
        for name, field in costs.receptive_fields.items()
    )
    return "; ".join(
        [
            f"{sizes(facts.image)} pixels, {costs.parameters:,} parameters",
            f"{billions(costs.operations)} billion FLOPs",
            *fields,
        ]
    )


def _scale(strides: Sequence[int], width: int) -> Iterator[str]:
    for row, stride in enumerate(strides):
        y = TOP + row * ROW + HEIGHT // 2
        yield f'<line class="grid" x1="{LEFT - 12}" x2="{width}" y1="{y}" y2="{y}"/>'
        words = f"stride {stride}"
        yield f'<text class="stride" x="{LEFT - 18}" y="{y + 4}">{words}</text>'


def _path(line: Line) -> str:
    course = "M" + "L".join(f"{x},{y}" for x, y in line.corners)
    kind = "skip" if line.skips else "flow"
    return f'<path class="{kind}" marker-end="url(#arrow)" d="{course}"/>'


def _box(box: Box) -> str:
    block = box.block
    kind = "output" if block.outputs else "inner" if block.sources else "image"
    name = block.name if len(block.name) <= NAME else f"{block.name[: NAME - 1]}…"
    middle = box.x + WIDTH // 2
    return (
        f'<g class="{kind}"><title>{escape(_about(block))}</title>'
        f'<rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{HEIGHT}" rx="5"/>'
        f'<text x="{middle}" y="{box.y + 17}">{escape(name)}</text>'
        f'<text x="{middle}" y="{box.y + 33}">{sizes(block.shape)}</text>'
        f'<text class="cost" x="{middle}" y="{box.y + 48}">{_cost(block)}</text></g>'
    )


def _cost(block: Block) -> str:
    if not block.parameters:
        return ""
    count = block.parameters
    return f"{count:,} weights" if count < MANY else f"{count / 1e6:.1f} M weights"


def _about(block: Block) -> str:
    field = block.receptive_field
    seen = "the whole image" if field is None else f"{sizes(field)} pixels"
    return (
        f"{block.name}: {counted(len(block.layers), 'layer')}, {block.parameters:,} parameters, "
        f"{billions(block.operations)} billion FLOPs; sees {seen}"
    )

"""The part of a network that a layer belongs to, read from its name."""

from __future__ import annotations

import re
from collections.abc import Collection

_PART = re.compile(r"(stack\d+)_([A-Za-z]+)|[A-Za-z]+\d*")
"""A layer's name begins with its part: ``stack0_enc2_…``, ``stem1_…``, ``conv3_block1_…``."""


def part_of(layer_name: str, heads: Collection[str] = ()) -> str:
    """The part of the network that a layer belongs to, by its name.

    Args:
        layer_name: as SLEAP 1.4 names layers.
        heads: the names of output layers; each of them is a part.
    """
    for head in heads:
        if layer_name.startswith(head):
            return head
    match = _PART.match(layer_name)
    if match is None:
        return layer_name
    return " ".join(match.groups()) if match.group(1) else match.group()

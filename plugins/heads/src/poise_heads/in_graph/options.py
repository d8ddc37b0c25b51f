"""What decoding within a graph has besides the options of decoders: how many animals fit."""

from __future__ import annotations

from typing import Any

from poise_heads.confmaps.refinement import chosen_refinement
from poise_heads.decoding.options import check

ANIMALS = 20
"""For how many animals of an image a graph has room, unless ``max_instances`` says otherwise."""


def checked_refinement(config: Any, threshold: float, refinement: str | None, patch: int) -> str:
    """The refinement that the options mean for confidence maps of a configuration.

    Raises:
        DecodeError: an option is out of its domain.
    """
    check(threshold=threshold)
    return chosen_refinement(refinement, patch, bool(config.offset_refinement))

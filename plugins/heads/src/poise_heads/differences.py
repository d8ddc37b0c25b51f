"""Where SLEAP 1.4 and its documentation differ about heads."""

from __future__ import annotations

from typing import Any

import attrs

from poise.editions import Difference


def _coarser_than_the_image(config: Any) -> bool:
    return bool(config.output_stride > 1)


def _anchor_is_named(config: Any) -> bool:
    return config.anchor_part is not None


SIGMA_IN_GRID_CELLS = Difference(
    name="sigma_in_grid_cells",
    sleap="sigma of confidence and class maps is multiplied by the output stride: it is in "
    "grid cells",
    documented="sigma of confidence and class maps is in input pixels at every stride",
    path="sigma",
    touches=_coarser_than_the_image,
)

ANCHOR_PART_UNUSED = Difference(
    name="anchor_part_unused",
    sleap="anchor_part is not read; data.instance_cropping.center_on_part is the anchor",
    documented="anchor_part is the anchor, and must be a part of the skeleton",
    path="anchor_part",
    touches=_anchor_is_named,
)

# Whether a name is unknown shows only beside a skeleton, which a configuration has not: so
# this entry never says by itself that it touches one.
UNKNOWN_NAMES_ACCEPTED = Difference(
    name="unknown_names_accepted",
    sleap="names that exist nowhere, and edges to parts without a map, only add channels",
    documented="part_names and edges must be of the skeleton, classes of the given classes, "
    "and edges must join parts that have a map",
)


def under(section: str, difference: Difference) -> Difference:
    """The same entry for a head that has the configuration as one of its sections."""
    return attrs.evolve(
        difference,
        path=f"{section}.{difference.path}",
        touches=lambda config: difference.touches(getattr(config, section)),
    )

"""Where SLEAP 1.4 and its documentation differ about heads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from poise.editions import SLEAP, Difference, Edition

if TYPE_CHECKING:
    from poise.job.sections import JobRecord


def _coarser_than_the_image(config: Any) -> bool:
    return bool(config.output_stride > 1)


def _anchor_is_named(config: Any) -> bool:
    return config.anchor_part is not None


def _has_edges_off_the_tree(config: Any) -> bool:
    from poise_heads.edge_order import breadth_first

    edges = config.pafs.edges
    return edges is not None and len(breadth_first(edges).tree_of_first_root) < len(edges)


def _is_refined(config: Any) -> bool:
    return bool(config.offset_refinement)


def _always(config: Any) -> bool:
    return True


def _sigma_in_the_other_unit(config: Any, edition: Edition, job: JobRecord | None) -> Any:
    stride = config.output_stride
    factor = 1 / stride if edition == SLEAP else stride
    return attrs.evolve(config, sigma=config.sigma * factor)


PROFILE_RATIO = 0.8506334
"""The spread in pixels of the profile exp(-d² / (2·r²)) nearest to exp(-d⁴ / 2).

It minimizes the integral of the squared difference of the two over all distances d; see
``tests/test_conversion.py``.
"""


def _paf_sigma_in_the_other_unit(config: Any, edition: Edition, job: JobRecord | None) -> Any:
    there, back = (config.sigma / PROFILE_RATIO) ** 2, PROFILE_RATIO * config.sigma**0.5
    # Six digits suffice, and bring 75 back as 75.
    return attrs.evolve(config, sigma=float(f"{there if edition == SLEAP else back:.6g}"))


def _anchor_of_the_job(config: Any, edition: Edition, job: JobRecord | None) -> Any:
    # Towards SLEAP, the job would have to change.
    if edition == SLEAP or job is None:
        return None
    return attrs.evolve(config, anchor_part=job.cropping.center_on_part)


SIGMA_IN_GRID_CELLS = Difference(
    name="sigma_in_grid_cells",
    sleap="sigma of confidence and class maps is multiplied by the output stride: it is in "
    "grid cells",
    documented="sigma of confidence and class maps is in input pixels at every stride",
    path="sigma",
    touches=_coarser_than_the_image,
    convert=_sigma_in_the_other_unit,
)

ANCHOR_PART_UNUSED = Difference(
    name="anchor_part_unused",
    sleap="anchor_part is not read; data.instance_cropping.center_on_part is the anchor",
    documented="anchor_part is the anchor, and must be a part of the skeleton",
    path="anchor_part",
    touches=_anchor_is_named,
    convert=_anchor_of_the_job,
)

OUTSIDE_BY_LAST_CELL = Difference(
    name="outside_by_last_cell",
    sleap="targets for all animals leave out any animal without a part strictly between the first "
    "and the last cell of the grid, so parts at 0 and in the last stride pixels count as "
    "outside; class maps leave out parts instead of animals",
    documented="targets for all animals leave out any animal that has no part in the image",
    path="output_stride",
    touches=_coarser_than_the_image,
)

OFFSETS_SUMMED = Difference(
    name="offsets_summed",
    sleap="where parts of several animals are near a cell, its target is the sum of their offsets",
    documented="where parts of several animals are near a cell, its target is the offset to the "
    "nearest",
    path="offset_refinement",
    touches=_is_refined,
)

PAF_SIGMA_IN_SQUARE_PIXELS = Difference(
    name="paf_sigma_in_square_pixels",
    sleap="a squared distance is squared again: fields have the length exp(-d⁴ / (2·sigma²)) at "
    "d pixels from the edge, so sigma is in square pixels",
    documented="fields have the length exp(-d² / (2·sigma²)) at d pixels from the edge, so "
    "sigma is in pixels, at every stride",
    path="sigma",
    touches=_always,
    convert=_paf_sigma_in_the_other_unit,
)

CLASS_MAPS_SHARED = Difference(
    name="class_maps_shared",
    sleap="the target of a class is its animal's part of the sum of all animals' confidences, "
    "and below 1 wherever another animal has any",
    documented="the target is binary: 1 for the class of the nearest animal, 0 for the others",
    path="classes",
    touches=_always,
)

# A configuration alone cannot show whether a name is unknown, because it has no skeleton: this
# entry never reports that it touches one.
UNKNOWN_NAMES_ACCEPTED = Difference(
    name="unknown_names_accepted",
    sleap="names that exist nowhere, and edges to parts without a map, only add channels",
    documented="part_names and edges must be in the skeleton, classes among those of the model, "
    "and edges must join parts that have a map",
)

# Decoding. Most of these depend on the predictions, not on the configuration: they never report
# that they touch one.
TIED_GLOBAL_PEAKS = Difference(
    name="tied_global_peaks",
    sleap="the row and the column of a map's highest cell are searched separately: two equally "
    "high cells may give the row of one and the column of the other, and the part is lost",
    documented="the highest cell is the peak; of equally high cells, the first",
    path="output_stride",
)

PLATEAUS_WITHOUT_PEAK = Difference(
    name="plateaus_without_peak",
    sleap="a local peak is higher than all of its neighbors: a part halfway between two "
    "cells, which are equally high, is missed",
    documented="of equally high neighboring cells, the first is the peak",
    path="output_stride",
)

PATCH_FILLED_WITH_ZEROS = Difference(
    name="patch_filled_with_zeros",
    sleap="around a peak at the border, refinement reads zeros outside the map, which "
    "pull the point inwards; values below zero take part in integral refinement",
    documented="at the border the patch shrinks around the peak; values below zero count as zero",
    path="output_stride",
)

UNKNOWN_REFINEMENT_IGNORED = Difference(
    name="unknown_refinement_ignored",
    sleap="an unknown refinement means none",
    documented="an unknown refinement is refused",
)

OFFSETS_ALWAYS_USED = Difference(
    name="offsets_always_used",
    sleap="a model that predicts offsets is refined by them, whichever refinement is requested",
    documented="decoding uses the requested refinement, or offsets if none is requested",
    path="offset_refinement",
)

VALUES_BELOW_THRESHOLD = Difference(
    name="values_below_threshold",
    sleap="the value of a part whose peak is below the threshold is kept beside its missing "
    "point, and counts in the score of the animal",
    documented="a missing part has no score",
)

SCORE_OF_FIRST_STAGE = Difference(
    name="score_of_first_stage",
    sleap="the score of an animal in a crop is the value of its centroid, whatever the second "
    "stage finds",
    documented="it is the sum of its parts' scores, times the score of its centroid if decoding "
    "is given the first stage's scores",
)

SCORES_OF_OTHER_CROPS = Difference(
    name="scores_of_other_crops",
    sleap="animals in the order of their classes have the values of the centroids in the order of "
    "detection, so a score can be another animal's; an animal whose class has a higher number "
    "than there are centroids is left out",
    documented="every animal has the score of its crop",
)

CELLS_OUTSIDE_OF_THE_MAP = Difference(
    name="cells_outside_of_the_map",
    sleap="where a point at the right or bottom border rounds to a cell beyond the map, the "
    "program stops (on a CPU) or reads 0 (on a GPU); here it reads 0",
    documented="the nearest cell of the map is read",
)

CHANNELS_COUNT_AS_LENGTH = Difference(
    name="channels_count_as_length",
    sleap="the longest edge without a penalty is a ratio of the largest of the fields' "
    "height, width and number of channels",
    documented="it is a ratio of the larger of height and width",
    path="pafs.output_stride",
)

COINCIDING_PEAKS = Difference(
    name="coinciding_peaks",
    sleap="a pair of parts at the same place has the score NaN; if parts have no other pairing, "
    "the program stops; here such pairs are dropped",
    documented="a pair of parts at the same place has the score 0",
)

EDGES_OFF_THE_TREE = Difference(
    name="edges_off_the_tree",
    sleap="only the edges that a breadth-first search from the first root takes are used: "
    "not those of other roots, nor a second edge to a part; a cycle without a root stops the "
    "program; here the first part named is then the root",
    documented="all edges are used to group parts",
    path="pafs.edges",
    touches=_has_edges_off_the_tree,
)

MIN_INSTANCE_PEAKS_FRACTION = Difference(
    name="min_instance_peaks_fraction",
    sleap="a fractional min_instance_peaks drops no animal",
    documented="a fractional min_instance_peaks is a fraction of the number of parts",
)

_REFINING = (PATCH_FILLED_WITH_ZEROS, UNKNOWN_REFINEMENT_IGNORED, OFFSETS_ALWAYS_USED)

DECODING_ONE_ANIMAL = (TIED_GLOBAL_PEAKS, VALUES_BELOW_THRESHOLD, *_REFINING)
DECODING_CROPS = (*DECODING_ONE_ANIMAL, SCORE_OF_FIRST_STAGE)
DECODING_ALL_ANIMALS = (PLATEAUS_WITHOUT_PEAK, *_REFINING)
DECODING_FIELDS = (
    CELLS_OUTSIDE_OF_THE_MAP,
    CHANNELS_COUNT_AS_LENGTH,
    COINCIDING_PEAKS,
    EDGES_OFF_THE_TREE,
    MIN_INSTANCE_PEAKS_FRACTION,
)


def under(section: str, difference: Difference) -> Difference:
    """The same entry for a head that has the configuration as one of its sections."""
    convert = difference.convert

    def convert_section(config: Any, edition: Edition, job: JobRecord | None) -> Any:
        assert convert is not None
        inside = convert(getattr(config, section), edition, job)
        return None if inside is None else attrs.evolve(config, **{section: inside})

    return attrs.evolve(
        difference,
        path=f"{section}.{difference.path}",
        touches=lambda config: difference.touches(getattr(config, section)),
        convert=None if convert is None else convert_section,
    )

"""The six head types of SLEAP 1.4 for Poise, and the outputs that they consist of.

Other head plugins may combine these outputs: ``poise_heads.confmaps.confmaps`` and its
neighbors each return a ``poise.Output``.
"""

from __future__ import annotations

from poise.hookspecs import hookimpl
from poise.specs import HeadSpec
from poise_heads import composition, decoding, edge_order, examples
from poise_heads.config import (
    CenteredInstanceConfmapsHeadConfig,
    CentroidsHeadConfig,
    ClassMapsHeadConfig,
    ClassVectorsHeadConfig,
    MultiInstanceConfmapsHeadConfig,
    PartAffinityFieldsHeadConfig,
    SingleInstanceConfmapsHeadConfig,
)
from poise_heads.differences import (
    ANCHOR_PART_UNUSED,
    CELLS_OUTSIDE_OF_THE_MAP,
    CLASS_MAPS_SHARED,
    DECODING_ALL_ANIMALS,
    DECODING_CROPS,
    DECODING_FIELDS,
    DECODING_ONE_ANIMAL,
    OFFSETS_SUMMED,
    OUTSIDE_BY_LAST_CELL,
    PAF_SIGMA_IN_SQUARE_PIXELS,
    SCORE_OF_FIRST_STAGE,
    SCORES_OF_OTHER_CROPS,
    SIGMA_IN_GRID_CELLS,
    UNKNOWN_NAMES_ACCEPTED,
    under,
)
from poise_heads.in_graph import decoder_of
from poise_heads.joint_config import (
    MultiClassBottomUpConfig,
    MultiClassTopDownConfig,
    MultiInstanceConfig,
)
from poise_heads.naming import resolve

__all__ = [
    "CenteredInstanceConfmapsHeadConfig",
    "CentroidsHeadConfig",
    "ClassMapsHeadConfig",
    "ClassVectorsHeadConfig",
    "MultiClassBottomUpConfig",
    "MultiClassTopDownConfig",
    "MultiInstanceConfig",
    "MultiInstanceConfmapsHeadConfig",
    "PartAffinityFieldsHeadConfig",
    "SingleInstanceConfmapsHeadConfig",
]

PAPER = (
    "Pereira et al.: SLEAP: A deep learning system for multi-animal pose tracking. "
    "Nature Methods 2022. https://doi.org/10.1038/s41592-022-01426-1"
)


@hookimpl
def poise_heads() -> list[HeadSpec]:
    return [
        HeadSpec(
            key="single_instance",
            config=SingleInstanceConfmapsHeadConfig,
            outputs=composition.single_instance,
            decode=decoding.single_instance,
            decode_in_graph=decoder_of("single_instance"),
            stage="image",
            summary="Parts of the one animal in the image",
            paper=PAPER,
            differences=(SIGMA_IN_GRID_CELLS, UNKNOWN_NAMES_ACCEPTED, *DECODING_ONE_ANIMAL),
            resolve=resolve,
            examples=examples.SINGLE_INSTANCE,
        ),
        HeadSpec(
            key="centroid",
            config=CentroidsHeadConfig,
            outputs=composition.centroid,
            decode=decoding.centroid,
            decode_in_graph=decoder_of("centroid"),
            stage="centroid",
            summary="Where animals are: first stage of top-down inference",
            paper=PAPER,
            differences=(
                SIGMA_IN_GRID_CELLS,
                ANCHOR_PART_UNUSED,
                OUTSIDE_BY_LAST_CELL,
                OFFSETS_SUMMED,
                *DECODING_ALL_ANIMALS,
            ),
            resolve=resolve,
            examples=examples.CENTROID,
        ),
        HeadSpec(
            key="centered_instance",
            config=CenteredInstanceConfmapsHeadConfig,
            outputs=composition.centered_instance,
            decode=decoding.centered_instance,
            decode_in_graph=decoder_of("centered_instance"),
            stage="crop",
            summary="Parts of the animal in the middle of a crop: second stage of top-down",
            paper=PAPER,
            differences=(
                SIGMA_IN_GRID_CELLS,
                ANCHOR_PART_UNUSED,
                UNKNOWN_NAMES_ACCEPTED,
                *DECODING_CROPS,
            ),
            resolve=resolve,
            examples=examples.CENTERED_INSTANCE,
        ),
        HeadSpec(
            key="multi_instance",
            config=MultiInstanceConfig,
            outputs=composition.multi_instance,
            decode=decoding.multi_instance,
            decode_in_graph=decoder_of("multi_instance"),
            stage="image",
            summary="Parts of all animals and the fields that join them: bottom-up",
            paper=PAPER,
            differences=(
                under("confmaps", SIGMA_IN_GRID_CELLS),
                under("confmaps", OUTSIDE_BY_LAST_CELL),
                under("confmaps", OFFSETS_SUMMED),
                under("pafs", OUTSIDE_BY_LAST_CELL),
                under("pafs", PAF_SIGMA_IN_SQUARE_PIXELS),
                UNKNOWN_NAMES_ACCEPTED,
                *(under("confmaps", difference) for difference in DECODING_ALL_ANIMALS),
                *DECODING_FIELDS,
            ),
            resolve=resolve,
            notes=edge_order.notes,
            examples=examples.MULTI_INSTANCE,
        ),
        HeadSpec(
            key="multi_class_bottomup",
            config=MultiClassBottomUpConfig,
            outputs=composition.multi_class_bottomup,
            decode=decoding.multi_class_bottomup,
            decode_in_graph=decoder_of("multi_class_bottomup"),
            stage="image",
            summary="Parts of all animals and the class at each cell: bottom-up identities",
            paper=PAPER,
            differences=(
                under("confmaps", SIGMA_IN_GRID_CELLS),
                under("confmaps", OUTSIDE_BY_LAST_CELL),
                under("confmaps", OFFSETS_SUMMED),
                under("class_maps", SIGMA_IN_GRID_CELLS),
                under("class_maps", OUTSIDE_BY_LAST_CELL),
                under("class_maps", CLASS_MAPS_SHARED),
                UNKNOWN_NAMES_ACCEPTED,
                *(under("confmaps", difference) for difference in DECODING_ALL_ANIMALS),
                CELLS_OUTSIDE_OF_THE_MAP,
            ),
            resolve=resolve,
            examples=examples.MULTI_CLASS_BOTTOMUP,
        ),
        HeadSpec(
            key="multi_class_topdown",
            config=MultiClassTopDownConfig,
            outputs=composition.multi_class_topdown,
            decode=decoding.multi_class_topdown,
            decode_in_graph=decoder_of("multi_class_topdown"),
            stage="crop",
            summary="Parts and class of the animal in a crop: top-down identities",
            paper=PAPER,
            differences=(
                under("confmaps", SIGMA_IN_GRID_CELLS),
                under("confmaps", ANCHOR_PART_UNUSED),
                UNKNOWN_NAMES_ACCEPTED,
                *(under("confmaps", difference) for difference in DECODING_ONE_ANIMAL),
                SCORE_OF_FIRST_STAGE,
                SCORES_OF_OTHER_CROPS,
            ),
            resolve=resolve,
            examples=examples.MULTI_CLASS_TOPDOWN,
        ),
    ]

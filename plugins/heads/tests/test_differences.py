"""Where SLEAP 1.4 and its documentation differ about heads."""

from __future__ import annotations

from typing import Any

import pytest

from poise_heads import (
    CenteredInstanceConfmapsHeadConfig,
    CentroidsHeadConfig,
    ClassMapsHeadConfig,
    MultiClassBottomUpConfig,
    MultiClassTopDownConfig,
    MultiInstanceConfig,
    MultiInstanceConfmapsHeadConfig,
    PartAffinityFieldsHeadConfig,
    SingleInstanceConfmapsHeadConfig,
    poise_heads,
)

SPECS = {spec.key: spec for spec in poise_heads()}


def touching(key: str, config: Any) -> list[tuple[str, str]]:
    return [
        (difference.name, difference.path)
        for difference in SPECS[key].differences
        if difference.touches(config)
    ]


# What the targets of every model of this kind are touched by.
ALWAYS = {
    "multi_instance": [("paf_sigma_in_square_pixels", "pafs.sigma")],
    "multi_class_bottomup": [("class_maps_shared", "class_maps.classes")],
}


@pytest.mark.parametrize("key", SPECS)
def test_no_difference_touches_the_default_configuration_that_need_not(key: str) -> None:
    assert touching(key, SPECS[key].config()) == ALWAYS.get(key, [])


@pytest.mark.parametrize(
    ("key", "config", "expected"),
    [
        (
            "single_instance",
            SingleInstanceConfmapsHeadConfig(output_stride=2),
            [("sigma_in_grid_cells", "sigma")],
        ),
        (
            "centroid",
            CentroidsHeadConfig(output_stride=4, anchor_part="thorax"),
            [
                ("sigma_in_grid_cells", "sigma"),
                ("anchor_part_unused", "anchor_part"),
                ("outside_by_last_cell", "output_stride"),
            ],
        ),
        (
            "centroid",
            CentroidsHeadConfig(offset_refinement=True),
            [("offsets_summed", "offset_refinement")],
        ),
        (
            "multi_instance",
            MultiInstanceConfig(confmaps=MultiInstanceConfmapsHeadConfig(output_stride=2)),
            [
                ("sigma_in_grid_cells", "confmaps.sigma"),
                ("outside_by_last_cell", "confmaps.output_stride"),
                *ALWAYS["multi_instance"],
            ],
        ),
        # The sigma of part affinity fields was never multiplied.
        (
            "multi_instance",
            MultiInstanceConfig(pafs=PartAffinityFieldsHeadConfig(output_stride=8)),
            [("outside_by_last_cell", "pafs.output_stride"), *ALWAYS["multi_instance"]],
        ),
        (
            "multi_class_bottomup",
            MultiClassBottomUpConfig(class_maps=ClassMapsHeadConfig(output_stride=4)),
            [
                ("sigma_in_grid_cells", "class_maps.sigma"),
                ("outside_by_last_cell", "class_maps.output_stride"),
                *ALWAYS["multi_class_bottomup"],
            ],
        ),
        (
            "multi_class_topdown",
            MultiClassTopDownConfig(
                confmaps=CenteredInstanceConfmapsHeadConfig(anchor_part="head")
            ),
            [("anchor_part_unused", "confmaps.anchor_part")],
        ),
    ],
)
def test_a_difference_touches_the_configurations_in_which_it_shows(
    key: str, config: Any, expected: list[tuple[str, str]]
) -> None:
    assert touching(key, config) == expected


def test_entries_of_one_name_say_one_thing() -> None:
    said: dict[str, tuple[str, str]] = {}
    for spec in SPECS.values():
        for entry in spec.differences:
            text = (entry.sleap, entry.documented)
            assert said.setdefault(entry.name, text) == text
    assert {
        "anchor_part_unused",
        "class_maps_shared",
        "offsets_summed",
        "outside_by_last_cell",
        "paf_sigma_in_square_pixels",
        "sigma_in_grid_cells",
        "unknown_names_accepted",
    } <= set(said)

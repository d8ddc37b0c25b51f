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


@pytest.mark.parametrize("key", SPECS)
def test_no_difference_touches_the_default_configuration(key: str) -> None:
    assert touching(key, SPECS[key].config()) == []


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
            [("sigma_in_grid_cells", "sigma"), ("anchor_part_unused", "anchor_part")],
        ),
        (
            "multi_instance",
            MultiInstanceConfig(confmaps=MultiInstanceConfmapsHeadConfig(output_stride=2)),
            [("sigma_in_grid_cells", "confmaps.sigma")],
        ),
        # The sigma of part affinity fields was never multiplied.
        (
            "multi_instance",
            MultiInstanceConfig(pafs=PartAffinityFieldsHeadConfig(output_stride=8)),
            [],
        ),
        (
            "multi_class_bottomup",
            MultiClassBottomUpConfig(class_maps=ClassMapsHeadConfig(output_stride=4)),
            [("sigma_in_grid_cells", "class_maps.sigma")],
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
    assert sorted(said) == ["anchor_part_unused", "sigma_in_grid_cells", "unknown_names_accepted"]

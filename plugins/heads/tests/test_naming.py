"""Names from the configuration, else from skeleton and classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise import editions
from poise.errors import BuildError
from poise.labels import Labels
from poise.skeleton import Skeleton
from poise.wire.structure import structure, unstructure
from poise_heads import (
    CenteredInstanceConfmapsHeadConfig,
    CentroidsHeadConfig,
    ClassMapsHeadConfig,
    ClassVectorsHeadConfig,
    MultiClassBottomUpConfig,
    MultiClassTopDownConfig,
    MultiInstanceConfig,
    MultiInstanceConfmapsHeadConfig,
    PartAffinityFieldsHeadConfig,
    SingleInstanceConfmapsHeadConfig,
    composition,
)
from poise_heads.naming import resolve

FLY = Skeleton(["head", "thorax", "abdomen"], [("thorax", "head"), ("thorax", "abdomen")])


def message(config: Any, skeleton: Skeleton | None = None, classes: Any = None) -> str:
    with pytest.raises(BuildError) as caught:
        resolve(config, skeleton, classes)
    return str(caught.value)


def test_parts_and_edges_come_from_the_skeleton_in_its_order() -> None:
    config = resolve(MultiInstanceConfig(), FLY, None)
    assert config.confmaps.part_names == FLY.parts
    assert config.pafs.edges == FLY.edges


@pytest.mark.parametrize("config", [MultiClassBottomUpConfig(), MultiClassTopDownConfig()])
def test_classes_come_from_the_given_ones_in_their_order(config: Any) -> None:
    resolved = resolve(config, FLY, ["male", "female"])
    section = getattr(resolved, "class_maps", None) or resolved.class_vectors
    assert section.classes == ("male", "female")


def test_resolving_changes_nothing_else_and_not_the_config() -> None:
    config = SingleInstanceConfmapsHeadConfig(sigma=2.5, output_stride=4, loss_weight=0.5)
    resolved = resolve(config, FLY, None)
    assert config.part_names is None
    assert resolved == SingleInstanceConfmapsHeadConfig(
        part_names=FLY.parts, sigma=2.5, output_stride=4, loss_weight=0.5
    )


def test_what_is_resolved_once_needs_no_skeleton_again() -> None:
    resolved = resolve(MultiInstanceConfig(), FLY, None)
    assert resolve(resolved, None, None) == resolved


def test_names_of_the_config_win_over_the_skeleton() -> None:
    config = SingleInstanceConfmapsHeadConfig(part_names=["abdomen", "head"])
    assert resolve(config, FLY, None).part_names == ("abdomen", "head")


def test_an_edge_that_the_skeleton_has_not_may_join_two_of_its_parts() -> None:
    config = MultiInstanceConfig(pafs=PartAffinityFieldsHeadConfig(edges=[["head", "abdomen"]]))
    assert resolve(config, FLY, None).pafs.edges == (("head", "abdomen"),)


def test_centroids_need_no_names() -> None:
    assert resolve(CentroidsHeadConfig(), None, None) == CentroidsHeadConfig()


def test_classes_without_a_use_are_not_looked_at() -> None:
    config = CentroidsHeadConfig()
    assert resolve(config, None, ["a", "a"]) == config


def test_every_field_without_names_is_reported() -> None:
    assert message(MultiInstanceConfig()) == (
        "2 faults:\n"
        "  no parts are named and no skeleton is given; name them here, or pass skeleton= "
        "@ confmaps.part_names\n"
        "  no edges are named and no skeleton is given; name them here, or pass skeleton= "
        "@ pafs.edges"
    )
    assert message(MultiClassTopDownConfig()) == (
        "2 faults:\n"
        "  no parts are named and no skeleton is given; name them here, or pass skeleton= "
        "@ confmaps.part_names\n"
        "  no classes are named and none are given; name them here, or pass classes= "
        "@ class_vectors.classes"
    )


@pytest.mark.parametrize("edition", editions.EDITIONS)
def test_a_skeleton_without_edges_has_no_affinity_fields(edition: editions.Edition) -> None:
    with editions.edition(edition):
        assert message(MultiInstanceConfig(), Skeleton(["head", "tail"])) == (
            "the skeleton has no edges, so the fields would have no channels; "
            "name edges here, or pass a skeleton that has some @ pafs.edges"
        )


def test_a_skeleton_without_parts_has_no_maps() -> None:
    assert message(SingleInstanceConfmapsHeadConfig(), Skeleton([])) == (
        "the skeleton has no parts, and a map needs at least one; name them here @ part_names"
    )


def test_an_empty_list_of_classes_names_none() -> None:
    config = MultiClassBottomUpConfig()
    assert message(config, FLY, []) == (
        "no classes are named and none are given; name them here, or pass classes= "
        "@ class_maps.classes"
    )


@pytest.mark.parametrize(
    ("classes", "fault"),
    [
        ("ab", "classes= must be a list of names, got the string 'ab'"),
        (["a", 3], "classes= must be a list of names, got 3 at index 1"),
        (["a", "b", "a"], "classes= must be unique, got 'a' twice"),
    ],
)
def test_classes_that_are_no_list_of_different_names_are_refused(classes: Any, fault: str) -> None:
    assert message(MultiClassBottomUpConfig(), FLY, classes) == f"{fault} @ class_maps.classes"


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            SingleInstanceConfmapsHeadConfig(part_names=["head", "thorx"]),
            "no part 'thorx' in the skeleton; did you mean 'thorax'? @ part_names[1]",
        ),
        (
            MultiInstanceConfig(pafs=PartAffinityFieldsHeadConfig(edges=[["head", "wing"]])),
            "no part 'wing' in the skeleton; parts: abdomen, head, thorax @ pafs.edges[0]",
        ),
        (
            MultiClassBottomUpConfig(class_maps=ClassMapsHeadConfig(classes=["male", "femal"])),
            "no class 'femal' in classes=; did you mean 'female'? @ class_maps.classes[1]",
        ),
        (
            MultiClassTopDownConfig(class_vectors=ClassVectorsHeadConfig(classes=["queen"])),
            "no class 'queen' in classes=; classes: female, male @ class_vectors.classes[0]",
        ),
        (
            CentroidsHeadConfig(anchor_part="Thorax"),
            "no part 'Thorax' in the skeleton; did you mean 'thorax'? @ anchor_part",
        ),
        (
            CenteredInstanceConfmapsHeadConfig(anchor_part="wing"),
            "no part 'wing' in the skeleton; parts: abdomen, head, thorax @ anchor_part",
        ),
    ],
)
def test_a_name_that_does_not_exist_is_refused_but_not_in_sleaps_edition(
    config: Any, expected: str
) -> None:
    assert message(config, FLY, ["female", "male"]) == expected
    with editions.edition(editions.SLEAP):
        resolve(config, FLY, ["female", "male"])


def test_unknown_names_only_change_channel_counts_in_sleaps_edition() -> None:
    config = SingleInstanceConfmapsHeadConfig(part_names=["thorax", "extra", "head", "other"])
    with editions.edition(editions.SLEAP):
        (maps,) = composition.single_instance(config, FLY, None)
    assert maps.channels == 4


def test_parts_that_nobody_labeled_are_named_in_sleaps_edition() -> None:
    """Their maps stay empty, as in SLEAP: a typo would train a network on nothing."""
    config = SingleInstanceConfmapsHeadConfig(part_names=["head", "throax"], output_stride=4)
    with editions.edition(editions.SLEAP):
        (maps,) = composition.single_instance(config, FLY, None)
    labels = Labels(np.full((1, 1, 2, 2), 8, "float32"), parts=["head", "thorax"])
    assert maps.targets is not None
    with pytest.warns(UserWarning, match="part_names names 'throax', and labeled are head, thorax"):
        targets = np.asarray(maps.targets(labels, (16, 16)))
    assert targets[..., 0].max() > 0.9
    assert not targets[..., 1].any()


def test_names_are_not_checked_where_there_is_no_skeleton() -> None:
    config = CenteredInstanceConfmapsHeadConfig(part_names=["a"], anchor_part="b")
    assert resolve(config, None, None) == config


def test_the_skeletons_edges_must_join_the_configs_parts() -> None:
    config = MultiInstanceConfig(
        confmaps=MultiInstanceConfmapsHeadConfig(part_names=["head", "thorax"])
    )
    assert message(config, FLY) == (
        "no part 'abdomen' in confmaps.part_names; parts: head, thorax @ pafs.edges[1]"
    )


def test_in_sleaps_edition_edges_may_join_parts_without_a_map() -> None:
    config = MultiInstanceConfig(
        confmaps=MultiInstanceConfmapsHeadConfig(part_names=["head", "thorax"])
    )
    with editions.edition(editions.SLEAP):
        maps, fields = composition.multi_instance(config, FLY, None)
        # What was filled in can be written, read and resolved again.
        resolved = resolve(config, FLY, None)
        assert structure(unstructure(resolved), MultiInstanceConfig) == resolved
    assert (maps.channels, fields.channels) == (2, 4)


def test_missing_and_unknown_names_are_reported_together() -> None:
    config = MultiClassTopDownConfig(
        confmaps=CenteredInstanceConfmapsHeadConfig(anchor_part="wing", part_names=["hed"])
    )
    assert message(config, FLY) == (
        "3 faults:\n"
        "  no part 'wing' in the skeleton; parts: abdomen, head, thorax @ confmaps.anchor_part\n"
        "  no part 'hed' in the skeleton; did you mean 'head'? @ confmaps.part_names[0]\n"
        "  no classes are named and none are given; name them here, or pass classes= "
        "@ class_vectors.classes"
    )

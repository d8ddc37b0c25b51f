"""What a head of part affinity fields says of its edges."""

from __future__ import annotations

from typing import Any

import pytest

import poise_heads
from poise import editions
from poise.editions import EDITIONS, Edition
from poise_heads import (
    MultiInstanceConfig,
    MultiInstanceConfmapsHeadConfig,
    PartAffinityFieldsHeadConfig,
)
from poise_heads.edge_order import groups, notes

SLEAP, DOCUMENTED = EDITIONS
CHAIN = [("a", "b"), ("b", "c")]


def noted(edition: Edition, parts: str, edges: Any) -> list[str]:
    with editions.edition(edition):
        config = MultiInstanceConfig(
            confmaps=MultiInstanceConfmapsHeadConfig(part_names=list(parts)),
            pafs=PartAffinityFieldsHeadConfig(edges=edges),
        )
        return notes(config)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_tree_of_all_parts_needs_no_note(edition: Edition) -> None:
    assert noted(edition, "abc", CHAIN) == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_parts_that_no_edge_reaches_are_never_found(edition: Edition) -> None:
    assert noted(edition, "abcd", CHAIN) == ["no edge reaches 'd': decoding will not find it"]


def test_an_edge_to_a_part_without_a_map_reaches_nothing() -> None:
    assert noted(SLEAP, "ab", [("a", "b"), ("b", "z")]) == []
    assert noted(SLEAP, "abyx", [("a", "b"), ("x", "z")]) == [
        "no edge reaches 'y' or 'x': decoding will not find them"
    ]


def test_a_skeleton_in_pieces_gives_animals_in_pieces() -> None:
    edges = [("a", "b"), ("c", "d")]
    assert noted(DOCUMENTED, "abcd", edges) == [
        "the edges join parts in 2 groups ('a', 'b'; 'c', 'd'): an animal with all of its parts "
        "is decoded as 2"
    ]
    assert noted(SLEAP, "abcd", edges) == [
        "edition sleap-1.4 uses no edge that reaches 'c' or 'd': decoding will not find them"
    ]


def test_a_second_root_and_a_cycle_are_left_out_in_sleap_alone() -> None:
    two_roots = [("a", "c"), ("b", "c"), ("c", "d")]
    assert noted(DOCUMENTED, "abcd", two_roots) == []
    assert noted(SLEAP, "abcd", two_roots) == [
        "edition sleap-1.4 uses no edge that reaches 'b': decoding will not find it"
    ]
    for edition in EDITIONS:
        assert noted(edition, "abc", [*CHAIN, ("c", "a")]) == []


def test_groups_are_joined_by_later_edges() -> None:
    assert groups([("a", "b"), ("c", "d"), ("d", "a")]) == [["c", "d", "a", "b"]]
    assert groups([]) == []


def test_the_head_shows_its_notes() -> None:
    (spec,) = [spec for spec in poise_heads.poise_heads() if spec.key == "multi_instance"]
    assert spec.notes is notes

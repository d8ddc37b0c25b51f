"""Skeletons of several edges, whose objects refer to each other by number."""

from __future__ import annotations

import pytest

from poise import Skeleton
from poise.sleap import read_skeleton
from poise_workflows.exporting.sleap.skeletons import skeleton_data


@pytest.mark.parametrize(
    "skeleton",
    [
        Skeleton(("a",), name="Skeleton-0"),
        Skeleton(("a", "b", "c"), (("b", "c"), ("b", "a")), name="flies"),
        Skeleton(
            ("c", "a", "b", "alone"),
            (("a", "b"), ("a", "c")),
            symmetries=(("b", "c"),),
            name="Skeleton-3",
        ),
    ],
    ids=lambda skeleton: skeleton.name,
)
def test_poise_reads_the_skeleton_that_it_writes(skeleton: Skeleton) -> None:
    assert read_skeleton(skeleton_data(skeleton)) == (skeleton, ())


def test_the_form_is_that_of_sleap_s_files() -> None:
    """The skeleton of one of SLEAP's test models, minimal_robot."""
    node = {"py/object": "sleap.skeleton.Node"}
    assert skeleton_data(Skeleton(("A", "B"), (("A", "B"),))) == {
        "directed": True,
        "graph": {"name": "Skeleton-0", "num_edges_inserted": 1},
        "links": [
            {
                "edge_insert_idx": 0,
                "key": 0,
                "source": {**node, "py/state": {"py/tuple": ["A", 1.0]}},
                "target": {**node, "py/state": {"py/tuple": ["B", 1.0]}},
                "type": {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [1]}]},
            }
        ],
        "multigraph": True,
        "nodes": [{"id": {"py/id": 1}}, {"id": {"py/id": 2}}],
    }

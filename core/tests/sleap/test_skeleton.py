import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.errors import ConfigError
from poise.skeleton import Skeleton
from poise.sleap.skeleton_graph import read_skeleton

from .conftest import EDGE_TYPE, FLY, Encoder, fly


@st.composite
def skeletons(draw):
    parts = draw(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=8, unique=True))
    pairs = st.permutations(parts).map(lambda shuffled: tuple(shuffled[:2]))
    several = st.lists(pairs, max_size=8, unique=True) if len(parts) > 1 else st.just([])
    edges = draw(several)
    mirrored = draw(several)
    symmetries = list({frozenset(pair): pair for pair in mirrored}.values())
    return Skeleton(parts, edges, symmetries=symmetries, name=draw(st.none() | st.text()))


@given(skeletons(), st.randoms(use_true_random=False), st.booleans(), st.integers(0, 3))
def test_any_skeleton_comes_back_however_its_links_are_ordered(skeleton, random, named, nulls):
    inserted = sorted(random.sample(range(50), len(skeleton.edges)))  # with gaps, as in files
    body = [(*edge, 1, i) for edge, i in zip(skeleton.edges, inserted, strict=True)]
    forth = [(*pair, 2) for pair in skeleton.symmetries]
    back = [(b, a, 2) for a, b in skeleton.symmetries]
    links = [*body, *back]
    random.shuffle(links)
    graph = Encoder(named, nulls).graph(skeleton.parts, [*forth, *links], skeleton.name)

    read, notes = read_skeleton(json.loads(json.dumps(graph)))

    assert read == skeleton
    assert notes == ()


@given(skeletons())
def test_numbers_follow_the_text_even_if_nodes_come_first(skeleton):
    encoder = Encoder()
    nodes = [{"id": encoder.node(part)} for part in skeleton.parts]
    links = [encoder.link(*edge, 1, i) for i, edge in enumerate(skeleton.edges)]
    read, _ = read_skeleton({"nodes": nodes, "links": links, "graph": {}})
    assert (read.parts, read.edges) == (skeleton.parts, skeleton.edges)


def test_parts_are_in_the_order_of_nodes_and_edges_in_the_order_of_insertion():
    skeleton, notes = read_skeleton(fly())
    assert skeleton == FLY
    assert notes == ()


def test_the_first_edge_type_takes_the_number_after_its_two_parts():
    graph = Encoder().graph(["A", "B", "C"], [("A", "B", 1, 0), ("B", "C", 1, 1)])
    assert graph["links"][1]["source"] == {"py/id": 2}
    assert graph["links"][1]["type"] == {"py/id": 3}
    assert graph["nodes"][2] == {"id": {"py/id": 4}}
    assert read_skeleton(graph)[0].parts == ("A", "B", "C")


def test_a_template_is_unwrapped_and_what_is_around_it_is_listed():
    wrapped = {
        "description": "a fly",
        "nx_graph": fly(),
        "preview_image": {"py/b64": "aGVsbG8="},
    }
    skeleton, notes = read_skeleton(wrapped)
    assert skeleton == FLY
    assert [(note.kind, note.path) for note in notes] == [
        ("not_carried_over", "description"),
        ("not_carried_over", "preview_image"),
    ]


def test_an_empty_template_wrapper_is_not_worth_a_note():
    skeleton, notes = read_skeleton({"description": None, "nx_graph": fly(), "preview_image": None})
    assert (skeleton, notes) == (FLY, ())


def test_label_files_give_parts_by_their_position():
    graph = {
        "directed": True,
        "graph": {"name": "fly", "num_edges_inserted": 1},
        "links": [
            {"edge_insert_idx": 0, "key": 0, "source": 2, "target": 0, "type": type_in_full(1)}
        ],
        "multigraph": True,
        "nodes": [{"id": 2}, {"id": 0}],
    }
    skeleton, _ = read_skeleton(graph, nodes=["thorax", "unused", "head"])
    assert skeleton == Skeleton(("head", "thorax"), (("head", "thorax"),), name="fly")


def type_in_full(value):
    return {"py/reduce": [{"py/type": EDGE_TYPE}, {"py/tuple": [value]}]}


def test_positions_without_the_list_they_index_are_refused():
    with pytest.raises(ConfigError) as error:
        read_skeleton({"links": [], "nodes": [{"id": 0}]})
    assert str(error.value) == (
        "must be a part, got a position, which only label files have @ nodes[0].id"
    )


def test_without_insertion_indices_edges_keep_the_order_of_the_file():
    graph = fly()
    del graph["links"][0]["edge_insert_idx"]
    skeleton, (note,) = read_skeleton(graph)
    assert skeleton.edges == (("thorax", "abdomen"), ("head", "thorax"))
    assert (note.kind, note.path) == ("derived", "links")
    assert "no edge_insert_idx" in note.what


def test_a_weight_is_listed_because_a_skeleton_cannot_hold_it():
    _, (note,) = read_skeleton(fly(weights={"wingL": 0.5}))
    assert (note.kind, note.path) == ("not_carried_over", "links[1].source")
    assert note.what == "weight 0.5 of part 'wingL'"


def changed(path, value):
    graph = fly()
    *parents, last = path
    inner = graph
    for step in parents:
        inner = inner[step]
    if value is DELETED:
        del inner[last]
    else:
        inner[last] = value
    return graph


DELETED = object()
EVIL = {"py/reduce": [{"py/type": "os.system"}, {"py/tuple": ["true"]}]}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            ["links", 0, "source"],
            {"py/object": "subprocess.Popen", "py/state": {"py/tuple": ["ls", 1.0]}},
            "the type must be sleap.skeleton.Node or sleap.skeleton.EdgeType, got "
            '"subprocess.Popen" @ links[0].source.py/object',
        ),
        (
            ["links", 0, "type"],
            EVIL,
            "the type must be sleap.skeleton.Node or sleap.skeleton.EdgeType, got "
            '"os.system" @ links[0].type.py/reduce[0]',
        ),
        (
            ["links", 0, "source"],
            EVIL,
            "must be a part, got an object marked 'py/reduce' @ links[0].source",
        ),
        (
            ["graph", "name"],
            EVIL,
            "must be a string, got an object of 1 @ graph.name",
        ),
        (
            ["graph", "extra"],
            {"deep": [EVIL]},
            "must be plain data, got 'py/reduce'; Poise runs no code of a file @ graph.extra",
        ),
        (
            ["links", 0, "source"],
            {"py/id": 1},
            "py/id must refer to an earlier object, got 1; 0 objects precede it @ links[0].source",
        ),
        (
            ["nodes", 0, "id"],
            {"py/id": 99},
            "py/id must refer to an earlier object, got 99; 7 objects precede it @ nodes[0].id",
        ),
        (
            ["nodes", 0, "id"],
            {"py/id": True},
            "py/id must refer to an earlier object, got true; 7 objects precede it @ nodes[0].id",
        ),
        (
            ["nodes", 0, "id"],
            {"py/id": 3},
            "must be a part, got a reference to an edge type, 3 @ nodes[0].id",
        ),
        (
            ["links", 3, "type"],
            {"py/id": 1},
            "must be an edge type, got a reference to a part, 1 @ links[3].type",
        ),
        (
            ["links", 0, "type"],
            type_in_full(3),
            "an edge type must be 1 (body) or 2 (symmetry), got ",
        ),
        (
            ["links", 0, "source", "py/state"],
            {"py/tuple": [{"py/id": 1}, 1.0]},
            "a part's state must be its name and weight, got an object of 1 "
            "@ links[0].source.py/state",
        ),
        (["links", 0, "target"], DELETED, "a link must have the key 'target' @ links[0]"),
        (["nodes"], DELETED, "a skeleton must have the key 'nodes'"),
        (["links"], {}, "must be a list, got an object of 0 @ links"),
        (["nodes", 1], "thorax", "must be an object, got 'thorax' @ nodes[1]"),
        (
            ["links", 0, "edge_insert_idx"],
            "0",
            "must be an integer, got '0' @ links[0].edge_insert_idx",
        ),
    ],
)
def test_data_that_is_not_a_skeleton_is_refused_with_its_path(path, value, message):
    with pytest.raises(ConfigError) as error:
        read_skeleton(changed(path, value))
    assert message in str(error.value)


def test_a_part_joined_to_itself_is_refused_where_the_link_is():
    graph = Encoder().graph(["A", "B"], [("A", "B", 2), ("A", "A", 1, 0)])
    with pytest.raises(ConfigError) as error:
        read_skeleton(graph)
    assert str(error.value) == "must join two different parts, got 'A' twice @ links[1]"


def test_a_duplicate_part_is_refused_where_the_node_is():
    graph = Encoder().graph(["A", "B", "A"], [])
    with pytest.raises(ConfigError) as error:
        read_skeleton(graph)
    assert str(error.value) == "part names must be unique, got 'A' twice @ nodes[2]"


def test_a_link_to_no_part_names_the_closest_one():
    graph = Encoder().graph(["head", "thorax"], [("head", "torax", 1, 0)])
    with pytest.raises(ConfigError) as error:
        read_skeleton(graph)
    assert str(error.value) == "no part 'torax'; did you mean 'thorax'? @ links[0].target"


def test_all_faults_come_at_once():
    graph = changed(["nodes", 0, "id"], {"py/id": 99})
    graph["links"][0]["type"] = EVIL
    graph["graph"]["name"] = 3
    with pytest.raises(ConfigError) as error:
        read_skeleton(graph)
    assert {fault.path for fault in error.value.faults} >= {
        "nodes[0].id",
        "links[0].type.py/reduce[0]",
        "graph.name",
    }


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "py/object",
                        "py/state",
                        "py/id",
                        "py/reduce",
                        "py/tuple",
                        "links",
                        "nodes",
                        "id",
                    ]
                    + ["source", "target", "type", "graph", "nx_graph", "edge_insert_idx"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_junk_is_read_or_refused_but_never_breaks_the_reader(junk):
    try:
        skeleton, _ = read_skeleton(junk)
    except ConfigError as error:
        assert error.faults
    else:
        assert isinstance(skeleton, Skeleton)

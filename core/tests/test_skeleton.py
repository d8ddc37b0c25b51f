"""Skeletons: what they keep, and every fault of theirs."""

import pytest

from poise import ConfigError, Skeleton


def test_a_skeleton_keeps_the_order_of_parts_and_edges():
    skeleton = Skeleton(["tail", "head"], [["head", "tail"]], symmetries=[("head", "tail")])

    assert skeleton.parts == ("tail", "head")
    assert skeleton.edges == (("head", "tail"),)
    assert skeleton.symmetries == (("head", "tail"),)


def test_a_skeleton_can_be_made_of_any_iterables():
    assert Skeleton(iter("ab"), (pair for pair in [iter("ab")])).edges == (("a", "b"),)


def test_equal_skeletons_are_equal_and_have_equal_hashes():
    skeleton, other = Skeleton(["a", "b"], [["a", "b"]]), Skeleton(("a", "b"), (("a", "b"),))

    assert skeleton == other
    assert hash(skeleton) == hash(other)


@pytest.mark.parametrize(
    ("parts", "edges", "message"),
    [
        ("ab", (), "skeleton: must be a list of names, got 'ab' @ parts"),
        (None, (), "skeleton: must be a list of names, got None @ parts"),
        (["a", "a"], (), "skeleton: part names must be unique, got 'a' twice @ parts[1]"),
        (["a", 1], (), "skeleton: part names must be strings, got 1 @ parts[1]"),
        (["a"], "ab", "skeleton: must be a list of pairs of parts, got 'ab' @ edges"),
        (["a"], 5, "skeleton: must be a list of pairs of parts, got 5 @ edges"),
        (["a", "b"], ["ab"], "skeleton: must be a pair of two parts, got 'ab' @ edges[0]"),
        (["a", "b"], [7], "skeleton: must be a pair of two parts, got 7 @ edges[0]"),
        (
            ["a", "b"],
            [("a", "b", "a")],
            "skeleton: must be a pair of two parts, got ('a', 'b', 'a') @ edges[0]",
        ),
        (
            ["a", "b"],
            [("a", "a")],
            "skeleton: must join two different parts, got 'a' twice @ edges[0]",
        ),
        (
            ["head", "tail"],
            [("head", "tial")],
            "skeleton: no part 'tial'; did you mean 'tail'? @ edges[0]",
        ),
        (["a", "b"], [("a", "leg")], "skeleton: no part 'leg'; parts: a, b @ edges[0]"),
    ],
)
def test_a_faulty_skeleton_is_refused(parts, edges, message):
    with pytest.raises(ConfigError) as error:
        Skeleton(parts, edges)

    assert str(error.value) == message


def test_all_faults_of_a_skeleton_are_told_at_once():
    with pytest.raises(ConfigError) as error:
        Skeleton(["a", 3, "a"], [("a", "x"), "ab"], symmetries=[("b", "b")])

    assert str(error.value).splitlines() == [
        "skeleton:",
        "  part names must be strings, got 3 @ parts[1]",
        "  part names must be unique, got 'a' twice @ parts[2]",
        "  no part 'x'; parts: a @ edges[0]",
        "  must be a pair of two parts, got 'ab' @ edges[1]",
        "  no part 'b'; parts: a @ symmetries[0]",
        "  must join two different parts, got 'b' twice @ symmetries[0]",
    ]

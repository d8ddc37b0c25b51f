"""Two runs differ where their descriptions do, path by path."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_workflows.journal.descriptions import as_json, differences

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)


def text_of(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@given(JSON)
def test_a_description_does_not_differ_from_itself(description: Any) -> None:
    assert list(differences(description, description)) == []


@given(JSON, JSON)
def test_descriptions_differ_exactly_if_their_json_does(former: Any, present: Any) -> None:
    assert bool(list(differences(former, present))) == (text_of(former) != text_of(present))


@pytest.mark.parametrize(
    ("former", "present", "fault"),
    [
        (
            {"models": [{"sha256": "ab"}]},
            {"models": [{"sha256": "cd"}]},
            "must be 'ab', as in the journal, got 'cd' @ models[0].sha256",
        ),
        (
            {"options": {"n": 2}},
            {"options": {}},
            "must be 2, as in the journal, got nothing @ options.n",
        ),
        (
            {"options": {}},
            {"options": {"n": 2}},
            "must be left out, as in the journal, got 2 @ options.n",
        ),
        (
            {"frames": list(range(100))},
            {"frames": [0, 1]},
            "must be 100 values, 0 to 99, as in the journal, got [0, 1] @ frames",
        ),
        ({"n": 1}, {"n": 1.0}, "must be 1, as in the journal, got 1.0 @ n"),
        ({"n": True}, {"n": 1}, "must be True, as in the journal, got 1 @ n"),
    ],
)
def test_each_difference_has_its_path(former: Any, present: Any, fault: str) -> None:
    (only,) = differences(former, present)

    assert str(only) == fault


def test_every_difference_is_reported() -> None:
    former, present = {"a": 1, "b": [1, 2], "c": 3}, {"a": 2, "b": [1, 3], "d": 4}

    assert [fault.path for fault in differences(former, present)] == ["a", "b[1]", "c", "d"]


def test_tuples_and_keys_are_as_json_returns_them() -> None:
    assert as_json({"size": (1, 2), "by": {3: "x"}}) == {"size": [1, 2], "by": {"3": "x"}}


def test_what_json_cannot_express_is_refused() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        as_json({"model": object()})

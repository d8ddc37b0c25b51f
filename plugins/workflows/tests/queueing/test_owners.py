"""What the file of a worker says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_workflows.queueing.owners import facts_in, is_alive, this_owner, to_content

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=8,
)


@given(facts=st.dictionaries(st.text(), JSON))
def test_facts_come_back_from_the_content_of_a_file(facts: dict[str, Any]) -> None:
    assert facts_in(to_content(facts)) == facts


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"\xff"])
def test_other_content_says_nothing(content: bytes) -> None:
    assert facts_in(content) == {}


def test_a_file_tells_whether_its_worker_runs() -> None:
    assert is_alive(this_owner().to_json()) is True


@pytest.mark.parametrize("facts", [{}, {"process": {}}, {"process": {"pid": 1}}, {"process": "a"}])
def test_a_file_that_names_no_process_does_not_tell(facts: dict[str, Any]) -> None:
    assert is_alive(facts) is None
